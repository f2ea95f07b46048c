// Raw WebSockets behind a token in the address. Broken: a map knows one socket of each user, the newest.
const kit = require('../kit'), express = require('express');
const app = express(), server = require('http').createServer(app), tokens = new Map(), newest = new Map();
app.use(express.json());
app.post('/login', (q, r) => {
  const { user, password } = q.body ?? {};
  if (!kit.knows(user, password)) return r.status(403).json({ error: 'wrong name or password' });
  const token = require('crypto').randomUUID();
  tokens.set(token, user);
  r.json({ token });
});
app.post('/notes', (q, r) => {
  const user = tokens.get(q.get('Authorization')?.slice(7));
  if (!user) return r.status(401).json({ error: 'log in first' });
  const id = kit.id('n'), frame = JSON.stringify({ type: 'note', data: { id, text: q.body.text } });
  const to = kit.broken ? [newest.get(user)] : [...all].filter(ws => ws.user === user);
  to.forEach(ws => ws?.send(frame));
  r.status(201).json({ id });
});
const who = q => tokens.get(new URL(q.url, 'http://here').searchParams.get('token'));
const all = kit.raw(server, ws => newest.set(ws.user, ws), who);
kit.serve(server);
