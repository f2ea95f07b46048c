// Nothing is wrong here: ids are numbers that count, and other numbers stand everywhere.
const kit = require('../kit');
const { app, server } = kit.site(), io = kit.sockets(server), notes = [];
const own = (q, r, next) => notes[q.params.id - 1] === q.user ? next() : r.sendStatus(404);
app.post('/notes', (q, r) => {
  const id = notes.push(q.user);
  io.to(q.user).emit('note', { id, text: q.body.text });
  r.status(201).json({ id });
});
app.get('/api/v1/me', (q, r) => r.json({ user: q.user, version: 1, notes: 2 }));
app.get('/notes/:id', own, (q, r) => r.json({ id: q.params.id }));
app.delete('/notes/:id', own, (q, r) => r.sendStatus(204));
io.on('connection', s => s.join(s.data.user));
kit.serve(server);
