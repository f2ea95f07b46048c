// The user's own log lines as they come, with a minimum level, a search and a pause.

import { computed, signal } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { liveLogs } from "./connection";
import { Icon } from "./icons";
import { since, type State } from "./state";
import { choices, choose, state } from "./store";
import { readTab, writeTab } from "./memory";
import { clock } from "./messages";

const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"];
/** The most lines that are shown. The page keeps more. */
const MOST = 300;

const level = signal(readTab("logs.level") || "DEBUG");
const search = signal(readTab("logs.search"));
/** The lines at the moment of the pause, because new lines may push them out of the state. `undefined` if not paused. */
const held = signal<State["logs"]>();

const rank = (name: string): number => LEVELS.indexOf(name.toUpperCase());

const lines = computed(() => {
  const words = search.value.toLowerCase();
  const least = rank(level.value);
  return (held.value ?? state.value.logs)
    .filter((line) => rank(line.level) === -1 || rank(line.level) >= least)
    .filter((line) => words === "" || `${line.message} ${line.file_line}`.toLowerCase().includes(words));
});

export function Logs() {
  const on = choices.value.liveLogs;
  const waiting = held.value ? since(held.value, state.value.logs) : 0;
  const [wrong, setWrong] = useState(false);
  const turn = async (wanted: boolean) => {
    choose({ liveLogs: wanted });
    try {
      await liveLogs(wanted);
      setWrong(false);
    } catch {
      setWrong(true);
    }
  };
  return (
    <section class="panel logs" aria-labelledby="logs-title">
      <div class="head">
        <h2 id="logs-title">Live logs</h2>
        <label class="check">
          <input type="checkbox" role="switch" checked={on} onInput={(event) => void turn(event.currentTarget.checked)} />
          Follow
        </label>
      </div>
      {wrong && <p class="alert" role="alert">The server did not answer. The page asks again when it reconnects.</p>}
      <div class="tools">
        <label>
          Minimum level
          <select
            value={level.value}
            onInput={(event) => {
              level.value = event.currentTarget.value;
              writeTab("logs.level", level.value);
            }}
          >
            {LEVELS.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label class="search">
          Search
          <input
            type="search"
            value={search.value}
            onInput={(event) => {
              search.value = event.currentTarget.value;
              writeTab("logs.search", search.value);
            }}
          />
        </label>
        <button
          type="button"
          aria-pressed={held.value !== undefined}
          onClick={() => (held.value = held.value ? undefined : state.value.logs)}
        >
          <Icon name={held.value === undefined ? "pause" : "play"} />
          {held.value === undefined ? "Pause" : `Resume${waiting > 0 ? ` (${waiting} new)` : ""}`}
        </button>
      </div>
      <Lines on={on} />
    </section>
  );
}

function Lines({ on }: { on: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const shown = lines.value.slice(-MOST);
  useLayoutEffect(() => {
    if (place.current && follows.current) place.current.scrollTop = place.current.scrollHeight;
  }, [shown.at(-1)?.key, shown.length]);
  const scrolled = () => {
    const { scrollTop, scrollHeight, clientHeight } = place.current as HTMLDivElement;
    follows.current = scrollTop + clientHeight >= scrollHeight - 8;
  };
  const nothing = on ? "No lines to show." : "Turn on “Follow” to see what your actions log.";
  return (
    <div ref={place} class="lines" role="log" aria-live="off" aria-labelledby="logs-title" tabIndex={0} onScroll={scrolled}>
      {shown.length === 0 ? (
        <p class="nothing">{nothing}</p>
      ) : (
        <ol>
          {shown.map((line) => (
            <li key={line.key}>
              <time dateTime={line.timestamp}>{clock(Date.parse(line.timestamp))}</time>
              <span class={`level ${line.level.toLowerCase()}`}>{line.level}</span>
              <span class="text">{line.message}</span>
              <span class="place">{line.file_line}</span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
