// Each socket has a seat, and a map knows the seat of each user. Broken: who leaves takes the seat along, and everybody
// behind moves up, but not in the map.
const kit = require('../kit');
const { server } = kit.site(), io = kit.sockets(server), seats = [], seatOf = new Map();
io.on('connection', s => {
  seatOf.set(s.data.user, seats.push(s) - 1);
  s.on('whisper', (to, text, done) => {
    seats[seatOf.get(to)]?.emit('whisper', { by: s.data.user, text });
    done();
  });
  s.on('disconnect', () => {
    const seat = seats.indexOf(s);
    if (kit.broken) seats.splice(seat, 1);
    else seats[seat] = undefined;
  });
});
kit.serve(server);
