// Notes behind a login. Broken: a logout takes the cookie out of the browser and leaves the session on the server.
const kit = require('../kit'), http = require('http'), { randomUUID } = require('crypto');
const express = require('express'), app = express(), sessions = new Map(), notes = [];
app.use(express.json(), express.urlencoded({ extended: false }));
app.post('/login', (q, r) => {
  const { user, password } = q.body;
  if (!kit.knows(user, password)) return r.status(401).send('wrong name or password');
  const sid = randomUUID();
  sessions.set(sid, user);
  r.cookie('sid', sid, { httpOnly: true }).redirect(303, '/');
});
app.post('/logout', (q, r) => {
  if (!kit.broken) sessions.delete(kit.sidOf(q));
  r.clearCookie('sid').redirect(303, '/');
});
app.use((q, r, next) => {
  q.user = sessions.get(kit.sidOf(q));
  q.user ? next() : r.status(401).send('log in first');
});
app.get('/', (q, r) => r.json(notes.filter(one => one.user === q.user)));
app.post('/notes', (q, r) => {
  notes.push({ id: kit.id('n'), user: q.user, text: q.body.text });
  r.status(201).json({ id: notes.at(-1).id });
});
kit.serve(http.createServer(app));
