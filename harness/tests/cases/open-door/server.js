// A room is joined by its name, by those who are on its list. Broken: by anybody who knows the name.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server), lists = { red: ['alice', 'carol'], blue: ['bob'] };
io.on('connection', s => {
  s.join(Object.keys(lists).filter(room => lists[room].includes(s.data.user)));
  s.on('join', (room, done) => {
    if (!kit.broken && !lists[room]?.includes(s.data.user)) return done({ ok: false });
    s.join(room);
    done({ ok: true });
  });
  s.on('say', ({ room, text }, done) => {
    if (!s.rooms.has(room)) return done({ ok: false });
    io.to(room).emit('said', { by: s.data.user, text });
    done({ ok: true });
  });
});
kit.serve(server);
