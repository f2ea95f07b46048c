// A page opens the socket. Sound: both ask for a session. Quiet: a socket without one hears nothing, which is no fault.
// Broken: nobody asks the socket, and whoever comes is greeted with the newest note.
const kit = require('../kit'), { Server } = require('socket.io');
const { app, server } = kit.site(), io = new Server(server);
let newest = 'welcome';
if (!kit.fault) io.use(kit.refuseStrangers);
io.on('connection', s => {
  const user = kit.userOf(s.handshake);
  if (user) s.join(user);
  if (user || kit.broken) s.emit('note', kit.broken ? newest : 'welcome');
});
app.post('/notes', (q, r) => {
  newest = q.body.text;
  io.to(q.user).emit('note', newest);
  r.status(201).json({});
});
kit.serve(server);
