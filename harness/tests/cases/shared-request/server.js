// An answer repeats what was asked. Broken: the request is kept in one variable for all while something is awaited.
const kit = require('../kit');
const { app, server } = kit.site();
let current;
app.post('/notes', async (q, r) => {
  const own = { id: kit.id('n'), by: q.user, text: q.body.text };
  current = own;
  await kit.later(400);
  r.status(201).json(kit.broken ? current : own);
});
kit.serve(server);
