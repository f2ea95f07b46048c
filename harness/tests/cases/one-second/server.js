// A session is a user's name and a time in seconds, as in a signed cookie: two logins of one second are alike. Broken:
// the time is always the same.
const kit = require('../kit');
const second = () => Math.floor(Date.now() / 1000);
const { app, server } = kit.site({ newSid: user => `${user}-${kit.broken ? 0 : second()}` }), io = kit.sockets(server);
io.on('connection', s => s.join(s.data.user));
app.post('/notes', (q, r) => {
  io.to(q.user).emit('note', { text: q.body.text });
  r.sendStatus(201);
});
kit.serve(server);
