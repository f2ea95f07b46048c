// An answer comes as JSON lines, in pieces of four letters. One model answers one after the other. Broken: it writes to
// whoever asked last.
const kit = require('../kit');
const { app, server } = kit.site();
let newest, model = kit.later(0);
app.post('/ask', (q, r) => {
  newest = r.type('application/x-ndjson');
  r.flushHeaders();
  const say = (to, line) => to.writableEnded || to.write(`${JSON.stringify(line)}\n`);
  model = model.then(async () => {
    await kit.later(400);
    const to = kit.broken ? newest : r;
    for (const delta of `You said: ${q.body.text}.`.match(/.{1,4}/g)) {
      say(to, { delta });
      await kit.later(5);
    }
    say(r, { done: true });
    r.end();
  });
});
kit.serve(server);
