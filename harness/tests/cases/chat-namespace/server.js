// The chat is a namespace, and refuses who has not logged in. Broken: only the main namespace does.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server), chat = io.of('/chat');
if (!kit.broken) chat.use(kit.refuseStrangers);
chat.on('connection', s => s.on('say', (text, done) => {
  chat.emit('said', { by: s.data.user ?? 'guest', text });
  done({ ok: true });
}));
kit.serve(server);
