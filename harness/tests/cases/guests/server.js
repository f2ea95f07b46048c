// Nobody logs in. A post is for everybody, a draft for the tab that wrote it. Broken: for everybody too.
const kit = require('../kit'), { Server } = require('socket.io');
const server = require('http').createServer((q, r) => r.end('a board')), io = new Server(server);
io.on('connection', s => {
  const by = s.handshake.auth.name;
  s.on('post', (text, done) => { io.emit('posted', { by, text }); done(); });
  s.on('draft', (text, done) => { (kit.broken ? io : s).emit('kept', { by, text }); done(); });
});
kit.serve(server);
