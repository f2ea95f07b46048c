// A chat in rooms, with whispers and pictures, over Socket.IO. A login gives a token, which opens the namespace /chat.
//
// node server.js add-users NAME…      adds users; their passwords are on standard input, one per line
// node server.js [--parser msgpack] [--fault NAME]
//
// PORT, DATA (a folder), SECRET, TOKEN_SECONDS, HOSTS (the names by which it is known), and LISTS: the rooms that are
// only for those on their list, as {"staff": ["alice", "bob"]}. Whoever joins a room first is its host.
const crypto = require('crypto'), fs = require('fs'), http = require('http'), path = require('path');
const { parseArgs, promisify } = require('util');
const express = require('express'), jwt = require('jsonwebtoken'), { Server } = require('socket.io');

const { positionals: [command, ...names], values: { fault, parser } } =
  parseArgs({ allowPositionals: true, options: { fault: { type: 'string' }, parser: { type: 'string' } } });
const data = process.env.DATA ?? '.', secret = process.env.SECRET ?? '';
const life = Number(process.env.TOKEN_SECONDS ?? 900);
const hosts = (process.env.HOSTS ?? 'localhost,127.0.0.1').split(',');
const lists = new Map(Object.entries(JSON.parse(process.env.LISTS ?? '{}')));

// --- Users -----------------------------------------------------------------------------------------------------------

const usersFile = path.join(data, 'users.json'), scrypt = promisify(crypto.scrypt);
const hash = async (password, salt) => (await scrypt(password, salt, 32, { N: 1024 })).toString('hex');
const readUsers = async () => new Map(JSON.parse(await fs.promises.readFile(usersFile, 'utf8').catch(() => '[]')));

async function addUsers() {
  const passwords = fs.readFileSync(0, 'utf8').split('\n'), users = await readUsers();
  for (const [n, name] of names.entries()) {
    const salt = crypto.randomBytes(16).toString('hex');
    users.set(name, { salt, hash: await hash(passwords[n], salt) });
  }
  fs.writeFileSync(usersFile, JSON.stringify([...users]), { mode: 0o600 });
}

async function knows(name, password) {
  if (typeof name !== 'string' || typeof password !== 'string') return false;
  const user = (await readUsers()).get(name) ?? { salt: 'nobody', hash: '0'.repeat(64) };
  return crypto.timingSafeEqual(Buffer.from(await hash(password, user.salt)), Buffer.from(user.hash));
}

// --- Tokens ----------------------------------------------------------------------------------------------------------

// Who has logged out stays so when the server starts again. (`forgets-logouts`: the list is in memory alone.)
const logouts = path.join(data, 'logouts'), isKept = fault !== 'forgets-logouts' && fs.existsSync(logouts);
const loggedOut = new Set(isKept ? fs.readFileSync(logouts, 'utf8').split('\n') : []);
const issue = name => jwt.sign({ sub: name, jti: crypto.randomUUID() }, secret, { expiresIn: life });
const claimsOf = token => {
  try {
    const claims = jwt.verify(token ?? '', secret, { algorithms: ['HS256'] });
    return loggedOut.has(claims.jti) ? undefined : claims;
  } catch {
    return undefined;
  }
};

// --- Pages -----------------------------------------------------------------------------------------------------------

const app = express(), server = http.createServer(app), LARGEST = 1e6;
app.disable('x-powered-by');
const headers = {
  'Content-Security-Policy': "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};
app.use((q, r, next) => {
  r.set('Cache-Control', 'private, no-store');
  if (!hosts.includes(q.hostname)) return r.status(421).json({ error: 'this is another host' });
  if (Number(q.get('Content-Length') ?? 0) > LARGEST) return r.status(413).json({ error: 'this is too large' });
  next();
});
app.use(express.json({ limit: '10kb' }));
app.get('/', (q, r) => r.send('<!doctype html><title>Chat</title><h1>Chat</h1><p>Log in to talk.'));
app.get('/healthz', (q, r) => r.json({ service: 'chat', ok: true }));
app.post('/api/login', async (q, r) => {
  const { name, password } = q.body ?? {};
  if (!await knows(name, password)) return r.status(401).json({ error: 'wrong name or password' });
  r.json({ token: issue(name) });
});
app.use('/api', (q, r, next) => {
  q.claims = claimsOf(q.get('Authorization')?.replace(/^Bearer /, ''));
  q.claims ? next() : r.status(401).json({ error: 'log in first' });
});
app.post('/api/logout', (q, r) => {
  loggedOut.add(q.claims.jti);
  fs.appendFileSync(logouts, `${q.claims.jti}\n`);
  chat.in(`session:${q.claims.jti}`).disconnectSockets(true);
  r.status(204).end();
});
app.get('/api/me', (q, r) => r.json({ name: q.claims.sub }));
app.get('/api/mine', (q, r) => r.json({ messages: [...said.values()].filter(one => one.by === q.claims.sub) }));
app.post('/api/pictures', express.raw({ type: 'image/*', limit: LARGEST }), async (q, r) => {
  const { room } = q.query, mayShow = typeof room === 'string' && await isIn(room, q.claims.sub);
  if (!mayShow) return r.status(403).json({ error: 'join the room first' });
  if (!Buffer.isBuffer(q.body)) return r.status(415).json({ error: 'a picture is an image' });
  r.status(201).json({ id: show(room, q.claims.sub, q.body) });
});
app.get('/api/pictures/:id', async (q, r) => {
  const picture = pictures.get(q.params.id);
  const mayLook = picture && (fault === 'picture-by-id' || await isIn(picture.room, q.claims.sub));
  mayLook ? r.type('application/octet-stream').send(picture.data) : r.status(404).json({ error: 'no such picture' });
});
app.use((q, r) => r.status(404).json({ error: 'no such page' }));
app.use((error, q, r, next) => r.status(error.status ?? 500).json({ error: 'this cannot be read' }));

// --- The chat --------------------------------------------------------------------------------------------------------

const packets = parser === 'msgpack' ? { parser: require('socket.io-msgpack-parser') } : {};
const io = new Server(server, { ...packets, maxHttpBufferSize: LARGEST }), chat = io.of('/chat');
// Every answer has them, those of Socket.IO and its errors too.
server.prependListener('request', (q, r) => {
  for (const [name, value] of Object.entries(headers)) r.setHeader(name, value);
});

// By room: its host, and the newest of what was said in it. What was said, and the pictures, by id.
const rooms = new Map(), said = new Map(), pictures = new Map(), KEPT = 200;
const roomOf = (name, host) => rooms.get(name) ?? rooms.set(name, { host, log: [] }).get(name);

// Users choose the names of rooms and have names themselves: the two never meet. (`nick-rooms`: here they do.)
const roomKey = name => fault === 'nick-rooms' ? name : `room:${name}`;
const tags = new Map(), shared = {};
const userKey = name => {
  if (fault === 'nick-rooms') return name;
  if (fault !== 'short-tags') return `user:${name}`;
  // Each user is given a number of two digits, as in `bob#42`, and the number alone says who is meant.
  return `user:#${tags.get(name) ?? tags.set(name, crypto.randomInt(100)).get(name)}`;
};
const isIn = async (room, name) => (await chat.in(roomKey(room)).fetchSockets()).some(s => s.data.name === name);

// Shows a picture in its room when it has been made smaller, for which nobody waits.
function show(room, by, data) {
  const picture = { id: crypto.randomUUID(), room, by, data };
  pictures.set(picture.id, picture);
  setTimeout(() => (fault === 'picture-to-all' ? chat : chat.to(roomKey(room))).emit('picture', picture), 5);
  return picture.id;
}

chat.use((s, next) => {
  s.data.claims = claimsOf(s.handshake.auth.token);
  s.data.name = s.data.claims?.sub;
  next(s.data.claims ? undefined : new Error('log in first'));
});

class Refused extends Error {}
const need = (isFine, words) => { if (!isFine) throw new Refused(words); };
const isName = value => typeof value === 'string' && value.length > 0 && value.length <= 300;
const isText = value => typeof value === 'string' && value.length > 0 && value.length <= 4000;

chat.on('connection', s => {
  const { name, claims } = s.data;
  s.join([userKey(name), `session:${claims.jti}`]);
  if (fault !== 'outlives-token') {
    const end = setTimeout(() => s.disconnect(true), claims.exp * 1000 - Date.now());
    s.on('disconnect', () => clearTimeout(end));
  }

  // An event with one argument and, perhaps, an acknowledgement: what the handler returns, or why not.
  const on = (event, handle) => s.on(event, async (asked, done) => {
    const answer = typeof done === 'function' ? done : () => {};
    try {
      need(asked !== null && typeof asked === 'object', 'this cannot be read');
      answer({ ok: true, ...await handle(asked) });
    } catch (error) {
      if (!(error instanceof Refused)) console.error(error);
      answer({ ok: false, error: error instanceof Refused ? error.message : 'something went wrong' });
    }
  });
  const needMember = room => need(isName(room) && s.rooms.has(roomKey(room)), 'join the room first');
  const membersChanged = async room => {
    const there = await chat.in(roomKey(room)).fetchSockets();
    chat.to(roomKey(room)).emit('members', { room, names: [...new Set(there.map(one => one.data.name))].sort() });
  };

  on('join', ({ room }) => {
    need(isName(room), 'a room needs a name');
    need(fault === 'open-lists' || (lists.get(room)?.includes(name) ?? true), 'you are not on the list of this room');
    const isNew = !s.rooms.has(roomKey(room)), { log } = roomOf(room, name);
    s.join(roomKey(room));
    // Who comes gets what was said before.
    const newcomer = fault === 'history-to-room' ? chat.to(roomKey(room)) : s;
    if (isNew) log.forEach(message => newcomer.emit('message', message));
    membersChanged(room);
  });

  on('leave', ({ room }) => {
    needMember(room);
    s.leave(roomKey(room));
    membersChanged(room);
  });
  s.on('disconnecting', () => {
    const left = [...rooms.keys()].filter(room => s.rooms.has(roomKey(room)));
    setImmediate(() => left.forEach(membersChanged));
  });

  on('kick', ({ room, who }) => {
    needMember(room);
    need(rooms.get(room).host === name, 'only the host of a room removes somebody');
    need(isName(who) && who !== name, 'remove whom?');
    const tabs = chat.in(userKey(who));
    tabs.emit('kicked', { room });
    if (fault !== 'kicked-stays') tabs.socketsLeave(roomKey(room));
    membersChanged(room);
  });

  on('say', ({ room, text }) => {
    needMember(room);
    need(isText(text), 'say something, in at most 4000 letters');
    const message = { id: crypto.randomUUID(), room, by: name, text }, { log } = roomOf(room);
    said.set(message.id, message);
    if (log.push(message) > KEPT) said.delete(log.shift().id);
    chat.to(roomKey(room)).emit('message', message);
    return { id: message.id };
  });

  on('typing', ({ room }) => {
    needMember(room);
    const others = fault === 'typing-to-all' ? s.volatile.broadcast : s.volatile.to(roomKey(room));
    others.emit('typing', { room, by: name });
  });

  on('picture', ({ room, data }) => {
    needMember(room);
    need(Buffer.isBuffer(data), 'a picture is binary');
    return { id: show(room, name, data) };
  });

  on('whisper', async ({ to, text }) => {
    need(isName(to) && isText(text), 'whisper something to somebody');
    // An operator for each whisper. (`shared-operator`: one for all, and others whisper while this one waits.)
    const build = fault === 'shared-operator' ? shared : {};
    build.to = chat.to(userKey(name));
    need((await readUsers()).has(to), 'nobody has this name');
    build.to = build.to.to(userKey(to));
    if (fault === 'empty-list') {
      // To each tab by its id. Who has none open is `to([])`, which is everybody.
      const tabs = await chat.in([userKey(name), userKey(to)]).fetchSockets();
      const idsOf = who => tabs.filter(tab => tab.data.name === who).map(tab => tab.id);
      build.to = chat.to(idsOf(to));
      if (to !== name) chat.to(idsOf(name)).emit('whisper', { from: name, to, text });
    }
    build.to.emit('whisper', { from: name, to, text });
    return { id: crypto.randomUUID() };
  });
});

if (command === 'add-users') {
  addUsers();
} else if (secret.length < 32) {
  console.error('SECRET must have 32 letters or more: try `openssl rand -hex 32`');
  process.exit(1);
} else {
  server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () =>
    console.log(`listening on http://127.0.0.1:${server.address().port}`));
  // Whoever started it holds the other end of the pipe.
  if (fs.fstatSync(0).isFIFO()) process.stdin.resume().on('end', () => process.exit(0));
}
