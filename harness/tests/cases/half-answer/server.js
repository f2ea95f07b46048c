// An answer comes as events of a stream, in pieces of four letters; a tab may have several open. Broken: each third
// one is closed without the piece that says that it is whole.
const kit = require('../kit');
const { app, server } = kit.site();
let n = 0;
app.post('/ask', async (q, r) => {
  const isHalf = kit.broken && ++n % 3 === 0;
  r.type('text/event-stream').flushHeaders();
  for (const delta of `You said: ${q.body.text}.`.match(/.{1,4}/g)) {
    r.write(`data: ${JSON.stringify({ delta })}\n\n`);
    await kit.later(10);
  }
  if (!isHalf) r.write('data: [DONE]\n\n');
  r.end();
});
kit.serve(server);
