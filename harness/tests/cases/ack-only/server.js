// The acknowledgement shows what was said before. Broken: by anybody. No event carries it to another.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server), before = new Map();
io.on('connection', s => {
  const whose = kit.broken ? 'all' : s.data.user;
  s.on('say', (text, done) => {
    s.emit('said', { text });
    done({ ok: true, before: before.get(whose) ?? null });
    before.set(whose, text);
  });
});
kit.serve(server);
