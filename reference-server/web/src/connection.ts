// The one socket: its state, and how what was missed comes back, once and in order.

import { effect, signal } from "@preact/signals";
import { io, type Socket } from "socket.io-client";
import { Order } from "./order";
import { isOwn, leave, leaving, stillLoggedIn } from "./session";
import { choices, reached, recount, refreshActions, say, state, tell } from "./store";
import { EVENTS, type Meta, type Resumed, type Told } from "./wire";

export type Connection = "connecting" | "catching up" | "live" | "lost";

export const connection = signal<Connection>("connecting");

/** Milliseconds that an answer may take before the connection counts as lost; what was missed may be much. */
const PATIENCE = 20_000;
const PATIENCE_RESUME = 60_000;
/** Milliseconds before another connection: twice as many after each that failed. */
const PAUSE = { least: 400, most: 10_000 };
/** Answers that make no sense before the page goes on without what it has missed. */
const REFUSALS = 3;

let socket: Socket | undefined;
let pause = PAUSE.least;
let refusals = 0;
let retry: ReturnType<typeof setTimeout> | undefined;

export function connect(): void {
  const opened = io({
    // A WebSocket at once, and polling where something between does not let it through.
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnectionDelay: 400,
    reconnectionDelayMax: 5000,
  });
  socket = opened;
  const order = new Order<Told>(state.value.seq);
  const again = (): void => {
    opened.disconnect();
    later(opened);
  };
  effect(() => {
    if (leaving.value) opened.disconnect();
  });
  for (const name of EVENTS) {
    opened.on(name, (payload: unknown, meta: Meta) => {
      const taken = order.live([name, payload, meta] as Told);
      tell(taken.events);
      if (taken.gap) again();
    });
  }
  opened.on("connect", () => {
    order.begin();
    connection.value = "catching up";
  });
  opened.on("ready", async ({ seq, session }: { seq: number; session?: string }) => {
    // The cookie has become another's: not one event of theirs belongs here.
    if (session !== undefined && !isOwn(session)) return leave("other");
    const transport = opened.id;
    try {
      const said: unknown = await opened.timeout(PATIENCE_RESUME).emitWithAck("resume", { last_seq: order.last });
      // The answer of a connection that is gone is of no use for the next one.
      if (opened.id !== transport) return;
      const answer = understood(said);
      if (!answer) return again();
      const first = order.last === 0;
      const taken = order.resumed(seq, answer);
      if (taken.anew) recount();
      tell(taken.events);
      reached(order.last);
      // After the rest, where it is seen: a thousand others may stand before.
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

/** Says that the session's live logs are wanted or not. */
export async function liveLogs(on: boolean): Promise<void> {
  if (socket?.connected) await socket.timeout(PATIENCE).emitWithAck("live_logs", { on });
}

/** Does not wait for the next try. */
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

/** What the server answered to `resume`; nothing where another try may bring more. */
function understood(said: unknown): Resumed | undefined {
  const answer = said as Partial<Resumed> | null | undefined;
  if (Array.isArray(answer?.missed)) {
    refusals = 0;
    return answer as Resumed;
  }
  refusals += 1;
  return refusals < REFUSALS ? undefined : { missed: [], complete: false };
}

async function lost(opened: Socket): Promise<void> {
  if (leaving.value) return;
  if (connection.value !== "lost") connection.value = "lost";
  if (!(await stillLoggedIn())) return leave("ended");
  // Where the server itself has closed it, nobody tries again but us.
  if (!opened.active && retry === undefined) later(opened);
}

function tellLost(lost: number | null | undefined): void {
  const words = typeof lost === "number" && lost > 0 ? `${lost} messages` : "Some messages";
  say("warning", `${words} from the time without a connection are lost: the server keeps only the last ones`);
}
