// Broken: the list has everybody's notes. No event carries them to another.
const kit = require('../kit');
const { app, server } = kit.site(), io = kit.sockets(server), notes = [];
app.post('/notes', (q, r) => {
  const id = kit.id('n');
  notes.push({ id, by: q.user, text: q.body.text });
  io.to(q.user).emit('note', { id, text: q.body.text });
  r.status(201).json({ id });
});
app.get('/notes', (q, r) => r.json({ items: notes.filter(note => kit.broken || note.by === q.user) }));
io.on('connection', s => s.join(s.data.user));
kit.serve(server);
