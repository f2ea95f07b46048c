// The page shows the beginning of the newest note. Broken: of anybody's.
const kit = require('../kit');
const { app, server } = kit.site(), io = kit.sockets(server), notes = [];
app.post('/notes', (q, r) => {
  const id = kit.id('n');
  notes.unshift({ by: q.user, text: q.body.text });
  io.to(q.user).emit('note', { id, text: q.body.text });
  r.status(201).json({ id });
});
app.get('/home', (q, r) => {
  const newest = notes.find(note => kit.broken || note.by === q.user);
  const letters = [...(newest?.text.slice(0, 12) ?? '')].map(letter => `&#${letter.codePointAt(0)};`);
  r.send(`<h1>Notes of ${q.user}</h1><p>${letters.join('')}…</p>`);
});
io.on('connection', s => s.join(s.data.user));
kit.serve(server);
