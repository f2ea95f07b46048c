// Broken: the session id is made from the user's name, so that each login gives the same one.
const kit = require('../kit'), crypto = require('crypto');
const newSid = user => kit.broken ? crypto.createHash('sha256').update(user).digest('hex') : crypto.randomUUID();
const { app, server } = kit.site({ newSid }), io = kit.sockets(server);
app.post('/notes', (q, r) => {
  const id = kit.id('n');
  io.to(q.user).emit('note', { id, text: q.body.text });
  r.status(201).json({ id });
});
io.on('connection', s => s.join(s.data.user));
kit.serve(server);
