// Broken: a message for ann goes to whoever's name begins with it.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server);
io.on('connection', s => s.on('whisper', (to, text, done) => {
  for (const one of io.sockets.sockets.values()) {
    const { user } = one.data;
    if (kit.broken ? user.startsWith(to) : user === to) one.emit('whisper', { by: s.data.user, text });
  }
  done();
}));
kit.serve(server);
