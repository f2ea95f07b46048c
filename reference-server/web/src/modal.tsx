// The dialogs that actions open: one after the other, the oldest first, until all have been read.

import { useLayoutEffect, useRef } from "preact/hooks";
import { hide, show } from "./overlay";
import { choose, unread } from "./store";

export function Modals() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [modal] = unread.value;
  const rest = unread.value.length - 1;
  useLayoutEffect(() => {
    const element = dialog.current;
    if (!element) return;
    if (modal) show(element);
    else hide(element);
  }, [modal?.seq]);
  const read = () => modal && choose({ readTo: modal.seq });
  return (
    <dialog
      ref={dialog}
      class="modal"
      aria-labelledby="modal-title"
      aria-describedby="modal-text"
      onCancel={(event) => {
        // Escape marks only this one as read. There may be another.
        event.preventDefault();
        read();
      }}
      onClose={({ currentTarget }) => {
        // The dialog may be open again, for the next one, which has not been read.
        if (currentTarget.open) return;
        hide(currentTarget);
        read();
      }}
    >
      <h2 id="modal-title">{rest > 0 ? `A message, and ${rest} more` : "A message"}</h2>
      <p id="modal-text">{modal?.text}</p>
      <div class="row end">
        <button type="button" class="primary" onClick={read} autofocus>
          {rest > 0 ? "Next" : "OK"}
        </button>
      </div>
    </dialog>
  );
}
