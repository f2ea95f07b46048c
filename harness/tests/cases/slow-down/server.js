// Everybody may say something every 250 ms; it goes to their own pages. What is too early is refused.
// Broken: it goes to everybody. Strict: only every hour, and the target file does not know.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server);
const last = new Map();
const early = kit.fault === 'strict' ? 3_600_000 : 250;
io.on('connection', s => s.on('note', (text, done) => {
  const { user } = s.data, soon = Date.now() - (last.get(user) ?? 0) < early;
  if (soon) return done({ ok: false, error: 'slow down' });
  last.set(user, Date.now());
  (kit.broken ? io : io.to(`user:${user}`)).emit('note', { text });
  done({ ok: true });
}).join(`user:${s.data.user}`));
kit.serve(server);
