// Everybody may see who is there and who types. Broken: `typing` shows the first letters of the draft too.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server);
const there = () => io.emit('presence', [...io.sockets.sockets.values()].map(s => s.data.user));
io.on('connection', s => {
  there();
  s.on('disconnect', there);
  s.on('typing', draft => {
    const preview = kit.broken ? draft.slice(0, 12) : undefined;
    s.broadcast.emit('typing', { by: s.data.user, preview });
  });
  s.on('save', (text, done) => { s.emit('saved', { text }); done({ ok: true }); });
});
kit.serve(server);
