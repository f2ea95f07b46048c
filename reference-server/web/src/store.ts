// The one place where what the page shows changes. Views read the signals and call the functions here.

import { batch, computed, signal } from "@preact/signals";
import { keep, readChoices, recall, watchChoices, writeChoices, type Choices } from "./memory";
import { ask } from "./requests";
import { DOUBT, empty, fold, inDoubt, note, reconcile, recounted, running, started, type State } from "./state";
import { countAnew, toast } from "./toasts";
import type { Described, Level, Told } from "./wire";

export const state = signal<State>(empty());
export const choices = signal<Choices>({ liveLogs: false, readTo: 0 });

/** Modals that nobody has read yet, the oldest first. */
export const unread = computed(() => state.value.modals.filter((modal) => modal.seq > choices.value.readTo));

/** What has come and is not shown yet. */
const coming: Told[] = [];

let session = "";
let showing: ReturnType<typeof setTimeout> | undefined;
let keeping: ReturnType<typeof setTimeout> | undefined;
let asking = false;

/** Milliseconds for which changes are gathered before they are kept, and before a list is asked for again. */
const GATHER = 500;
/** Milliseconds within which events are shown together. */
const TOGETHER = 40;

/** Takes up what an earlier load of the page has left. */
export async function recallSession(id: string): Promise<void> {
  session = id;
  const kept = await recall(id);
  batch(() => {
    // A kept state may be of an older page that had fewer fields.
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

/** Takes new events, in order. Those that come close together are shown together: a flood is a frame each. */
export function tell(events: readonly Told[]): void {
  coming.push(...events);
  if (coming.length > 0) showing ??= setTimeout(show, TOGETHER);
}

/** Shows what has come, and toasts for what wants one. */
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

/** The server counts anew. What was read is told by numbers of the old count, which mean nothing any more. */
export function recount(): void {
  show();
  batch(() => {
    change(recounted(state.value, unread.value));
    choose({ readTo: Number.MIN_SAFE_INTEGER });
  });
  countAnew();
  void keep(session, state.value, true);
}

/** What was read is not needed, and another tab that counts anew must not bring it back. */
function dropRead(): void {
  if (unread.value.length < state.value.modals.length) change({ ...state.value, modals: unread.value });
}

/** Every event up to this number is here or lost for good: nobody asks for it again. */
export function reached(seq: number): void {
  show();
  change({ ...state.value, seq });
}

/** Says something of the page's own, as a toast and for later. */
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

/** Reads the server's own list of actions; many wishes for it at once are one question. */
export function refreshActions(): void {
  if (asking) return;
  asking = true;
  setTimeout(async () => {
    const asked = new Set(running(state.value).map((action) => action.id));
    try {
      const { actions } = await ask<{ actions: Described[] }>("GET", "/api/actions");
      change(reconcile(state.value, actions, asked, Date.now()));
      if (inDoubt(state.value)) setTimeout(refreshActions, DOUBT);
    } catch {
      // The next connection asks again.
    } finally {
      asking = false;
    }
  }, GATHER);
}

export async function startAction(kind: string, parameters: Record<string, unknown>): Promise<Described> {
  const described = await ask<Described>("POST", "/api/actions", { kind, parameters });
  change(started(state.value, described));
  return described;
}

export async function stopAction(id: string): Promise<void> {
  await ask("DELETE", `/api/actions/${encodeURIComponent(id)}`);
}
