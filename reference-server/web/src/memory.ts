// What survives a refresh: the state and a few choices, for the session that is logged in now.
//
// The state goes to IndexedDB, because it may be large. The choices go to localStorage, which notifies other tabs.
// The page works without storage: it then gets the newest events from the server.

import type { State } from "./state";

const STORE = "states";

export interface Choices {
  liveLogs: boolean;
  /** The number of the newest modal that the user has read. */
  readTo: number;
}

const NONE: Choices = { liveLogs: false, readTo: 0 };

/** Milliseconds that forgetting may take. If the browser's storage hangs, the user must still be able to leave. */
const PATIENCE = 2000;

/** The user is leaving: from now on nothing is stored, even if a timer or the end of the page asks for it. */
let gone = false;

const choicesKey = (session: string): string => `choices:${session}`;

export function readChoices(session: string): Choices {
  try {
    return { ...NONE, ...(JSON.parse(localStorage.getItem(choicesKey(session)) ?? "{}") as Partial<Choices>) };
  } catch {
    return NONE;
  }
}

export function writeChoices(session: string, choices: Choices): void {
  if (gone) return;
  try {
    localStorage.setItem(choicesKey(session), JSON.stringify(choices));
  } catch {
    // The choices then last until the next refresh.
  }
}

/** A value that is kept for this tab only. Empty if there is none. */
export function readTab(name: string): string {
  try {
    return sessionStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

export function writeTab(name: string, value: string): void {
  if (gone) return;
  try {
    sessionStorage.setItem(name, value);
  } catch {
    // The value then lasts until the next refresh.
  }
}

/** Calls back when another tab changes the choices. */
export function watchChoices(session: string, changed: (choices: Choices) => void): void {
  addEventListener("storage", (event) => {
    if (event.key === choicesKey(session) && event.newValue !== null) changed(readChoices(session));
  });
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser's storage refused"));
  });
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open("page", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return done(request);
}

/** The stored state of this session. Removes what other sessions have left. */
export async function recall(session: string): Promise<State | undefined> {
  try {
    const store = (await open()).transaction(STORE, "readwrite").objectStore(STORE);
    for (const key of await done(store.getAllKeys())) {
      if (key !== session) store.delete(key);
    }
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith("choices:") && key !== choicesKey(session)) localStorage.removeItem(key);
    }
    return (await done(store.get(session))) as State | undefined;
  } catch {
    return undefined;
  }
}

/** Stores the state, unless another tab has stored a newer one. `anew`: the server has restarted its count. */
export async function keep(session: string, state: State, anew = false): Promise<void> {
  try {
    const database = await open();
    // Checked after the database is open: a write that began before `forget` is then finished before `forget` deletes.
    if (gone) return;
    const store = database.transaction(STORE, "readwrite").objectStore(STORE);
    const kept = (await done(store.get(session))) as State | undefined;
    if (anew || (kept?.seq ?? 0) <= state.seq) store.put(state, session);
  } catch {
    // After the next refresh, the page asks the server for more.
  }
}

/** Deletes what is stored for this session, or for everybody. If one store refuses, the others are still cleared. */
export async function forget(session?: string): Promise<void> {
  gone = true;
  const tab = (): void => sessionStorage.clear();
  const choices = (): void => {
    for (const key of Object.keys(localStorage)) {
      if (session === undefined ? key.startsWith("choices:") : key === choicesKey(session)) localStorage.removeItem(key);
    }
  };
  const states = async (): Promise<void> => {
    const store = (await open()).transaction(STORE, "readwrite").objectStore(STORE);
    await done(session === undefined ? store.clear() : store.delete(session));
  };
  const late = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE));
  for (const clear of [tab, choices, states]) {
    try {
      await Promise.race([clear(), late]);
    } catch {
      // A store that cannot be opened has stored nothing.
    }
  }
}
