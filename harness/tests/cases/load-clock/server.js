// Each user gets the notes of their own, with the time at which each was made. The faults are clocks that are not this
// machine's, a wrong unit, and no time.
const kit = require('../kit');
const { app, server } = kit.site(), io = kit.sockets(server);
const clocks = {
  ahead: now => now + 120_000,
  behind: now => now - 120_000,
  seconds: now => now / 1000,
  absent: () => undefined,
};
const clock = clocks[kit.fault] ?? (now => now);
app.post('/notes', (q, r) => {
  io.to(q.user).emit('note', { text: q.body.text, at: clock(Date.now()) });
  r.status(201).json({});
});
io.on('connection', s => s.join(s.data.user));
kit.serve(server);
