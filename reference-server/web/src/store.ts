// The only place that changes what the page shows. Views read the signals and call the functions here.

import { batch, computed, signal } from "@preact/signals";
import { keep, readChoices, recall, watchChoices, writeChoices, type Choices } from "./memory";
import { ask } from "./requests";
import { DOUBT, empty, fold, inDoubt, note, reconcile, recounted, running, started, type State } from "./state";
import { countAnew, toast } from "./toasts";
import type { ActionDescription, Level, ServerEvent } from "./wire";

export const state = signal<State>(empty());
export const choices = signal<Choices>({ liveLogs: false, readTo: 0 });

/** Modals that the user has not read yet, the oldest first. */
export const unread = computed(() => state.value.modals.filter((modal) => modal.seq > choices.value.readTo));

/** Events that have come but are not shown yet. */
const coming: ServerEvent[] = [];

let session = "";
let showing: ReturnType<typeof setTimeout> | undefined;
let keeping: ReturnType<typeof setTimeout> | undefined;
let asking = false;

/** Milliseconds for which changes are gathered before they are stored, and before the list is requested again. */
const GATHER = 500;
/** Milliseconds within which events are shown together. */
const TOGETHER = 40;

/** Restores what an earlier load of the page has stored. */
export async function recallSession(id: string): Promise<void> {
  session = id;
  const kept = await recall(id);
  batch(() => {
    // An older version of the page may have stored fewer fields.
    if (kept) state.value = { ...empty(), ...kept };
    choices.value = readChoices(id);
  });
  watchChoices(id, (chosen) => {
    choices.value = chosen;
    dropRead();
  });
  addEventListener("pagehide", () => {
    show();
    void keep(session, state.value);
  });
}

function change(next: State): void {
  state.value = next;
  keeping ??= setTimeout(() => {
    keeping = undefined;
    void keep(session, state.value);
  }, GATHER);
  if (next.stale) refreshActions();
}

/** Takes new events, in order. It shows events that come close together in one frame, so that a flood is cheap. */
export function receive(events: readonly ServerEvent[]): void {
  coming.push(...events);
  if (coming.length > 0) showing ??= setTimeout(show, TOGETHER);
}

/** Shows the events that have come, and a toast for each popup. */
function show(): void {
  clearTimeout(showing);
  showing = undefined;
  if (coming.length === 0) return;
  const events = coming.splice(0);
  batch(() => {
    change(fold(state.value, events));
    for (const [name, payload, meta] of events) {
      if (name === "popup") {
        for (const [level, text] of Object.entries(payload)) toast(level as Level, text, meta.seq);
      }
    }
  });
}

/** The server has restarted its count. `readTo` is a number of the old count, which means nothing any more. */
export function recount(): void {
  show();
  batch(() => {
    change(recounted(state.value, unread.value));
    choose({ readTo: Number.MIN_SAFE_INTEGER });
  });
  countAnew();
  void keep(session, state.value, true);
}

/** Drops the modals that were read, so that they do not come back when another tab restarts the count. */
function dropRead(): void {
  if (unread.value.length < state.value.modals.length) change({ ...state.value, modals: unread.value });
}

/** Every event up to this number is here, or lost for good: the page never asks for them again. */
export function reached(seq: number): void {
  show();
  change({ ...state.value, seq });
}

/** Shows a message from the page itself, as a toast and in the list of messages. */
export function say(level: Level, text: string): void {
  show();
  batch(() => {
    change(note(state.value, level, text, Date.now()));
    toast(level, text);
  });
}

export function choose(chosen: Partial<Choices>): void {
  choices.value = { ...choices.value, ...chosen };
  writeChoices(session, choices.value);
  dropRead();
}

/** Reads the server's own list of actions. Several calls at once make one request. */
export function refreshActions(): void {
  if (asking) return;
  asking = true;
  setTimeout(async () => {
    const asked = new Set(running(state.value).map((action) => action.id));
    try {
      const { actions } = await ask<{ actions: ActionDescription[] }>("GET", "/api/actions");
      change(reconcile(state.value, actions, asked, Date.now()));
      if (inDoubt(state.value)) setTimeout(refreshActions, DOUBT);
    } catch {
      // The page asks again after it has reconnected.
    } finally {
      asking = false;
    }
  }, GATHER);
}

export async function startAction(kind: string, parameters: Record<string, unknown>): Promise<ActionDescription> {
  const described = await ask<ActionDescription>("POST", "/api/actions", { kind, parameters });
  change(started(state.value, described));
  return described;
}

export async function stopAction(id: string): Promise<void> {
  await ask("DELETE", `/api/actions/${encodeURIComponent(id)}`);
}
