// A login by JSON, with express-session's cookie. Broken: a logout ends the session and leaves its sockets.
const kit = require('../kit'), express = require('express'), session = require('express-session');
const app = express(), server = require('http').createServer(app), { Server } = require('socket.io');
const io = new Server(server), sessions = session({ secret: 'keyboard', resave: false, saveUninitialized: false });
app.use(sessions, express.json());
app.post('/api/login', (q, r) => {
  const { name, secret } = q.body ?? {};
  if (!kit.knows(name, secret)) return r.status(401).json({ error: 'wrong name or password' });
  q.session.regenerate(() => { q.session.user = name; r.json({ user: name }); });
});
app.use((q, r, next) => q.session.user ? next() : r.status(401).json({ error: 'log in first' }));
app.post('/api/logout', (q, r) => {
  const { id } = q.session;
  q.session.destroy(() => {
    if (!kit.broken) io.in(`session:${id}`).disconnectSockets(true);
    r.sendStatus(204);
  });
});
app.post('/api/notes', (q, r) => {
  const id = kit.id('n');
  io.to(q.session.user).emit('note', { id, text: q.body.text });
  r.status(201).json({ id });
});
io.engine.use(sessions);
io.use((s, next) => next(s.request.session.user ? undefined : new Error('log in first')));
io.on('connection', s => s.join([s.request.session.user, `session:${s.request.session.id}`]));
kit.serve(server);
