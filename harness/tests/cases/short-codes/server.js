// Rooms with the shortest free code, which is free again once nobody is in the room. Broken: who leaves a room as its
// last member is still in it, and hears what is said in the next room of that code.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server), members = new Map();
const enter = (s, code) => {
  members.get(code).add(s.id);
  s.join(code);
};
const leave = (s, code) => {
  const left = members.get(code);
  if (!left?.delete(s.id)) return false;
  if (!left.size) members.delete(code);
  if (left.size || !kit.broken) s.leave(code);
  return true;
};
io.on('connection', s => {
  s.on('create', done => {
    let code = 1;
    while (members.has(`r${code}`)) code += 1;
    members.set(`r${code}`, new Set());
    enter(s, `r${code}`);
    done({ ok: true, code: `r${code}` });
  });
  s.on('join', (code, done) => {
    const is_there = members.has(code);
    if (is_there) enter(s, code);
    done({ ok: is_there });
  });
  s.on('leave', (code, done) => done({ ok: leave(s, code) }));
  s.on('say', ({ code, text }, done) => {
    const is_in = members.get(code)?.has(s.id) ?? false;
    if (is_in) io.to(code).emit('said', { text });
    done({ ok: is_in });
  });
  s.on('disconnect', () => [...members.keys()].forEach(code => leave(s, code)));
});
kit.serve(server);
