// Who is logged in here, and leaving: whichever tab or device ends the session, each tab goes to the login.

import { signal } from "@preact/signals";
import { forget } from "./memory";
import { learn, own, signed } from "./own";
import { ask, onDoubt, Refused, refused } from "./requests";
import type { Session } from "./wire";

export const sessions = signal<Session[]>([]);

/** This page is on its way out: nothing that still comes is for it. */
export const leaving = signal(false);

/**
 * Milliseconds until a lost session is asked for again: a login in another tab ends it a moment before the
 * browser has the new cookie, and a visit to the login page would take that away.
 */
const DOUBT = 1000;

let doubting = false;

const tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel("session") : undefined;

/** Reads the user's sessions. A page that stands in another session than its cookie is of no use any more. */
export async function look(): Promise<string | undefined> {
  const answer = await ask<{ sessions: Session[] }>("GET", "/api/sessions");
  const current = answer.sessions.find((session) => session.current)?.id;
  if (current !== undefined && !isOwn(current)) {
    void leave("other");
    throw new Refused(409, "somebody else has logged in here", "load the page again");
  }
  sessions.value = answer.sessions;
  if (current !== undefined) learn(current);
  return current;
}

/** Whether this is the session that the page is of; a page that knows of none yet takes any. */
export function isOwn(session: string): boolean {
  return own() === undefined || own() === session;
}

/** Asks whether the session still lives; a server that cannot be reached says nothing about that. */
export async function stillLoggedIn(): Promise<boolean> {
  for (const wait of [0, DOUBT]) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (leaving.value) return true;
    try {
      await look();
      return true;
    } catch (error) {
      if (!(error instanceof Refused && error.status === 401)) return true;
    }
  }
  return false;
}

/** Leaves nothing behind, and goes to the login, or to the page of who has logged in here since. */
export async function leave(why: "ended" | "left" | "other"): Promise<void> {
  if (leaving.value) return;
  leaving.value = true;
  // What the other one keeps in another tab is theirs.
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
  // The answer leads to the login page, which nobody here reads.
  const answer = await fetch("/logout", { method: "POST", redirect: "manual", headers: signed() }).catch(() => {
    throw new Refused(0, "the server cannot be reached", "you are still logged in: try again");
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
  await look();
}
