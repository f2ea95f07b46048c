// When the focused control disappears, moves the focus to the heading of its panel. Otherwise users of a keyboard or a
// screen reader would be thrown back to the top of the page.

let last: { control: HTMLElement; panel: HTMLElement | null } | undefined;

const isGone = (control: HTMLElement): boolean => !control.isConnected || control.matches(":disabled");

function mend(): void {
  if (!last || !isGone(last.control)) return;
  const { panel } = last;
  last = undefined;
  // The focus has already moved, for example because a dialog has restored it.
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
  // A click on an empty place takes the focus away on purpose: the control is still there, so nothing is to be mended.
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
