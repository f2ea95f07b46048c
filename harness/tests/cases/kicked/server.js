// Who is removed from a room is told so. Broken: and stays in it.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server);
io.on('connection', s => {
  s.join(`user:${s.data.user}`);
  s.on('join', (room, done) => { s.join(room); done({ ok: true }); });
  s.on('kick', (room, who, done) => {
    if (!kit.broken) io.in(`user:${who}`).socketsLeave(room);
    io.to(`user:${who}`).emit('kicked', { room });
    done({ ok: true });
  });
  s.on('say', (room, text, done) => {
    io.to(room).emit('said', { by: s.data.user, text });
    done({ ok: true });
  });
});
kit.serve(server);
