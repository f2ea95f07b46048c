// Each page has a client id, which is all that its socket shows. Broken: the list of pages shows the ids of all.
const kit = require('../kit');
const { app, server } = kit.site();
const crypto = require('crypto');
const pages = new Map();
app.get('/page', (q, r) => {
  const client = crypto.randomUUID();
  pages.set(client, q.user);
  r.send(`<html><script>start({client_id: '${client}'})</script></html>`);
});
app.get('/pages', (q, r) => {
  const own = [...pages].filter(([, user]) => user === q.user);
  r.json((kit.broken ? [...pages] : own).map(([client, user]) => ({ user, client })));
});
const io = kit.sockets(server);
io.use((s, next) => pages.get(s.handshake.auth.client) === s.data.user ? next() : next(new Error('no such page')));
io.on('connection', s => {
  s.on('note', (text, done) => { s.emit('noted', text); done({ ok: true }); });
});
kit.serve(server);
