// Each room has a socket of its own, which a seat opens: a page has none before it joins. Broken: `alone`, what is said
// reaches only who said it; `stays`, leaving does nothing; `logout`, a logout leaves the sockets of its session open;
// `strangers`, anybody gets a seat.
const kit = require('../kit');
const rooms = new Map(), seats = new Map();
if (kit.fault === 'strangers') {
  const known = kit.userOf;
  kit.userOf = q => known(q) ?? 'somebody';
}
const { app, server } = kit.site({ ended: kit.fault === 'logout' ? () => {} : undefined });
app.get('/seats/:room', (q, r) => {
  const seat = kit.id('seat-');
  seats.set(seat, { user: q.user, room: q.params.room });
  r.json({ seat });
});
const queryOf = q => new URL(q.url, 'http://local').searchParams;
const who = q => seats.get(queryOf(q).get('seat'))?.user;
kit.raw(server, (ws, q) => {
  const room = queryOf(q).get('room');
  const all = rooms.get(room) ?? rooms.set(room, new Set()).get(room);
  const tell = (one, type, data) => one.send(JSON.stringify({ type, data }));
  all.add(ws);
  ws.on('close', () => all.delete(ws));
  ws.on('message', frame => {
    const { type, data } = JSON.parse(frame);
    if (type === 'say') (kit.fault === 'alone' ? [ws] : all).forEach(one => tell(one, 'said', { room, text: data.text }));
    if (type !== 'leave') return;
    if (kit.fault !== 'stays') all.delete(ws);
    tell(ws, 'left', { room });
  });
  tell(ws, 'welcome', { room });
}, who);
kit.serve(server);
