// Toasts: short messages in a corner. All but errors go away by themselves. The list of messages keeps them all.

import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "./icons";
import type { Level } from "./wire";

interface Toast {
  id: number;
  level: Level;
  text: string;
}

/** The most toasts at a time. A flood would cover the page and overwhelm a screen reader. */
const MOST = 4;
/** Milliseconds that a toast stays. */
const STAYS = 6000;

const shown = signal<Toast[]>([]);
/** How many toasts were pushed out since there was last none. */
const more = signal(0);
let count = 0;
let last = 0;

/** Called when the server has restarted its count. */
export function countAnew(): void {
  last = 0;
}

/** Shows a toast. `seq` is the number of the event that it comes from. */
export function toast(level: Level, text: string, seq?: number): void {
  if (seq !== undefined && seq <= last) return;
  last = seq ?? last;
  if (text === "") return;
  count += 1;
  const all = [...shown.value, { id: count, level, text }];
  more.value += Math.max(0, all.length - MOST);
  shown.value = all.slice(-MOST);
}

function dismiss(id: number): void {
  shown.value = shown.value.filter((toast) => toast.id !== id);
  if (shown.value.length === 0) more.value = 0;
}

function Card({ toast }: { toast: Toast }) {
  const [held, hold] = useState(false);
  useEffect(() => {
    if (held || toast.level === "error") return;
    const timer = setTimeout(() => dismiss(toast.id), STAYS);
    return () => clearTimeout(timer);
  }, [held, toast.id, toast.level]);
  return (
    <li
      class={`toast ${toast.level}`}
      onMouseEnter={() => hold(true)}
      onMouseLeave={() => hold(false)}
      onFocusCapture={() => hold(true)}
      onBlurCapture={() => hold(false)}
    >
      <Icon name={toast.level} />
      <p>{toast.text}</p>
      <button type="button" class="quiet square" aria-label={`Dismiss: ${toast.text.slice(0, 60)}`} onClick={() => dismiss(toast.id)}>
        <Icon name="close" />
      </button>
    </li>
  );
}

/** Two regions that always exist, so that screen readers know them before anything appears in them. */
export function Toasts() {
  const errors = shown.value.filter((toast) => toast.level === "error");
  const others = shown.value.filter((toast) => toast.level !== "error");
  return (
    <section class="toasts" aria-label="Notifications">
      <div role="alert">
        <ul>
          {errors.map((toast) => (
            <Card key={toast.id} toast={toast} />
          ))}
        </ul>
      </div>
      <div role="status">
        <ul>
          {others.map((toast) => (
            <Card key={toast.id} toast={toast} />
          ))}
        </ul>
        {more.value > 0 && <p class="more">and {more.value} more in the messages</p>}
      </div>
    </section>
  );
}
