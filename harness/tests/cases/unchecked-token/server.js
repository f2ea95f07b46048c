// A dashboard with a token for pages and sockets. Broken: the token is read, and nobody looks at its signature.
const kit = require('../kit'), http = require('http'), jwt = require('jsonwebtoken'), { randomBytes } = require('crypto');
const express = require('express'), { Server } = require('socket.io'), app = express(), secret = randomBytes(32);
const userOf = token => {
  try {
    return (kit.broken ? jwt.decode(token) : jwt.verify(token, secret))?.sub;
  } catch {
    return undefined;
  }
};
app.use(express.json());
app.post('/api/login', (q, r) => {
  const { user, password } = q.body;
  if (!kit.knows(user, password)) return r.status(401).json({ error: 'wrong name or password' });
  r.json({ token: jwt.sign({ sub: user, jti: kit.id('t') }, secret) });
});
app.use((q, r, next) => {
  q.user = userOf(q.get('Authorization')?.replace('Bearer ', ''));
  q.user ? next() : r.status(401).json({ error: 'log in first' });
});
app.get('/api/me', (q, r) => r.json({ user: q.user }));
app.post('/api/reports', (q, r) => {
  const id = kit.id('r');
  io.to(q.user).emit('report', { id, text: q.body.text });
  r.status(202).json({ id });
});
const server = http.createServer(app), io = new Server(server);
io.use((s, next) => {
  const user = userOf(s.handshake.auth.token);
  if (!user) return next(new Error('log in first'));
  s.join(user);
  next();
});
kit.serve(server);
