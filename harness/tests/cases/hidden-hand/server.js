// A game of cards: each player sees the own hand, and the table is for all. Broken: a state shows every hand to all.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server);
const crypto = require('crypto');
const seats = new Map(), table = [];
const show = () => {
  for (const [user, { s, hand }] of seats) {
    const players = [...seats].map(([name, seat]) => ({ name, n: seat.hand.length, hand: kit.broken && name !== user ? seat.hand : undefined }));
    s.emit('state', { you: { name: user, hand }, players, table });
  }
};
io.on('connection', s => {
  const hand = [1, 2, 3].map(n => ({ n, id: crypto.randomUUID() }));
  seats.set(s.data.user, { s, hand });
  s.on('ready', done => { done({ ok: true }); show(); });
  s.on('play', (id, done) => {
    const at = hand.findIndex(card => card.id === id);
    if (at < 0) return done({ ok: false });
    table.push(...hand.splice(at, 1));
    done({ ok: true });
    show();
  });
  s.on('disconnect', () => seats.delete(s.data.user));
});
kit.serve(server);
