// Each user gets the notes of their own. Broken: at the hundredth note the server stands still for three seconds.
const kit = require('../kit');
const { app, server } = kit.site(), io = kit.sockets(server);
let written = 0;
const standStill = ms => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
app.post('/notes', (q, r) => {
  if (++written === 100 && kit.broken) standStill(3000);
  io.to(q.user).emit('note', { text: q.body.text });
  r.status(201).json({});
});
app.get('/me', (q, r) => r.json({ user: q.user }));
io.on('connection', s => s.join(s.data.user));
kit.serve(server);
