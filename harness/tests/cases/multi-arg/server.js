// socket.emit('say', room, text, done) and socket.emit('leave', done). Broken: what is said goes to every socket.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server);
io.on('connection', s => {
  s.on('join', (room, done) => { s.join(room); done({ ok: true }); });
  s.on('leave', done => {
    [...s.rooms].filter(room => room !== s.id).forEach(room => s.leave(room));
    done({ ok: true });
  });
  s.on('say', (room, text, done) => {
    (kit.broken ? io : io.to(room)).emit('said', s.data.user, text);
    done({ ok: true });
  });
});
kit.serve(server);
