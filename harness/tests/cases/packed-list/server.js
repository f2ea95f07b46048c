// The list is compressed, whatever the browser accepts. Broken: what is compressed is kept, and shown to everybody.
const kit = require('../kit'), zlib = require('zlib');
const { app, server } = kit.site(), io = kit.sockets(server), notes = [];
let packed;
app.post('/notes', (q, r) => {
  notes.push({ by: q.user, text: q.body.text });
  io.to(q.user).emit('note', { text: q.body.text });
  r.status(201).end();
});
app.get('/notes', (q, r) => {
  const own = zlib.gzipSync(JSON.stringify({ items: notes.filter(note => note.by === q.user) }));
  packed = kit.broken ? packed ?? own : own;
  r.set('Content-Encoding', 'gzip').type('json').send(packed);
});
io.on('connection', s => s.join(s.data.user));
kit.serve(server);
