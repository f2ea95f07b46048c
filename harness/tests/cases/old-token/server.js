// A token for requests and sockets, which a logout ends. Broken: the logout closes the sockets and forgets the token
// nowhere.
const kit = require('../kit'), http = require('http'), express = require('express'), { Server } = require('socket.io');
const app = express(), tokens = new Map(), notes = [];
app.use(express.json());
app.post('/api/login', (q, r) => {
  const { user, password } = q.body ?? {};
  if (!kit.knows(user, password)) return r.status(401).json({ error: 'wrong name or password' });
  const token = require('crypto').randomUUID();
  tokens.set(token, user);
  r.json({ token });
});
app.use((q, r, next) => {
  q.token = q.get('Authorization')?.replace('Bearer ', '');
  q.user = tokens.get(q.token);
  q.user ? next() : r.status(401).json({ error: 'log in first' });
});
app.post('/api/logout', (q, r) => {
  if (!kit.broken) tokens.delete(q.token);
  io.in(`token:${q.token}`).disconnectSockets(true);
  r.json({ ok: true });
});
app.get('/api/notes', (q, r) => r.json(notes.filter(note => note.by === q.user)));
app.post('/api/notes', (q, r) => {
  notes.push({ by: q.user, text: q.body.text });
  io.to(q.user).emit('note', { text: q.body.text });
  r.status(201).json({ ok: true });
});
const server = http.createServer(app), io = new Server(server);
io.use((s, next) => {
  const { token } = s.handshake.auth, user = tokens.get(token);
  if (!user) return next(new Error('log in first'));
  s.join([user, `token:${token}`]);
  next();
});
kit.serve(server);
