// Notes come to their writer, and letters to whom they name. Broken: a letter goes to everybody. Lost: to nobody.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server);
io.on('connection', s => {
  const { user } = s.data;
  s.join(user);
  s.on('note', (text, done) => io.to(user).emit('note', { text }) && done({ ok: true }));
  s.on('letter', ({ to, text }, done) => {
    if (kit.fault !== 'lost') (kit.broken ? io : io.to(to)).emit('letter', { from: user, text });
    done({ ok: true });
  });
  s.on('close', () => process.exit(1));
});
kit.serve(server);
