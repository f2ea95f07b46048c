// Broken: each fifth note goes to everybody.
const kit = require('../kit');
const { app, server } = kit.site(), io = kit.sockets(server);
let n = 0;
app.post('/notes', (q, r) => {
  const id = kit.id('n');
  (kit.broken && ++n % 5 === 0 ? io : io.to(q.user)).emit('note', { id, text: q.body.text });
  r.status(201).json({ id });
});
io.on('connection', s => s.join(s.data.user));
kit.serve(server);
