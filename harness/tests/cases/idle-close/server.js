// Who is silent for 1.5 s is closed; a beat keeps a socket. Broken: the time runs from the opening, whatever comes.
const kit = require('../kit');
const { app, server } = kit.site();
const all = kit.raw(server, ws => {
  const close = () => ws.close(4408, 'idle');
  let idle = setTimeout(close, 1500);
  ws.on('message', () => {
    if (kit.broken) return;
    clearTimeout(idle);
    idle = setTimeout(close, 1500);
  });
  ws.on('close', () => clearTimeout(idle));
});
app.post('/notes', (q, r) => {
  const id = kit.id('n');
  const frame = JSON.stringify({ type: 'note', data: { id, text: q.body.text } });
  for (const ws of all) if (ws.user === q.user) ws.send(frame);
  r.status(201).json({ id });
});
kit.serve(server);
