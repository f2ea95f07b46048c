// Socket.IO's recovery keeps the rooms of a socket that was cut off. Broken: the rooms of everybody.
const kit = require('../kit');
const options = { connectionStateRecovery: { maxDisconnectionDuration: 60000 } };
const { app, server } = kit.site(), io = kit.sockets(server, options);
const { adapter } = io.of('/'), persist = adapter.persistSession.bind(adapter);
adapter.persistSession = session => persist(kit.broken ? { ...session, rooms: [...adapter.rooms.keys()] } : session);
app.post('/notes', (q, r) => {
  const id = kit.id('n');
  io.to(q.user).emit('note', { id, text: q.body.text });
  r.status(201).json({ id });
});
io.on('connection', s => { if (!s.recovered) s.join(s.data.user); });
kit.serve(server);
