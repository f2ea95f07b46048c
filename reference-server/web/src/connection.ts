// The page's one socket: its state, and how the page catches up on missed events, each once and in order.

import { effect, signal } from "@preact/signals";
import { io, type Socket } from "socket.io-client";
import { Order } from "./order";
import { isOwn, leave, leaving, stillLoggedIn } from "./session";
import { choices, reached, receive, recount, refreshActions, say, state } from "./store";
import { EVENTS, type Meta, type ResumeAnswer, type ServerEvent } from "./wire";

export type Connection = "connecting" | "catching up" | "live" | "lost";

export const connection = signal<Connection>("connecting");

/** Milliseconds that an answer may take before the connection counts as lost. Many events may have been missed. */
const PATIENCE = 20_000;
const PATIENCE_RESUME = 60_000;
/** Milliseconds before the next attempt to connect. They double after each failure. */
const PAUSE = { least: 400, most: 10_000 };
/** How many times the server may refuse `resume` before the page continues without the missed events. */
const REFUSALS = 3;

let socket: Socket | undefined;
let pause = PAUSE.least;
let refusals = 0;
let retry: ReturnType<typeof setTimeout> | undefined;

export function connect(): void {
  const opened = io({
    // A WebSocket first. Polling if a proxy lets no WebSocket through.
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnectionDelay: 400,
    reconnectionDelayMax: 5000,
  });
  socket = opened;
  const order = new Order<ServerEvent>(state.value.seq);
  const again = (): void => {
    opened.disconnect();
    later(opened);
  };
  effect(() => {
    if (leaving.value) opened.disconnect();
  });
  for (const name of EVENTS) {
    opened.on(name, (payload: unknown, meta: Meta) => {
      const taken = order.live([name, payload, meta] as ServerEvent);
      receive(taken.events);
      if (taken.gap) again();
    });
  }
  opened.on("connect", () => {
    order.begin();
    connection.value = "catching up";
  });
  opened.on("ready", async ({ seq, session }: { seq: number; session?: string }) => {
    // The cookie now belongs to another session, and none of its events may be shown here.
    if (session !== undefined && !isOwn(session)) return leave("other");
    const transport = opened.id;
    try {
      const said: unknown = await opened.timeout(PATIENCE_RESUME).emitWithAck("resume", { last_seq: order.last });
      // The answer on an old connection is useless for the next one.
      if (opened.id !== transport) return;
      const answer = understood(said);
      if (!answer) return again();
      const first = order.last === 0;
      const taken = order.resumed(seq, answer);
      if (taken.anew) recount();
      receive(taken.events);
      reached(order.last);
      // Say it last, so that it is seen: a thousand messages may have come before it.
      if (!answer.complete && !first) tellLost(answer.lost);
      if (taken.gap) return again();
      refreshActions();
      opened.emit("user_connected", {});
      if (choices.value.liveLogs) await liveLogs(true);
      connection.value = "live";
      pause = PAUSE.least;
    } catch {
      if (opened.id === transport) again();
    }
  });
  opened.on("disconnect", () => lost(opened));
  opened.on("connect_error", () => lost(opened));
}

/** Turns the session's live logs on or off. */
export async function liveLogs(on: boolean): Promise<void> {
  if (socket?.connected) await socket.timeout(PATIENCE).emitWithAck("live_logs", { on });
}

/** Connects now instead of waiting for the next attempt. */
export function tryNow(): void {
  clearTimeout(retry);
  retry = undefined;
  socket?.disconnect().connect();
}

function later(opened: Socket): void {
  if (leaving.value) return;
  retry ??= setTimeout(() => {
    retry = undefined;
    if (!opened.connected && !leaving.value) opened.connect();
  }, pause);
  pause = Math.min(2 * pause, PAUSE.most);
}

/** The server's answer to `resume`, or nothing if it is worth asking again. */
function understood(said: unknown): ResumeAnswer | undefined {
  const answer = said as Partial<ResumeAnswer> | null | undefined;
  if (Array.isArray(answer?.missed)) {
    refusals = 0;
    return answer as ResumeAnswer;
  }
  refusals += 1;
  return refusals < REFUSALS ? undefined : { missed: [], complete: false };
}

async function lost(opened: Socket): Promise<void> {
  if (leaving.value) return;
  if (connection.value !== "lost") connection.value = "lost";
  if (!(await stillLoggedIn())) return leave("ended");
  // If the server closed the socket, the library does not reconnect by itself.
  if (!opened.active && retry === undefined) later(opened);
}

function tellLost(lost: number | null | undefined): void {
  const words = typeof lost === "number" && lost > 0 ? `${lost} messages` : "Some messages";
  say("warning", `${words} sent while you were disconnected are lost: the server keeps only the newest`);
}
