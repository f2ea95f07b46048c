// Broken: who polls gets everybody's notes, who has a WebSocket does not.
const kit = require('../kit');
const { app, server } = kit.site(), io = kit.sockets(server);
app.post('/notes', (q, r) => {
  const id = kit.id('n'), note = { id, text: q.body.text };
  io.to(q.user).emit('note', note);
  for (const s of io.sockets.sockets.values()) {
    if (kit.broken && s.data.user !== q.user && s.conn.transport.name === 'polling') s.emit('note', note);
  }
  r.status(201).json({ id });
});
io.on('connection', s => s.join(s.data.user));
kit.serve(server);
