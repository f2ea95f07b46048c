// Everybody has one vote, and hears when it is counted. Broken: everybody hears it.
const kit = require('../kit');
const { app, server } = kit.site(), io = kit.sockets(server), voted = new Set();
io.on('connection', s => s.join(s.data.user));
app.post('/votes', (q, r) => {
  if (voted.has(q.user)) return r.status(409).json({ error: 'you have voted' });
  voted.add(q.user);
  (kit.broken ? io : io.to(q.user)).emit('counted', { text: q.body.text });
  r.sendStatus(201);
});
kit.serve(server);
