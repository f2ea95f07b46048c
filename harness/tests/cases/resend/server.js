// Notes of a user are numbered; who comes back says which one was the last. Broken: that one comes again.
const kit = require('../kit');
const { app, server } = kit.site(), io = kit.sockets(server), notes = new Map();
const of = user => notes.get(user) ?? notes.set(user, []).get(user);
app.post('/notes', (q, r) => {
  const own = of(q.user), note = { n: own.length + 1, id: kit.id('n'), text: q.body.text };
  own.push(note);
  io.to(q.user).emit('note', note);
  r.status(201).json({ id: note.id });
});
io.on('connection', s => {
  const last = Number(s.handshake.auth?.last ?? 0);
  s.join(s.data.user);
  if (last) of(s.data.user).slice(kit.broken ? last - 1 : last).forEach(note => s.emit('note', note));
});
kit.serve(server);
