// The official client, driven by lines of JSON: orders come on standard input, and what the client shows goes to
// standard output. Each line begins with the number of its connection. It judges nothing, and connects to nothing again.
"use strict";

const { rootCertificates } = require("node:tls");

/** Events that wait for their acknowledgement; the oldest is forgotten. */
const ASKED = 1000;

/** Milliseconds for goodbyes, once there are no more orders. */
const GOODBYE = 1000;

/** Bytes as the rest of the project writes them. */
function plain(key, value) {
  const whole = this[key];
  const bytes = whole instanceof ArrayBuffer ? Buffer.from(whole) : whole;
  return ArrayBuffer.isView(bytes) ? { $binary: Buffer.from(bytes).toString("base64") } : value;
}

function binary(_, value) {
  const keys = value !== null && typeof value === "object" ? Object.keys(value) : [];
  return keys.length === 1 && typeof value.$binary === "string" ? Buffer.from(value.$binary, "base64") : value;
}

const write = (number, what) => process.stdout.write(`${number} ${JSON.stringify(what, plain)}\n`);

let found;
try {
  const { Manager } = require("socket.io-client");
  found = { Manager, version: require("socket.io-client/package.json").version };
} catch (error) {
  write(0, { said: "missing", why: String(error.message).split("\n")[0] });
  process.exit(0);
}
write(0, { said: "hello", version: `socket.io-client ${found.version}` });

const connections = new Map();

/** What the server answered instead of a handshake, as far as the client shows it. */
function refused(error) {
  const { context, description } = error;
  if (context && typeof context.getAllResponseHeaders === "function") {
    const status = typeof description === "number" && description > 0 ? description : null;
    const lines = status === null ? [] : (context.getAllResponseHeaders() || "").split("\r\n");
    const headers = lines.filter((line) => line.includes(": ")).map((line) => {
      const at = line.indexOf(": ");
      return [line.slice(0, at).toLowerCase(), line.slice(at + 2)];
    });
    const body = status === null ? null : String(context.responseText || "");
    const why = (context.statusText && context.statusText.message) || context.statusText || error.message;
    return { status, headers, body, why: String(why) };
  }
  // The package `ws` says this, and no more, of an answer to a handshake.
  const words = String((description && description.message) || error.message || error);
  const status = /^Unexpected server response: (\d{3})$/.exec(words);
  return { status: status && Number(status[1]), headers: [], body: null, why: words };
}

/** How a connection ended that neither side left by a packet. */
function ended(reason, details) {
  const { context, description } = details || {};
  const words = `\`socket.io-client\` says: ${reason}`;
  if (context && typeof context.code === "number" && context.code !== 1006) {
    const code = context.code === 1005 ? null : context.code;
    const close = code === null ? "a close frame without a code" : String(context.reason) || "a close frame";
    return { by: "server", code, how: close };
  }
  if (typeof description === "number" && description > 0) {
    return { by: "server", code: description, how: `a poll or a post was answered with status ${description}` };
  }
  return { by: "nobody", code: null, how: words };
}

function connect(number, how) {
  const manager = new found.Manager(how.url, {
    path: how.path,
    addTrailingSlash: how.path.endsWith("/"),
    query: Object.fromEntries(how.query),
    extraHeaders: Object.fromEntries(how.headers),
    transports: how.transports,
    ca: how.trust === null ? undefined : [...rootCertificates, how.trust],
    reconnection: false,
    autoConnect: false,
    timeout: false,
  });
  const socket = manager.socket(how.namespace, how.auth === null ? {} : { auth: how.auth });
  const asked = new Map();
  let [isOpen, isOver, next] = [false, false, 0];
  const say = (said, more) => isOver || write(number, { said, ...more });
  const end = (said, more) => {
    say(said, more);
    isOver = true;
    connections.delete(number);
  };
  manager.on("open", () => {
    isOpen = true;
    say("transport");
    manager.engine.once("close", () => setImmediate(() => end("closed", { by: "nobody", code: null, how: "the connection ended" })));
  });
  manager.on("error", (error) => isOpen || end("refused", refused(error)));
  manager.on("close", (reason, details) => {
    // The socket says more of a packet that ended it, and says it in the same turn.
    if (reason !== "forced close") queueMicrotask(() => end("closed", ended(reason, details)));
  });
  socket.on("connect", () => say("opened", { sid: socket.id }));
  socket.on("connect_error", (error) => {
    if (!isOpen || error.type === "TransportError") return;
    const data = error.data === undefined ? {} : { data: error.data };
    end("denied", { data: { message: error.message, ...data } });
  });
  socket.on("disconnect", (reason, details) => {
    if (reason === "io server disconnect") end("left");
    else if (reason !== "io client disconnect") end("closed", ended(reason, details));
  });
  socket.onAny((name, ...all) => {
    let id = null;
    if (typeof all[all.length - 1] === "function") {
      id = ++next;
      asked.set(id, all.pop());
      asked.delete(id - ASKED);
    }
    say("event", { name, arguments: all, id });
  });
  connections.set(number, {
    emit({ name, arguments: all, id }) {
      if (id === null) socket.emit(name, ...all);
      else socket.emit(name, ...all, (...answer) => say("answer", { id, arguments: answer }));
    },
    acknowledge({ id, arguments: all }) {
      const answer = asked.get(id);
      asked.delete(id);
      if (answer) answer(...all);
    },
    close() {
      if (!manager.engine) end("closed", { by: "nobody", code: null, how: "it was never open" });
      socket.disconnect();
    },
  });
  socket.connect();
}

function take(line) {
  const at = line.indexOf(" ");
  const number = Number(line.slice(0, at));
  const order = JSON.parse(line.slice(at + 1), binary);
  if (order.do === "connect") connect(number, order);
  else if (connections.has(number)) connections.get(number)[order.do](order);
}

let rest = [];
process.stdin.setEncoding("utf8");
process.stdin.on("data", (piece) => {
  const lines = piece.split("\n");
  if (lines.length === 1) return void rest.push(piece);
  lines[0] = rest.join("") + lines[0];
  rest = [lines.pop()];
  lines.forEach(take);
});
// What says goodbye may still be on its way; without connections, nothing holds the process.
process.stdin.on("end", () => setTimeout(() => process.exit(0), GOODBYE).unref());
process.stdout.on("error", () => process.exit(0));
