// What is said goes to everybody else, and everybody has the list of it. Broken: to everybody.
const kit = require('../kit');
const { app, server } = kit.site(), io = kit.sockets(server), all = [];
app.get('/said', (q, r) => r.json(all));
io.on('connection', s => s.on('say', (text, done) => {
  (kit.broken ? io : s.broadcast).emit('said', { by: s.data.user, text });
  const id = kit.id('s');
  all.push({ id, text });
  done({ ok: true, id });
}));
kit.serve(server);
