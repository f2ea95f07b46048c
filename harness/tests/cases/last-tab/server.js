// Broken: one socket for each user, the newest; with it goes the user. Sound: a room for each user.
const kit = require('../kit');
const { app, server } = kit.site(), io = kit.sockets(server), newest = new Map();
app.post('/notes', (q, r) => {
  const id = kit.id('n'), to = kit.broken ? newest.get(q.user) : q.user;
  if (to) io.to(to).emit('note', { id, text: q.body.text });
  r.status(201).json({ id });
});
io.on('connection', s => {
  s.join(s.data.user);
  newest.set(s.data.user, s.id);
  s.on('disconnect', () => newest.delete(s.data.user));
});
kit.serve(server);
