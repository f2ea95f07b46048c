// Everybody hears what is said, and who speaks hears that it is kept. Broken: the speaker is a variable for all, and is
// set too late.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server);
let speaker = 'nobody';
io.on('connection', s => s.on('say', (text, done) => {
  io.emit('said', { by: kit.broken ? speaker : s.data.user, text });
  speaker = s.data.user;
  s.emit('kept', { text });
  done({ ok: true });
}));
kit.serve(server);
