// The one socket: its state, and how what was missed comes back, once and in order.

import { signal } from "@preact/signals";
import { io, type Socket } from "socket.io-client";
import { Order } from "./order";
import { leave, stillLoggedIn } from "./session";
import { choices, reached, refreshActions, say, state, tell } from "./store";
import { EVENTS, type Meta, type Resumed, type Told } from "./wire";

export type Connection = "connecting" | "catching up" | "live" | "lost";

export const connection = signal<Connection>("connecting");

/** Milliseconds that an answer may take before the connection counts as lost. */
const PATIENCE = 20_000;

let socket: Socket | undefined;
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
    opened.disconnect().connect();
  };
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
  opened.on("ready", async ({ seq }: { seq: number }) => {
    const transport = opened.id;
    try {
      const answer: Resumed = await opened.timeout(PATIENCE).emitWithAck("resume", { last_seq: order.last });
      // The answer of a connection that is gone is of no use for the next one.
      if (opened.id !== transport) return;
      const first = order.last === 0;
      const taken = order.resumed(seq, answer);
      tell(taken.events);
      reached(order.last);
      // After the rest, where it is seen: a thousand others may stand before.
      if (!answer.complete && !first) tellLost(answer.lost);
      if (taken.gap) return again();
      refreshActions();
      opened.emit("user_connected", {});
      if (choices.value.liveLogs) await liveLogs(true);
      connection.value = "live";
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
  socket?.disconnect().connect();
}

async function lost(opened: Socket): Promise<void> {
  if (connection.value !== "lost") connection.value = "lost";
  if (!(await stillLoggedIn())) return leave("ended");
  // Where the server itself has closed it, nobody tries again but us.
  if (opened.active || retry !== undefined) return;
  retry = setTimeout(() => {
    retry = undefined;
    if (!opened.connected) opened.connect();
  }, 1000);
}

function tellLost(lost: number | null | undefined): void {
  const words = typeof lost === "number" && lost > 0 ? `${lost} messages` : "Some messages";
  say("warning", `${words} from the time without a connection are lost: the server keeps only the last ones`);
}
