// What a customer asks comes to the customer and to the desk. Broken: to whoever asked before, too. Deaf: not to the
// desk, if two ask at once.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server);
let before, busy = 0;
io.on('connection', s => {
  const { user } = s.data;
  s.join([`user:${user}`, ...(user === 'carol' ? ['desk'] : [])]);
  s.on('ask', async (text, done) => {
    const to = [`user:${user}`];
    if (++busy < 2 || kit.fault !== 'deaf') to.push('desk');
    if (kit.broken && before) to.push(`user:${before}`);
    before = user;
    await kit.later(50);
    busy--;
    io.to(to).emit('asked', { by: user, text });
    done({ ok: true });
  });
});
kit.serve(server);
