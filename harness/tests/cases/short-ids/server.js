// Broken: a note is read by whoever knows its number.
const kit = require('../kit');
const { app, server } = kit.site(), io = kit.sockets(server), notes = [];
app.post('/notes', (q, r) => {
  const id = notes.push({ by: q.user, text: q.body.text });
  io.to(q.user).emit('note', { id, text: q.body.text });
  r.status(201).json({ id });
});
app.get('/notes/:id', (q, r) => {
  const note = notes[q.params.id - 1];
  note && (kit.broken || note.by === q.user) ? r.json(note) : r.status(404).json({ error: 'no such note' });
});
io.on('connection', s => s.join(s.data.user));
kit.serve(server);
