// Broken: with each third note, its owner's sockets are closed and the note is gone.
const kit = require('../kit');
const { app, server } = kit.site(), io = kit.sockets(server);
let n = 0;
app.post('/notes', (q, r) => {
  const id = kit.id('n');
  if (kit.broken && ++n % 3 === 0) io.in(q.user).disconnectSockets(true);
  else io.to(q.user).emit('note', { id, text: q.body.text });
  r.status(201).json({ id });
});
io.on('connection', s => s.join(s.data.user));
kit.serve(server);
