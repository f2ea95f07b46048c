// Announces the progress and the results of the user's actions from time to time, for users of screen readers.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { state } from "./store";
import { running } from "./state";

/** Milliseconds between two announcements: a screen reader needs time to read one. */
const PERIOD = 5000;
/** The most results and actions in one announcement. */
const MOST = 3;

const words = signal("");
/** Results up to this number were announced, or were there when the page was loaded. */
let said: number | undefined;

function now(): string {
  const { feed, seq } = state.value;
  // The server may have restarted its count.
  const since = said === undefined ? seq : said > seq ? 0 : said;
  said = seq;
  const results = feed.filter((entry) => entry.kind === "result" && entry.seq > since).map((entry) => entry.text);
  const bars = running(state.value).map(({ name, progress }) => `${name}, ${progress < 0 ? "running" : `${progress} percent`}`);
  const all = [...results, ...bars].map((text) => text.slice(0, 80));
  const more = all.length > MOST ? [`and ${all.length - MOST} more`] : [];
  return [...all.slice(0, MOST), ...more].join("; ");
}

export function Announcer() {
  useEffect(() => {
    const timer = setInterval(() => (words.value = now()), PERIOD);
    return () => clearInterval(timer);
  }, []);
  return (
    <p class="hidden" role="status" aria-label="Progress">
      {words.value}
    </p>
  );
}
