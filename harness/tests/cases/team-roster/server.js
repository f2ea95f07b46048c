// Who is in a team sees its statuses, and the team's roster at once when a page opens. Broken: the roster has everybody.
const kit = require('../kit');
const { app, server } = kit.site(), io = kit.sockets(server), statuses = new Map();
const teamOf = user => (user === 'bob' ? 'b' : 'a');
app.post('/status', (q, r) => {
  statuses.set(q.user, q.body.text);
  io.to(teamOf(q.user)).emit('status', { user: q.user, text: q.body.text });
  r.status(204).end();
});
io.on('connection', s => {
  const { user } = s.data, seen = [...statuses].filter(([of]) => kit.broken || teamOf(of) === teamOf(user));
  s.join(teamOf(user));
  s.emit('roster', Object.fromEntries(seen));
});
kit.serve(server);
