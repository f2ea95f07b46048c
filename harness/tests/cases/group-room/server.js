// A vote goes to everybody in its room. Broken: to every socket.
const kit = require('../kit');
const { app, server } = kit.site(), io = kit.sockets(server);
const rooms = new Map(Object.entries({ alice: ['red'], bob: ['blue'], carol: ['red', 'blue'] }));
app.post('/votes', (q, r) => {
  const { room, text } = q.body;
  if (!rooms.get(q.user).includes(room)) return r.status(403).json({ error: 'not a member' });
  (kit.broken ? io : io.to(room)).emit('vote', { room, by: q.user, text });
  r.status(201).json({ id: kit.id('v') });
});
io.on('connection', s => s.join(rooms.get(s.data.user)));
kit.serve(server);
