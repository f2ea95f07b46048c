// Notes that are read by their id. Broken: whose a note is is asked for the id as it is written, and the note is found
// in either case.
const kit = require('../kit');
const { app, server } = kit.site(), io = kit.sockets(server), notes = new Map(), owners = new Map();
const mine = (q, id) => (kit.broken ? (owners.get(id) ?? q.user) : owners.get(id.toLowerCase())) === q.user;
app.post('/notes', (q, r) => {
  const id = require('crypto').randomBytes(8).toString('hex');
  notes.set(id, q.body.text);
  owners.set(id, q.user);
  io.to(q.user).emit('note', { id, text: q.body.text });
  r.status(201).json({ id });
});
app.get('/notes/:id', (q, r) => {
  const note = notes.get(q.params.id.toLowerCase());
  note && mine(q, q.params.id) ? r.json({ text: note }) : r.status(404).json({ error: 'no such note' });
});
io.on('connection', s => s.join(s.data.user));
kit.serve(server);
