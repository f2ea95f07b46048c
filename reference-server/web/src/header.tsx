// The header, always in sight: the user of the page, and whether it is connected.

import { useEffect, useRef, useState } from "preact/hooks";
import { connection, tryNow, type Connection } from "./connection";
import { Icon } from "./icons";
import { logOut, logOutEverywhere } from "./session";
import { say } from "./store";

const WORDS: Record<Connection, string> = {
  connecting: "Connecting …",
  "catching up": "Catching up …",
  live: "Connected",
  lost: "Connection lost, retrying …",
};

/** The user of the page, from the page's template. */
export interface PageUser {
  user: string;
  operator: boolean;
}

export function Header({ user, operator }: PageUser) {
  const now = connection.value;
  return (
    <header class="top">
      <p class="brand">
        <span class="mark">
          <Icon name="pulse" />
        </span>
        <span>Reference server</span>
      </p>
      <div class="connection">
        <p role="status" class={`state ${now.replace(" ", "-")}`}>
          <span class="dot" />
          {WORDS[now]}
        </p>
        {now === "lost" && (
          <button type="button" class="small" onClick={tryNow}>
            Try now
          </button>
        )}
      </div>
      <Account user={user} operator={operator} />
    </header>
  );
}

/** The account menu. It closes on Escape, and when the focus or a click goes elsewhere. */
function Account({ user, operator }: PageUser) {
  const menu = useRef<HTMLDetailsElement>(null);
  const [busy, setBusy] = useState(false);
  const close = () => {
    if (menu.current) menu.current.open = false;
  };
  useEffect(() => {
    const elsewhere = (event: Event) => {
      if (!menu.current?.contains(event.target as Node)) close();
    };
    addEventListener("pointerdown", elsewhere);
    addEventListener("focusin", elsewhere);
    return () => {
      removeEventListener("pointerdown", elsewhere);
      removeEventListener("focusin", elsewhere);
    };
  }, []);
  const leave = async (work: () => Promise<void>) => {
    if (busy) return;
    setBusy(true);
    try {
      await work();
    } catch (error) {
      say("error", `You were not logged out: ${(error as Error).message}`);
    } finally {
      setBusy(false);
    }
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !menu.current?.open) return;
    close();
    menu.current.querySelector("summary")?.focus();
  };
  return (
    <details ref={menu} class="account" onKeyDown={onKey}>
      <summary>
        <Icon name="person" />
        <span class="hidden">Account of </span>
        <span class="user">{user}</span>
      </summary>
      <nav aria-label="Account">
        <p class="who">
          Logged in as <strong>{user}</strong>
        </p>
        <a href="#devices" onClick={close}>
          <Icon name="devices" /> Devices
        </a>
        {operator && (
          <a href="/status">
            <Icon name="pulse" /> Server status
          </a>
        )}
        <button type="button" onClick={() => void leave(logOut)}>
          <Icon name="out" /> Log out
        </button>
        <button type="button" onClick={() => void leave(logOutEverywhere)}>
          <Icon name="out" /> Log out everywhere
        </button>
      </nav>
    </details>
  );
}
