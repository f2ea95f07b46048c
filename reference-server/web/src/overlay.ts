// What must be heard and reached whatever is open: the live regions.
//
// An open dialog makes everything outside of it inert, so they stand in the one that was opened last.

export const live = document.createElement("div");
live.className = "live";

const open: HTMLDialogElement[] = [];

function place(): void {
  const where = open.at(-1) ?? document.body;
  if (live.parentElement !== where) where.append(live);
}

/** Also anew when it is open, because only a dialog that opens is read out. */
export function show(dialog: HTMLDialogElement): void {
  if (dialog.open) dialog.close();
  dialog.showModal();
  const index = open.indexOf(dialog);
  if (index >= 0) open.splice(index, 1);
  open.push(dialog);
  place();
}

/** Also for a dialog that closed itself. */
export function hide(dialog: HTMLDialogElement): void {
  const index = open.indexOf(dialog);
  if (index >= 0) open.splice(index, 1);
  place();
  if (dialog.open) dialog.close();
}

place();
