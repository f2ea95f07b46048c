// Boards with lists: whoever is on a board's list pins notes there, and finds them again. Broken: pinning asks for no
// list. Open-search: finding asks for no login.
const kit = require('../kit');
const lists = { red: ['alice', 'bob'], blue: ['carol'] }, pinned = { red: [], blue: [] };
const { app, server } = kit.site({ open: kit.fault === 'open-search' ? ['/boards/'] : [] });
const io = kit.sockets(server);
io.on('connection', s => Object.keys(lists).filter(board => lists[board].includes(s.data.user)).forEach(board => s.join(board)));
const isOn = q => lists[q.params.board]?.includes(q.user);
app.post('/boards/:board/notes', (q, r) => {
  if (!q.user || (!isOn(q) && !kit.broken)) return r.status(404).send('no such board');
  const note = { id: kit.id('n'), text: q.body.text };
  pinned[q.params.board].push(note);
  io.to(q.params.board).emit('pinned', note);
  r.status(201).json({ id: note.id });
});
// Whoever is on no list finds nothing: that is no refusal.
app.post('/boards/:board/find', (q, r) =>
  r.json({ id: kit.id('f'), found: isOn(q) || !q.user ? pinned[q.params.board] ?? [] : [] }));
kit.serve(server);
