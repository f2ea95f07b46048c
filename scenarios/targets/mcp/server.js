// A notebook for language models: MCP over streamable HTTP, as the official SDK serves it.
//
// POST /users and /token stand for an identity provider: a bearer token for a name and a password. A client opens an MCP
// session at /mcp by `initialize`, and has it until it sends DELETE or the token ends; what the server sends by itself
// comes over its GET stream, and after a cut the rest of it by Last-Event-ID. /quick takes a tool call without a session.
//
//     PORT=0 node server.js [--fault NAME]       prints `listening on http://127.0.0.1:PORT`
//
// Each NAME opens one fault; expected.yaml says what is wrong then.
const { createHash, randomUUID, timingSafeEqual } = require('crypto'), fs = require('fs');
const FAULTS = ['old-transport', 'one-transport', 'shared-store', 'any-session', 'any-note', 'newest-session',
  'progress-token', 'in-flight', 'logout', 'deleted'];
const at = process.argv.indexOf('--fault'), fault = at < 0 ? '' : process.argv[at + 1];
if (fault && !FAULTS.includes(fault)) throw new Error(`no such fault: ${fault}; there are ${FAULTS.join(', ')}`);

const sdk = fault === 'old-transport' ? 'mcp-sdk-1.25.3' : '@modelcontextprotocol/sdk';
const { createMcpExpressApp } = require(`${sdk}/server/express.js`);
const { InvalidTokenError } = require(`${sdk}/server/auth/errors.js`);
const { McpServer } = require(`${sdk}/server/mcp.js`);
const { requireBearerAuth } = require(`${sdk}/server/auth/middleware/bearerAuth.js`);
const { StreamableHTTPServerTransport } = require(`${sdk}/server/streamableHttp.js`);
const { isInitializeRequest } = require(`${sdk}/types.js`);
const { z } = require('zod');

const later = ms => new Promise(done => setTimeout(done, ms));
const digest = text => createHash('sha256').update(String(text)).digest();

const passwords = new Map();    // a user's digest of a password
const tokens = new Map();       // a token's user
const notes = new Map();        // a note's id, user and text
const sessions = new Map();     // an MCP session's user, token, server and transport

// What a stream has sent, so that whoever was cut off gets the rest. The SDK gives the GET stream of every session the
// same name, so a store is one session's.
class Store {
  sent = [];
  async storeEvent(stream, message) {
    this.sent.push({ stream, message });
    return `${stream}:${this.sent.length}`;
  }
  async getStreamIdForEventId(id) {
    return this.sent[Number(id.split(':').pop()) - 1]?.stream;
  }
  async replayEventsAfter(last, { send }) {
    const seen = Number(last.split(':').pop()), stream = this.sent[seen - 1]?.stream;
    for (const [i, one] of [...this.sent.entries()].slice(seen))
      if (one.stream === stream) await send(`${stream}:${i + 1}`, one.message);
    return stream;
  }
}
const storeOfAll = new Store();

// The same question that is asked twice at once is worked on once.
const running = new Map();
const once = (user, text, work) => {
  const checksum = [...text].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 100;
  const key = fault === 'in-flight' ? checksum : JSON.stringify([user, text]);
  if (!running.has(key)) running.set(key, work().finally(() => running.delete(key)));
  return running.get(key);
};

// Whoever asks for progress gives a token for it, which means something to them alone: most clients count from 1.
const watchers = new Map();
const progressTo = extra => {
  const token = extra._meta?.progressToken;
  if (token === undefined) return () => {};
  const send = (progress, message) => extra.sendNotification(
    { method: 'notifications/progress', params: { progressToken: token, progress, total: 2, message } });
  if (fault !== 'progress-token') return send;
  watchers.set(token, send);
  return (...what) => watchers.get(token)(...what);
};

const log = (mcp, text) => mcp.server.notification(
  { method: 'notifications/message', params: { level: 'info', logger: 'notebook', data: text } });
const userOf = extra => extra.authInfo.clientId;
const ofUser = user => [...sessions.values()].filter(session => session.user === user);
const result = value => ({ content: [{ type: 'text', text: JSON.stringify(value) }] });

let newest;
const serverFor = () => {
  const mcp = new McpServer({ name: 'notebook', version: '1.0.0' }, { capabilities: { logging: {} } });
  newest = mcp;
  const text = z.string().max(10_000);
  mcp.registerTool('note', { description: 'Keeps a note; all clients of the user hear of it', inputSchema: { text } },
    async ({ text }, extra) => {
      const note = { id: randomUUID(), user: userOf(extra), text };
      notes.set(note.id, note);
      await Promise.all(ofUser(note.user).map(session => log(session.mcp, text)));
      return result({ id: note.id });
    });
  mcp.registerTool('read', { description: 'Reads a note of the user', inputSchema: { id: z.string() } },
    async ({ id }, extra) => {
      const note = notes.get(id), isShown = note && (fault === 'any-note' || note.user === userOf(extra));
      return isShown ? result({ id, text: note.text }) : { ...result({ error: 'no such note' }), isError: true };
    });
  mcp.registerTool('list', { description: "Lists the user's notes, the newest first" },
    async extra => result({ notes: [...notes.values()].filter(note => note.user === userOf(extra)).reverse().slice(0, 20)
      .map(({ id, text }) => ({ id, text })) }));
  mcp.registerTool('remind', { description: 'Says a text to this client, later', inputSchema: { text } },
    async ({ text }) => {
      later(60).then(() => log(fault === 'newest-session' ? newest : mcp, text)).catch(() => {});
      return result({ ok: true });
    });
  mcp.registerTool('summarize', { description: 'Says a text in short, and how far it is', inputSchema: { text } },
    async ({ text }, extra) => {
      const progress = progressTo(extra);
      const summary = await once(userOf(extra), text, async () => {
        await later(40);
        await progress(1, `reading ${text.slice(0, 80)}`);
        await later(40);
        return `${text.split(/\s+/).length} words: ${text.slice(0, 80)}`;
      });
      return result({ summary });
    });
  mcp.registerTool('whoami', { description: 'Says by which name the client came' },
    async extra => result({ user: userOf(extra), client: mcp.server.getClientVersion()?.name }));
  return mcp;
};

const error = (r, status, message) => r.status(status).json({ jsonrpc: '2.0', error: { code: -32000, message }, id: null });
const HEADERS = {
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer',
};
const app = createMcpExpressApp();
app.disable('x-powered-by');
app.use((q, r, next) => {
  r.set(HEADERS);
  Number(q.get('content-length') ?? 0) > 1_000_000 ? error(r, 413, 'too large') : next();
});
app.get('/health', (q, r) => r.json({ health: 'notebook-ok' }));
app.post('/users', (q, r) => {
  const { user, password } = q.body ?? {};
  if (typeof user !== 'string' || !user || typeof password !== 'string') return r.status(400).json({ error: 'a name and a password' });
  if (passwords.has(user)) return r.status(409).json({ error: 'this name is taken' });
  passwords.set(user, digest(password));
  r.status(201).json({});
});
app.post('/token', (q, r) => {
  const { user, password } = q.body ?? {}, known = passwords.get(user) ?? digest(randomUUID());
  if (!timingSafeEqual(known, digest(password))) return r.status(401).json({ error: 'wrong name or password' });
  const token = randomUUID();
  tokens.set(token, user);
  r.set('Cache-Control', 'no-store').json({ token });
});

const HOUR = 3600;
const verifier = {
  verifyAccessToken: async token => {
    if (!tokens.has(token)) throw new InvalidTokenError('no such token');
    return { token, clientId: tokens.get(token), scopes: [], expiresAt: Math.floor(Date.now() / 1000) + HOUR };
  },
};
app.use(['/mcp', '/quick', '/revoke'], requireBearerAuth({ verifier }), (q, r, next) => r.set('Cache-Control', 'private, no-store') && next());

app.post('/revoke', async (q, r) => {
  const { token } = q.auth;
  tokens.delete(token);
  const ended = fault === 'logout' ? [] : [...sessions.values()].filter(session => session.token === token);
  await Promise.all(ended.map(session => session.transport.close()));
  r.json({});
});

const open = async ({ token, clientId: user }) => {
  const mcp = serverFor();
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    eventStore: fault === 'shared-store' ? storeOfAll : new Store(),
    onsessioninitialized: id => sessions.set(id, { user, token, mcp, transport }),
  });
  transport.onclose = () => sessions.delete(transport.sessionId);
  await mcp.connect(transport);
  return transport;
};
app.all('/mcp', async (q, r) => {
  const id = q.headers['mcp-session-id'];
  if (!id && !isInitializeRequest(q.body)) return error(r, 400, 'no session: send `initialize` first');
  if (!id) return (await open(q.auth)).handleRequest(q, r, q.body);
  const session = sessions.get(id);
  const isOwn = session && (fault === 'any-session' || session.user === q.auth.clientId);
  if (!isOwn) return error(r, 404, 'no such session');
  if (q.method === 'DELETE' && fault === 'deleted') return r.status(200).end();
  await session.transport.handleRequest(q, r, q.body);
});

// Without a session: a server and a transport for each request.
const single = async () => {
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
  await serverFor().connect(transport);
  return transport;
};
let transportOfAll;
app.post('/quick', async (q, r) => {
  const isOne = ['old-transport', 'one-transport'].includes(fault);
  transportOfAll ??= isOne && single();
  const transport = await (transportOfAll || single());
  await transport.handleRequest(q, r, q.body);
});

app.use((q, r) => error(r, 404, 'no such page'));
app.use((failure, q, r, next) => r.headersSent ? next(failure) : error(r, failure.status ?? 500, 'the server failed'));
const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  console.log(`listening on http://127.0.0.1:${server.address().port}`));
// Whoever started it holds the other end of the pipe.
if (fs.fstatSync(0).isFIFO()) process.stdin.resume().on('end', () => process.exit(0));
