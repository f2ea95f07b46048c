// A page joins when it opens, and again when its script likes to. Broken: each `join` adds one more listener.
const kit = require('../kit'), { EventEmitter } = require('events');
const { app, server } = kit.site(), io = kit.sockets(server), bus = new EventEmitter();
app.post('/notes', (q, r) => {
  const id = kit.id('n');
  bus.emit(q.user, { id, text: q.body.text });
  r.status(201).json({ id });
});
io.on('connection', s => {
  const tell = note => s.emit('note', note);
  s.on('join', done => {
    if (!kit.broken) bus.off(s.data.user, tell);
    bus.on(s.data.user, tell);
    done({ ok: true });
  });
  s.on('disconnect', () => bus.off(s.data.user, tell));
});
kit.serve(server);
