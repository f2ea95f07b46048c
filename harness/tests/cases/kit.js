// What the small servers share: users with passwords, a session in a cookie, sockets that know their user, one fault.
//
// PORT=0 node server.js [--fault NAME] prints `listening on http://127.0.0.1:PORT`. It ends with whoever started it.
const crypto = require('crypto'), fs = require('fs'), http = require('http');
const express = require('express'), { Server } = require('socket.io'), { WebSocketServer } = require('ws');

const passwords = new Map(Object.entries({ alice: 'apple', bob: 'banana', carol: 'cherry', ann: 'almond', anna: 'anise' }));
exports.knows = (user, password) => password !== undefined && passwords.get(user) === password;

const at = process.argv.indexOf('--fault');
exports.fault = at < 0 ? '' : process.argv[at + 1];
exports.broken = exports.fault === 'broken';

let made = 0;
exports.id = letter => letter + ++made;
exports.later = ms => new Promise(done => setTimeout(done, ms));

// The user of each session, and the session of a request or a handshake.
const sessions = new Map();
const sidOf = request => /(?:^|; )sid=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
exports.sessions = sessions;
exports.sidOf = sidOf;
exports.userOf = request => sessions.get(sidOf(request));

// What is open, with its session, and how it is closed. A logout closes what its session has open.
const open = new Set();
const keepOpen = (sid, close, on) => {
  const one = { sid, close };
  open.add(one);
  on('close', () => open.delete(one));
};
exports.keepOpen = keepOpen;
const closeOf = sid => [...open].filter(one => one.sid === sid).forEach(one => one.close());

// POST /login and /logout. Whatever is added behind them asks for a session, but for paths that begin with one of
// `open`; `ended` is for sessions that end.
exports.site = ({ ended = closeOf, newSid = () => crypto.randomUUID(), open = [] } = {}) => {
  const app = express();
  app.use(express.urlencoded({ extended: false }), express.json());
  app.post('/login', (q, r) => {
    const { user, password } = q.body ?? {};
    if (!exports.knows(user, password)) return r.status(401).send('wrong name or password');
    const sid = newSid(user);
    sessions.set(sid, user);
    r.cookie('sid', sid, { httpOnly: true }).redirect(303, '/');
  });
  app.post('/logout', (q, r) => {
    const sid = sidOf(q);
    sessions.delete(sid);
    ended(sid);
    r.clearCookie('sid').redirect(303, '/');
  });
  app.use((q, r, next) => {
    q.user = exports.userOf(q);
    q.user || open.some(path => q.path.startsWith(path)) ? next() : r.status(401).send('log in first');
  });
  app.get('/', (q, r) => r.send(`hello ${q.user}`));
  return { app, server: http.createServer(app) };
};

// Socket.IO for those who have a session: `data.user` and `data.sid` of a socket.
exports.refuseStrangers = (s, next) => {
  s.data.sid = sidOf(s.handshake);
  s.data.user = exports.userOf(s.handshake);
  if (!s.data.user) return next(new Error('log in first'));
  keepOpen(s.data.sid, () => s.disconnect(true), s.conn.on.bind(s.conn));
  next();
};
exports.sockets = (server, options) => new Server(server, options).use(exports.refuseStrangers);

// Raw WebSockets: `user` of a socket. `who` finds the user of a handshake.
exports.raw = (server, joined, who = exports.userOf) => {
  const all = new WebSocketServer({ noServer: true });
  server.on('upgrade', (q, socket, head) => {
    const user = who(q);
    if (!user) return socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    all.handleUpgrade(q, socket, head, ws => {
      keepOpen(sidOf(q), () => ws.close(4401, 'logged out'), ws.on.bind(ws));
      joined(Object.assign(ws, { user }), q);
    });
  });
  return all.clients;
};

exports.serve = server => {
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
    console.log(`listening on http://127.0.0.1:${server.address().port}`));
  // Whoever started it holds the other end of the pipe.
  if (fs.fstatSync(0).isFIFO()) process.stdin.resume().on('end', () => process.exit(0));
};
