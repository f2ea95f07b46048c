// Each user has a thread, whose id /me tells. Broken: whoever knows a thread's id reads it and writes into it.
const kit = require('../kit');
const { app, server } = kit.site(), io = kit.sockets(server), threads = new Map();
const threadOf = user => {
  const own = [...threads.values()].find(thread => thread.user === user);
  if (own) return own;
  const made = { id: kit.id('thread-'), user, notes: [] };
  threads.set(made.id, made);
  return made;
};
app.get('/me', (q, r) => r.json({ thread: threadOf(q.user).id }));
app.use('/threads/:id', (q, r, next) => {
  q.thread = threads.get(q.params.id);
  const isOwn = q.thread && (kit.broken || q.thread.user === q.user);
  isOwn ? next() : r.status(404).json({ error: 'no such thread' });
});
app.get('/threads/:id', (q, r) => r.json({ notes: q.thread.notes }));
app.post('/threads/:id', (q, r) => {
  q.thread.notes.push(q.body.text);
  [...io.sockets.sockets.values()].filter(s => s.data.user === q.thread.user).forEach(s => s.emit('note', { text: q.body.text }));
  r.status(201).json({});
});
kit.serve(server);
