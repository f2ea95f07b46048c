// Who joins a room gets what was said in it before. Broken: what was said in all rooms.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server), said = [];
io.on('connection', s => {
  s.on('join', (room, done) => {
    s.join(room);
    done({ ok: true });
    said.filter(one => kit.broken || one.room === room).forEach(one => s.emit('said', one));
  });
  s.on('leave', (room, done) => { s.leave(room); done({ ok: true }); });
  s.on('say', ({ room, text }, done) => {
    said.push({ room, by: s.data.user, text });
    io.to(room).emit('said', said.at(-1));
    done({ ok: true });
  });
});
kit.serve(server);
