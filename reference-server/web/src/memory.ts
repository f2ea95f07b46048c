// What outlives a refresh: the folded state and a few choices, for the session that is logged in now.
//
// The state goes to IndexedDB, because it may be large; the choices to localStorage, which tells other tabs.
// Nothing here is needed for the page to work: where the browser keeps nothing, the server's last events do.

import type { State } from "./state";

const STORE = "states";

export interface Choices {
  liveLogs: boolean;
  /** The number of the newest modal that was read. */
  readTo: number;
}

const NONE: Choices = { liveLogs: false, readTo: 0 };

/** Milliseconds that forgetting may take: a browser whose storage hangs must not hold anybody here. */
const PATIENCE = 2000;

/** Somebody is leaving: from now on nothing is kept, whatever timers and the page's end still want. */
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
    // They count until the next refresh.
  }
}

/** What was kept for this tab alone, an empty text where there is nothing. */
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
    // It lasts until the refresh.
  }
}

/** Calls back with what another tab has chosen. */
export function watchChoices(session: string, changed: (choices: Choices) => void): void {
  addEventListener("storage", (event) => {
    if (event.key === choicesKey(session) && event.newValue !== null) changed(readChoices(session));
  });
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser keeps nothing"));
  });
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open("page", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return done(request);
}

/** What was kept of this session; what other sessions have left is removed. */
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

/** Keeps the state, unless another tab has kept a newer one; `anew` when the server has begun another count. */
export async function keep(session: string, state: State, anew = false): Promise<void> {
  try {
    const database = await open();
    // Looked at last: what began before somebody left is written before it is forgotten.
    if (gone) return;
    const store = database.transaction(STORE, "readwrite").objectStore(STORE);
    const kept = (await done(store.get(session))) as State | undefined;
    if (anew || (kept?.seq ?? 0) <= state.seq) store.put(state, session);
  } catch {
    // The next refresh asks the server for more.
  }
}

/** Nothing stays behind, of this session or of anybody; one store that refuses does not save the others. */
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
      // Then it has kept nothing.
    }
  }
}
