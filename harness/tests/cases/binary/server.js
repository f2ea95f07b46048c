// The text goes out as an attachment, as with pictures and files. Broken: to everybody. The faults `one` and `close`
// put `1` and `41` before the text, which are packets of Engine.IO where they begin a text frame; `one-fine` does so and
// does not leak.
const kit = require('../kit');
const { app, server } = kit.site(), io = kit.sockets(server);
const first = { one: '1', 'one-fine': '1', close: '41' }[kit.fault] ?? 'x';
const leaks = ['broken', 'one', 'close'].includes(kit.fault);
app.post('/notes', (q, r) => {
  const id = kit.id('n');
  (leaks ? io : io.to(q.user)).emit('note', { id, file: Buffer.from(`${first} ${q.body.text}`) });
  r.status(201).json({ id });
});
io.on('connection', s => s.join(s.data.user));
kit.serve(server);
