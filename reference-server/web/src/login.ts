// The login page works without this script. It counts down a lock-out, says why the user is back at the login, and
// clears data that the main page had no time to clear.

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
    // The time is not in the alert, because a screen reader would read it out every second.
    if (place) place.textContent = time;
    setTimeout(tick, 1000);
  };
  tick();
}

/** Milliseconds after which the form can be sent again, for example because the user stopped the request. */
const PATIENCE = 10_000;

let sent = false;

function answered(): void {
  sent = false;
  button?.removeAttribute("aria-disabled");
}

document.querySelector("form")?.addEventListener("submit", (event) => {
  // A second login before the answer would count as another attempt.
  if (sent) return event.preventDefault();
  sent = true;
  button?.setAttribute("aria-disabled", "true");
  setTimeout(answered, PATIENCE);
});
// The back button may restore the page in its old state.
addEventListener("pageshow", answered);

try {
  if (sessionStorage.getItem("ended")) document.getElementById("ended")?.removeAttribute("hidden");
  sessionStorage.removeItem("ended");
} catch {
  // Without storage, the page cannot say why.
}

// A logged-in user may open this page in another tab, and then keeps their data.
fetch("/api/sessions", { headers: { Accept: "application/json" }, cache: "no-store" }).then(
  (answer) => (answer.status === 401 ? forget() : undefined),
  () => {},
);
