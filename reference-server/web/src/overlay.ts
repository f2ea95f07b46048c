// The live regions, which must be reachable even while a dialog is open.
//
// An open dialog makes everything outside it inert, so the regions move into the dialog that was opened last.

export const live = document.createElement("div");
live.className = "live";

const open: HTMLDialogElement[] = [];

function place(): void {
  const where = open.at(-1) ?? document.body;
  if (live.parentElement !== where) where.append(live);
}

/** Opens a dialog. Reopens it if it is open, because screen readers read a dialog only when it opens. */
export function show(dialog: HTMLDialogElement): void {
  if (dialog.open) dialog.close();
  dialog.showModal();
  const index = open.indexOf(dialog);
  if (index >= 0) open.splice(index, 1);
  open.push(dialog);
  place();
}

/** Closes a dialog. Also called for one that the browser has closed. */
export function hide(dialog: HTMLDialogElement): void {
  const index = open.indexOf(dialog);
  if (index >= 0) open.splice(index, 1);
  place();
  if (dialog.open) dialog.close();
}

place();
