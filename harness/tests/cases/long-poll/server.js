// GET /poll waits until there is a note of the user that is newer than `since`. Broken: of anybody.
const kit = require('../kit');
const { app, server } = kit.site(), notes = [];
app.post('/notes', (q, r) => {
  notes.push({ n: notes.length + 1, by: q.user, text: q.body.text });
  r.status(201).end();
});
app.get('/poll', async (q, r) => {
  const since = Number(q.query.since);
  const own = () => notes.filter(note => note.n > since && (kit.broken || note.by === q.user));
  for (let i = 0; i < 20 && !own().length; i++) await kit.later(50);
  r.json({ notes: own(), last: notes.length });
});
kit.serve(server);
