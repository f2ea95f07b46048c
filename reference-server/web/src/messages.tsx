// The list of messages: results, popups and messages from the page itself, the newest first, each once.

import { computed } from "@preact/signals";
import { useState } from "preact/hooks";
import { Icon } from "./icons";
import { state } from "./store";

const newest = computed(() => [...state.value.feed].reverse());

/** Lines that are shown before the user asks for more. */
const FEW = 50;

const LEVELS: Record<string, string> = {
  success: "Success",
  info: "Information",
  warning: "Warning",
  error: "Error",
};

export function clock(milliseconds: number): string {
  return new Date(milliseconds).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

export function Messages() {
  const [all, setAll] = useState(false);
  const shown = all ? newest.value : newest.value.slice(0, FEW);
  const hidden = newest.value.length - shown.length;
  return (
    <section class="panel messages" aria-labelledby="messages-title">
      <h2 id="messages-title">Results and messages</h2>
      {shown.length === 0 && <p class="nothing">No messages yet.</p>}
      <div class="scroll" role="group" aria-labelledby="messages-title" tabIndex={shown.length > 0 ? 0 : undefined}>
      <ol class="feed">
        {shown.map((entry, index) => (
          <li key={`${entry.seq}.${entry.kind}.${entry.at}.${entry.kind === "note" ? index : ""}`} class={`${entry.kind} ${entry.level}`}>
            <Icon name={entry.level} />
            <span class="hidden">{LEVELS[entry.level] ?? ""}:</span>
            <span class="text">{entry.text}</span>
            <time dateTime={new Date(entry.at).toISOString()}>{clock(entry.at)}</time>
          </li>
        ))}
      </ol>
      </div>
      {hidden > 0 && (
        <button type="button" class="small" onClick={() => setAll(true)}>
          Show {hidden} older
        </button>
      )}
    </section>
  );
}
