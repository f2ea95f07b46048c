// Nothing is acknowledged. Broken: each third message is lost.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server);
let n = 0;
io.on('connection', s => s.on('say', text => {
  if (kit.broken && ++n % 3 === 0) return;
  io.emit('said', { by: s.data.user, text });
}));
kit.serve(server);
