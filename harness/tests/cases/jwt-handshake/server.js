// The login answers with a token, which goes into `Authorization` and into the handshake's `auth`. It is good for LIFE
// seconds. Broken: its expiry is asked for once, in the handshake.
const kit = require('../kit'), express = require('express'), jwt = require('jsonwebtoken');
const { Server } = require('socket.io');
const app = express(), server = require('http').createServer(app), io = new Server(server);
const key = 'a key for signing tokens', life = Number(process.env.LIFE ?? 4);
const read = token => { try { return jwt.verify(token ?? '', key); } catch { return undefined; } };
app.use(express.json());
app.post('/login', (q, r) => {
  const { user, password } = q.body ?? {};
  if (!kit.knows(user, password)) return r.status(401).json({ error: 'wrong name or password' });
  r.json({ token: jwt.sign({ user, jti: kit.id('t') }, key, { expiresIn: life }) });
});
app.use((q, r, next) => {
  q.user = read(q.headers.authorization?.replace('Bearer ', ''))?.user;
  q.user ? next() : r.status(401).json({ error: 'log in first' });
});
app.post('/notes', (q, r) => {
  const id = kit.id('n');
  io.to(q.user).emit('note', { id, text: q.body.text });
  r.status(201).json({ id });
});
io.use((s, next) => {
  s.claims = read(s.handshake.auth.token);
  next(s.claims ? undefined : new Error('log in first'));
});
io.on('connection', s => {
  s.join(s.claims.user);
  if (kit.broken) return;
  const end = setTimeout(() => s.disconnect(true), s.claims.exp * 1000 - Date.now());
  s.on('disconnect', () => clearTimeout(end));
});
kit.serve(server);
