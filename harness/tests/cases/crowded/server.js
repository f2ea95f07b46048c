// Notes for their writer, 50 ms for each, after one to three signs that it is on its way. Sound: nobody waits for anybody.
// `starved`: while somebody else writes, nothing comes. `quiet`: it comes when the others have been quiet. `queued`: the
// notes of all stand in one queue. `full`: nobody logs in while somebody else has a socket.
const kit = require('../kit');
const newSid = user => {
  if (kit.fault === 'full' && isHere(user)) throw new Error('full');
  return crypto.randomUUID();
};
const { app, server } = kit.site({ newSid }), io = kit.sockets(server), queues = new Map(), wrote = new Map();
const isHere = user => [...io.sockets.sockets.values()].some(s => s.data.user !== user);
const isBusy = user => [...wrote].some(([who, at]) => who !== user && Date.now() - at < 300);
const next = async queue => {
  for (; queue.length > 0; queue.shift()) {
    await kit.later(50);
    const { user, note } = queue[0];
    for (let n = 1 + Math.floor(Math.random() * 3); n > 0; n--) io.to(user).emit('coming', {});
    io.to(user).emit('note', note);
  }
};
const add = (user, note) => {
  if (kit.fault === 'quiet' && isBusy(user)) return setTimeout(add, 50, user, note);
  if (kit.fault === 'starved' && isBusy(user)) return;
  const whose = kit.fault === 'queued' ? 'everybody' : user;
  if (!queues.has(whose)) queues.set(whose, []);
  if (queues.get(whose).push({ user, note }) === 1) next(queues.get(whose));
};
app.post('/notes', (q, r) => {
  wrote.set(q.user, Date.now());
  const id = crypto.randomUUID();
  r.status(201).json({ id });
  add(q.user, { id, text: q.body.text });
});
io.on('connection', s => s.join(s.data.user));
kit.serve(server);
