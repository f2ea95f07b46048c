// What is said goes to everybody else. Broken: to everybody.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server);
io.on('connection', s => s.on('say', (text, done) => {
  (kit.broken ? io : s.broadcast).emit('said', { by: s.data.user, text });
  done({ ok: true });
}));
kit.serve(server);
