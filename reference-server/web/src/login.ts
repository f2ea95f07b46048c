// The login page works without this. It counts a lock-out down, and says why somebody has come back here.

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

// A login while the answer is on its way would be another try.
document.querySelector("form")?.addEventListener("submit", () => button?.setAttribute("aria-disabled", "true"));

try {
  if (sessionStorage.getItem("ended")) document.getElementById("ended")?.removeAttribute("hidden");
  sessionStorage.removeItem("ended");
} catch {
  // Then nobody knows why.
}
