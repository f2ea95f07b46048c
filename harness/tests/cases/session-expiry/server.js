// A session is good for LIFE seconds. Broken: its socket lives on.
const kit = require('../kit'), life = 1000 * Number(process.env.LIFE ?? 4);
let io;
const { app, server } = kit.site({ newSid: () => {
  const sid = crypto.randomUUID();
  setTimeout(() => {
    kit.sessions.delete(sid);
    if (!kit.broken) io.in(`session:${sid}`).disconnectSockets(true);
  }, life);
  return sid;
} });
io = kit.sockets(server);
app.post('/notes', (q, r) => {
  const id = kit.id('n');
  io.to(q.user).emit('note', { id, text: q.body.text });
  r.status(201).json({ id });
});
io.on('connection', s => s.join([s.data.user, `session:${s.data.sid}`]));
kit.serve(server);
