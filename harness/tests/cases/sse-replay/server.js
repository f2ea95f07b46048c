// A stream of server-sent events for each user; who comes back with `Last-Event-ID` gets what was missed. Broken: of
// everybody.
const kit = require('../kit');
const { app, server } = kit.site(), log = [], streams = new Set();
const write = (r, { n, id, text }) => r.write(`id: ${n}\nevent: note\ndata: ${JSON.stringify({ id, text })}\n\n`);
app.get('/events', (q, r) => {
  r.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' }).flushHeaders();
  const last = Number(q.get('Last-Event-ID') ?? Infinity);
  log.filter(one => one.n > last && (kit.broken || one.user === q.user)).forEach(one => write(r, one));
  const stream = { user: q.user, r };
  streams.add(stream);
  // A comment keeps the connection open, and is no event.
  const beat = setInterval(() => r.write(': beat\n\n'), 200);
  r.on('close', () => clearInterval(beat) || streams.delete(stream));
  kit.keepOpen(kit.sidOf(q), () => r.end(), r.on.bind(r));
});
app.post('/notes', (q, r) => {
  const one = { n: log.length + 1, id: kit.id('n'), user: q.user, text: q.body.text };
  log.push(one);
  for (const stream of streams) if (stream.user === q.user) write(stream.r, one);
  r.status(201).json({ id: one.id });
});
kit.serve(server);
