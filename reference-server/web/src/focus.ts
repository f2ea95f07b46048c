// When the control that has the focus goes away, the focus goes to the heading of its panel: whoever works by
// keyboard or hears the page would otherwise be thrown back to its beginning.

let last: { control: HTMLElement; panel: HTMLElement | null } | undefined;

const isGone = (control: HTMLElement): boolean => !control.isConnected || control.matches(":disabled");

function mend(): void {
  if (!last || !isGone(last.control)) return;
  const { panel } = last;
  last = undefined;
  // It has gone on by itself, or to what a dialog restores it to.
  if (document.activeElement && document.activeElement !== document.body && !isGone(document.activeElement as HTMLElement)) return;
  const place = (panel?.isConnected && panel.querySelector<HTMLElement>("h2")) || document.querySelector<HTMLElement>("#main");
  if (!place) return;
  if (!place.hasAttribute("tabindex")) place.tabIndex = -1;
  place.focus({ preventScroll: place.id === "main" });
}

export function watchFocus(): void {
  addEventListener("focusin", ({ target }) => {
    if (!(target instanceof HTMLElement)) return;
    last = { control: target, panel: target.closest<HTMLElement>(".panel, dialog") };
  });
  // Who leaves a control that stays is nowhere on purpose, as after a click on nothing.
  addEventListener("pointerdown", ({ target }) => {
    if (target instanceof Node && !last?.control.contains(target)) last = undefined;
  });
  new MutationObserver(mend).observe(document.body, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["disabled"],
  });
}
