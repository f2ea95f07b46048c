// The dialog that lists where the user is logged in, and logs them out: here, on another device, or everywhere.
//
// It is open while the address ends in `#devices`, so that the back button closes it.

import { signal } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icons";
import { hide, show } from "./overlay";
import { endSession, logOutEverywhere, readSessions, sessions } from "./session";
import type { Session } from "./wire";

const HASH = "#devices";

const open = signal(location.hash === HASH);

addEventListener("hashchange", () => (open.value = location.hash === HASH));

function close(): void {
  // Removes the hash without loading the page again.
  if (location.hash === HASH) history.replaceState(null, "", location.pathname);
  open.value = false;
}

function moment(seconds: number): string {
  return new Date(seconds * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

export function Devices() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [wrong, setWrong] = useState("");
  const act = (work: Promise<unknown>) => work.then(() => setWrong(""), (error: Error) => setWrong(error.message));
  useLayoutEffect(() => {
    const element = dialog.current;
    if (!element) return;
    if (open.value && !element.open) {
      show(element);
      void act(readSessions());
    }
    if (!open.value) hide(element);
  }, [open.value]);
  return (
    <dialog ref={dialog} class="devices" aria-labelledby="devices-title" onClose={({ currentTarget }) => {
        hide(currentTarget);
        close();
      }}>
      <div class="head">
        <h2 id="devices-title">Where you are logged in</h2>
        <button type="button" class="quiet square" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      {wrong !== "" && (
        <p class="alert" role="alert">
          {wrong}
        </p>
      )}
      <ul>
        {sessions.value.map((session) => (
          <Device key={session.id} session={session} end={() => void act(endSession(session))} />
        ))}
      </ul>
      <button type="button" class="danger wide" onClick={() => void act(logOutEverywhere())}>
        Log out everywhere
      </button>
    </dialog>
  );
}

function Device({ session, end }: { session: Session; end: () => void }) {
  const name = session.current ? "This device" : (session.device ?? "Another device");
  return (
    <li>
      <Icon name="devices" />
      <p>
        <strong>{name}</strong>
        {session.current && session.device && <span> · {session.device}</span>}
        <span class="hint">
          since {moment(session.created)}, until {moment(session.expires)}
        </span>
      </p>
      <button type="button" class="small" onClick={end} aria-label={`Log out ${session.device && !session.current ? name : name.toLowerCase()}, since ${moment(session.created)}`}>
        Log out
      </button>
    </li>
  );
}
