// A logout closes the sockets of its session. Broken: the newest of them.
const kit = require('../kit'), newest = new Map();
let io;
const ended = sid => io.in(kit.broken ? newest.get(sid) : `session:${sid}`).disconnectSockets(true);
const { app, server } = kit.site({ ended });
io = kit.sockets(server);
app.post('/notes', (q, r) => {
  const id = kit.id('n');
  io.to(q.user).emit('note', { id, text: q.body.text });
  r.status(201).json({ id });
});
io.on('connection', s => {
  newest.set(s.data.sid, s.id);
  s.join([s.data.user, `session:${s.data.sid}`]);
});
kit.serve(server);
