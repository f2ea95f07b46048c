// Socket.IO's recovery keeps the rooms of a socket that was cut off. Broken: the rooms of everybody. Lost: nothing is kept
// for it. Again: it gets the newest note once more.
const kit = require('../kit');
const options = { connectionStateRecovery: { maxDisconnectionDuration: 60000 } };
const { app, server } = kit.site(), io = kit.sockets(server, options);
const newest = new Map();
const { adapter } = io.of('/'), persist = adapter.persistSession.bind(adapter);
adapter.persistSession = session => persist(kit.broken ? { ...session, rooms: [...adapter.rooms.keys()] } : session);
app.post('/notes', (q, r) => {
  const id = kit.id('n');
  const note = { id, text: q.body.text };
  newest.set(q.user, note);
  (kit.fault === 'lost' ? io.volatile : io).to(q.user).emit('note', note);
  r.status(201).json({ id });
});
io.on('connection', s => {
  if (!s.recovered) s.join(s.data.user);
  else if (kit.fault === 'again') s.emit('note', newest.get(s.data.user));
});
kit.serve(server);
