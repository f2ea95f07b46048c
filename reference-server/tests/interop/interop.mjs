// The official socket.io-client against the server: polling, WebSocket, and the upgrade between them.
//
// Arguments: URL, cookie, transports (polling | websocket | upgrade). Prints one line of JSON: what came.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.NODE_MODULES}/`);
const { io } = require("socket.io-client");

const [url, cookie, way] = process.argv.slice(2);
const transports = way === "upgrade" ? ["polling", "websocket"] : [way];
const options = { transports, reconnection: false, forceNew: true };
const within = (promise, what) =>
  Promise.race([
    promise,
    new Promise((_, reject) => setTimeout(() => reject(new Error(`no ${what}`)), 20000).unref()),
  ]);

const socket = io(url, { ...options, extraHeaders: { Cookie: cookie } });
const numbers = [];
const ready = new Promise((resolve) => socket.once("ready", resolve));
const done = new Promise((resolve) => socket.once("result", resolve));
const upgraded = new Promise((resolve) =>
  socket.once("connect", () => {
    const engine = socket.io.engine;
    const there = way !== "upgrade" || engine.transport.name === "websocket";
    there ? resolve() : engine.once("upgrade", resolve);
  }),
);
socket.onAny((name, _, meta) => name !== "ready" && numbers.push(meta.seq));
await within(ready, "ready");
await within(upgraded, "upgrade");
const ask = (name, data) => socket.timeout(20000).emitWithAck(name, data);
const started = await ask("start_action", { kind: "popups", parameters: { count: 20 } });
await within(done, "result");
const resumed = await ask("resume", { last_seq: 0 });
const refused = await ask("join", { room: "user_bob" });
const transport = socket.io.engine.transport.name;
socket.disconnect();

const stranger = io(url, options);
const outcome = await within(
  Promise.race([
    new Promise((resolve) => stranger.once("connect", () => resolve("connected"))),
    new Promise((resolve) => stranger.once("connect_error", () => resolve("refused"))),
  ]),
  "answer to a stranger",
);
stranger.disconnect();

console.log(
  JSON.stringify({
    transport,
    started: started.kind,
    numbers,
    complete: resumed.complete,
    refused: refused.error,
    stranger: outcome,
  }),
);
process.exit(0);
