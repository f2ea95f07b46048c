// The state that the page shows, folded from events. It is pure, and small enough to be stored whole for a refresh.

import type { ActionDescription, Level, LogLine, ServerEvent } from "./wire";

/** The progress of one category of an action. */
export interface Step {
  text: string;
  status: number;
  supplement: string;
}

export interface Action extends ActionDescription {
  steps: Map<string, Step>;
  /** The text of its result. Empty until the result has come. */
  outcome: string;
  /** When it was first missing from the server's list, in milliseconds since 1970. 0 while it is on the list. */
  missing: number;
}

/** Milliseconds after which an action that is still missing from the list is gone. Until then its result may come. */
export const DOUBT = 3000;

/** A line in the list of messages. */
export interface Entry {
  seq: number;
  kind: "popup" | "result" | "note";
  level: Level;
  text: string;
  /** Milliseconds since 1970. */
  at: number;
}

export interface Modal {
  seq: number;
  id: string;
  text: string;
}

export interface Button {
  icon: string;
  text: string;
  style: string;
  enabled: boolean;
}

export interface State {
  /** The number of the last event that was folded in. */
  seq: number;
  actions: Map<string, Action>;
  feed: Entry[];
  modals: Modal[];
  buttons: Map<string, Button>;
  parts: Map<string, string>;
  logs: (LogLine & { key: string })[];
  /** An action is running that the server has not described yet: the page must ask for its list. */
  stale: boolean;
}

/** The button that the server's actions change unless they name another. */
export const RUN = "run";

const MOST = { feed: 500, modals: 5, logs: 1000, ended: 10, named: 100 };

export const isRunning = (action: Action): boolean => action.state === "running";

export function running(state: State): Action[] {
  return [...state.actions.values()].filter(isRunning);
}

/** Whether the page needs a later list to find out what became of an action. */
export function inDoubt(state: State): boolean {
  return running(state).some((action) => action.missing > 0);
}

/** The number of lines that came after those in `held`, even if none of `held` is stored any more. */
export function since(held: State["logs"], logs: State["logs"]): number {
  const last = held.at(-1)?.key;
  return logs.length - 1 - logs.findIndex((line) => line.key === last);
}

export function empty(): State {
  return {
    seq: 0,
    actions: new Map(),
    feed: [],
    modals: [],
    buttons: new Map([[RUN, { icon: "play", text: "Run", style: "primary", enabled: true }]]),
    parts: new Map(),
    logs: [],
    stale: false,
  };
}

/** The state after these events. `before` is not changed. */
export function fold(before: State, events: readonly ServerEvent[]): State {
  const state = copy(before);
  for (const event of events) {
    take(state, event);
    state.seq = event[2].seq;
  }
  trim(state);
  return state;
}

/**
 * The server has restarted its count at 1. Everything here gets a number below that, in the same order, so that no
 * number means two things. Only the `unread` modals are kept.
 */
export function recounted(before: State, unread: readonly Modal[]): State {
  const state = copy(before);
  const down = before.seq + 1;
  state.seq = 0;
  state.feed = state.feed.map((entry) => ({ ...entry, seq: entry.seq - down }));
  state.modals = unread.map((modal) => ({ ...modal, seq: modal.seq - down }));
  state.logs = state.logs.map((line) => ({ ...line, key: `-${line.key}` }));
  return state;
}

/** Adds a message from the page itself. */
export function note(before: State, level: Level, text: string, at: number): State {
  const state = copy(before);
  state.feed.push({ seq: state.seq, kind: "note", level, text, at });
  trim(state);
  return state;
}

/** Adds an action that was started here. Its events may have come before the answer to the start. */
export function started(before: State, described: ActionDescription): State {
  const state = copy(before);
  const known = state.actions.get(described.id);
  state.actions.set(described.id, { ...(known ?? fresh(described.id)), ...named(described) });
  return state;
}

/**
 * The state after the server's own list of actions. `asked` has the actions that ran when the page asked for it. If one
 * of them is missing from two lists, some time apart, it has ended with the process that ran it.
 */
export function reconcile(before: State, listed: readonly ActionDescription[], asked: ReadonlySet<string>, at: number): State {
  const state = copy(before);
  state.stale = false;
  for (const described of listed) {
    const known = state.actions.get(described.id) ?? fresh(described.id);
    // Its result may have come while the list was under way.
    const ended = known.outcome !== "" && described.state === "running";
    const found = ended ? { ...known, ...named(described) } : { ...known, ...described };
    state.actions.set(described.id, { ...found, missing: 0 });
  }
  const ids = new Set(listed.map((described) => described.id));
  for (const action of state.actions.values()) {
    if (ids.has(action.id) || !isRunning(action) || !asked.has(action.id)) continue;
    // An older version of the page may have stored the state without this field.
    if (!action.missing || at - action.missing < DOUBT) {
      state.actions.set(action.id, { ...action, missing: action.missing || at });
      continue;
    }
    if (action.name === "") {
      state.actions.delete(action.id);
      continue;
    }
    state.actions.set(action.id, { ...action, state: "gone", outcome: "ended without a result" });
    const text = `${action.name} ended without a result: the server was restarted`;
    state.feed.push({ seq: state.seq, kind: "note", level: "warning", text, at });
  }
  trim(state);
  return state;
}

function copy(state: State): State {
  return {
    ...state,
    actions: new Map(state.actions),
    feed: [...state.feed],
    modals: [...state.modals],
    buttons: new Map(state.buttons),
    parts: new Map(state.parts),
    logs: [...state.logs],
  };
}

function fresh(id: string): Action {
  return { id, kind: "", name: "", state: "running", progress: 0, steps: new Map(), outcome: "", missing: 0 };
}

function named({ kind, name }: ActionDescription): Pick<Action, "kind" | "name"> {
  return { kind, name };
}

function take(state: State, [name, payload, meta]: ServerEvent): void {
  const at = Math.floor(meta.queued_at / 1000);
  const { seq } = meta;
  switch (name) {
    case "action_status": {
      if (meta.action === null) return;
      const action = state.actions.get(meta.action) ?? fresh(meta.action);
      const steps = new Map(action.steps);
      for (const [category, [text, status, supplement]] of Object.entries(payload)) {
        steps.set(category, { text, status, supplement });
      }
      // The action has not been described yet: the server's list will do that.
      if (action.name === "") state.stale = true;
      state.actions.set(action.id, { ...action, steps });
      return;
    }
    case "popup":
      for (const [level, text] of Object.entries(payload)) {
        state.feed.push({ seq, kind: "popup", level: level as Level, text, at });
      }
      return;
    case "result": {
      state.feed.push({ seq, kind: "result", level: payload.category as Level, text: payload.text, at });
      if (meta.action === null) return;
      const action = state.actions.get(meta.action) ?? fresh(meta.action);
      const ended = ENDED[payload.category] ?? "done";
      const progress = ended === "done" ? 100 : action.progress;
      // Move it to the end of the map, which is ordered by when actions ended.
      state.actions.delete(action.id);
      state.actions.set(action.id, { ...action, state: ended, outcome: payload.text, progress });
      return;
    }
    case "modal":
      state.modals.push({ seq, ...payload });
      return;
    case "button":
      for (const [id, [icon, text, style]] of Object.entries(payload)) {
        const enabled = state.buttons.get(id)?.enabled ?? true;
        state.buttons.set(id, { icon, text, style, enabled });
      }
      return;
    case "reload":
      state.parts.set(payload.id, payload.content);
      return;
    case "enable_button":
    case "disable_button":
      for (const id of payload) {
        const button = state.buttons.get(id) ?? { icon: "", text: id, style: "secondary", enabled: true };
        state.buttons.set(id, { ...button, enabled: name === "enable_button" });
      }
      return;
    case "threads":
      progress(state, payload);
      return;
    case "log_update":
      for (const line of payload.files.flatMap((file) => file.entries)) {
        state.logs.push({ ...line, key: `${seq}.${state.logs.length}` });
      }
  }
}

const ENDED: Record<string, string> = { success: "done", warning: "stopped", error: "failed" };

/** The list has only names, in the order of the actions' ids. It can be used if our own actions have the same names. */
function progress(state: State, threads: readonly { name: string; state: number }[]): void {
  const ours = running(state).sort((a, b) => (a.id < b.id ? -1 : 1));
  if (ours.length !== threads.length || ours.some((action, index) => action.name !== threads[index]?.name)) {
    state.stale = true;
    return;
  }
  threads.forEach((thread, index) => {
    const action = ours[index];
    if (action) state.actions.set(action.id, { ...action, progress: thread.state });
  });
}

function trim(state: State): void {
  state.feed.splice(0, state.feed.length - MOST.feed);
  state.logs.splice(0, state.logs.length - MOST.logs);
  state.modals.splice(0, state.modals.length - MOST.modals);
  const ended = [...state.actions.values()].filter((action) => !isRunning(action));
  ended.slice(0, Math.max(0, ended.length - MOST.ended)).forEach((action) => state.actions.delete(action.id));
  for (const named of [state.buttons, state.parts]) {
    for (const id of named.keys()) {
      if (named.size <= MOST.named) break;
      named.delete(id);
    }
  }
}
