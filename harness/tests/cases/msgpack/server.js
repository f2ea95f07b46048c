// Packets are msgpack. Broken: what is said goes to every socket.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server, { parser: require('socket.io-msgpack-parser') });
io.on('connection', s => s.on('say', (text, done) => {
  (kit.broken ? io : s).emit('said', { by: s.data.user, text });
  done({ ok: true });
}));
kit.serve(server);
