// The logged-in session and its end: if any tab or device ends the session, every tab goes to the login page.

import { signal } from "@preact/signals";
import { forget } from "./memory";
import { learn, own, signed } from "./own";
import { ask, onDoubt, Refusal, refused } from "./requests";
import type { Session } from "./wire";

export const sessions = signal<Session[]>([]);

/** The page is being left: it ignores everything that still comes. */
export const leaving = signal(false);

/**
 * Milliseconds after which the page asks again for a lost session. A login in another tab ends the old session a moment
 * before the browser has the new cookie, and going to the login page in that moment would take the new cookie away.
 */
const DOUBT = 1000;

let doubting = false;

const tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel("session") : undefined;

/** Reads the user's sessions. If the cookie now belongs to another session, the page is useless and is left. */
export async function readSessions(): Promise<string | undefined> {
  const answer = await ask<{ sessions: Session[] }>("GET", "/api/sessions");
  const current = answer.sessions.find((session) => session.current)?.id;
  if (current !== undefined && !isOwn(current)) {
    void leave("other");
    throw new Refusal(409, "somebody else has logged in here", "load the page again");
  }
  sessions.value = answer.sessions;
  if (current !== undefined) learn(current);
  return current;
}

/** Whether the page belongs to this session. A page that does not know its session yet accepts any. */
export function isOwn(session: string): boolean {
  return own() === undefined || own() === session;
}

/** Asks whether the session still exists. If the server cannot be reached, the answer is yes. */
export async function stillLoggedIn(): Promise<boolean> {
  for (const wait of [0, DOUBT]) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (leaving.value) return true;
    try {
      await readSessions();
      return true;
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 401)) return true;
    }
  }
  return false;
}

/** Deletes what is stored, and goes to the login page, or to the page of the user who has logged in here since. */
export async function leave(why: "ended" | "left" | "other"): Promise<void> {
  if (leaving.value) return;
  leaving.value = true;
  // The other user's data, stored by another tab, must stay.
  await forget(why === "other" ? own() : undefined);
  try {
    if (why === "ended") sessionStorage.setItem("ended", "yes");
  } catch {
    // Then the login page does not say why.
  }
  location.replace(why === "other" ? "/" : "/login");
}

export function watchSession(): void {
  onDoubt(async () => {
    if (doubting) return;
    doubting = true;
    if (!(await stillLoggedIn())) await leave("ended");
    doubting = false;
  });
  if (!tabs) return;
  tabs.onmessage = ({ data }) => {
    if (data === own()) void leave("ended");
  };
}

/** Ends this session, here and in the other tabs. */
export async function logOut(): Promise<void> {
  // The answer redirects to the login page, which is not needed here.
  const answer = await fetch("/logout", { method: "POST", redirect: "manual", headers: signed() }).catch(() => {
    throw new Refusal(0, "the server cannot be reached", "you are still logged in: try again");
  });
  if (answer.type !== "opaqueredirect") throw refused(answer.status, await answer.text());
  tabs?.postMessage(own());
  await leave("left");
}

export async function logOutEverywhere(): Promise<void> {
  await ask("DELETE", "/api/sessions");
  tabs?.postMessage(own());
  await leave("left");
}

export async function endSession(session: Session): Promise<void> {
  if (session.current) return logOut();
  await ask("DELETE", `/api/sessions/${encodeURIComponent(session.id)}`);
  await readSessions();
}
