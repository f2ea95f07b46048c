// A chat in rooms. Broken: `leave` leaves another name than the one that `join` joined.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server);
io.on('connection', s => {
  s.on('join', (room, done) => { s.join(`room:${room}`); done({ ok: true }); });
  s.on('leave', (room, done) => { s.leave(kit.broken ? room : `room:${room}`); done({ ok: true }); });
  s.on('say', ({ room, text }, done) => {
    io.to(`room:${room}`).emit('said', { by: s.data.user, text });
    done({ ok: true });
  });
});
kit.serve(server);
