// The login page works without this. It counts a lock-out down, says why somebody has come back here, and clears
// what a page has left behind that had no time to.

import { forget } from "./memory";

const button = document.querySelector<HTMLButtonElement>("form button");
const locked = document.querySelector<HTMLElement>("[data-locked]");

if (button && locked) {
  const end = Date.now() + Number(locked.dataset["locked"]) * 1000;
  const place = locked.querySelector("[data-wait]");
  const label = button.textContent;
  const tick = (): void => {
    const left = Math.ceil((end - Date.now()) / 1000);
    if (left <= 0) {
      button.disabled = false;
      button.textContent = label;
      locked.textContent = "You can try again now.";
      return;
    }
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    button.disabled = true;
    button.textContent = `Wait ${time}`;
    // The alert says it once; each second of it would be said again and again.
    if (place) place.textContent = time;
    setTimeout(tick, 1000);
  };
  tick();
}

/** Milliseconds after which one may send it again, as where the browser was told to stop. */
const PATIENCE = 10_000;

let sent = false;

function answered(): void {
  sent = false;
  button?.removeAttribute("aria-disabled");
}

document.querySelector("form")?.addEventListener("submit", (event) => {
  // A login while the answer is on its way would be another try.
  if (sent) return event.preventDefault();
  sent = true;
  button?.setAttribute("aria-disabled", "true");
  setTimeout(answered, PATIENCE);
});
// The back button may bring the page back as it was.
addEventListener("pageshow", answered);

try {
  if (sessionStorage.getItem("ended")) document.getElementById("ended")?.removeAttribute("hidden");
  sessionStorage.removeItem("ended");
} catch {
  // Then nobody knows why.
}

// Who is logged in may look at this page in another tab, and keeps what is theirs.
fetch("/api/sessions", { headers: { Accept: "application/json" }, cache: "no-store" }).then(
  (answer) => (answer.status === 401 ? forget() : undefined),
  () => {},
);
