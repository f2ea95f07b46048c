import { expect, test } from "vitest";
import { DOUBT, empty, fold, inDoubt, note, reconcile, recounted, running, since, started, type State } from "../src/state";
import type { ActionDescription, EventName, Payloads, ServerEvent } from "../src/wire";

let seq = 0;

function say<Name extends EventName>(name: Name, payload: Payloads[Name], action: string | null = null): ServerEvent {
  seq += 1;
  return [name, payload, { seq, action, queued_at: seq * 1000 }] as ServerEvent;
}

const described = (id: string, state = "running", name = `countdown: ${id}`): ActionDescription => ({
  id,
  kind: "countdown",
  name,
  state,
  progress: 0,
});

/** Each action with its state and progress, as text. */
function show(state: State): string {
  const words = [...state.actions.values()].map((one) => `${one.id} ${one.state} ${one.progress}`);
  return words.join(", ");
}

test("an action goes from its start to its result", () => {
  let state = started(empty(), described("a"));
  state = fold(state, [say("threads", [{ name: "countdown: a", state: 40 }])]);
  expect(show(state)).toBe("a running 40");
  expect(state.stale).toBe(false);
  state = fold(state, [say("action_status", { countdown: ["step 1 of 2", 50, ""] }, "a")]);
  expect(state.actions.get("a")?.steps.get("countdown")).toEqual({ text: "step 1 of 2", status: 50, supplement: "" });
  state = fold(state, [say("result", { category: "success", text: "is done" }, "a")]);
  expect(show(state)).toBe("a done 100");
  // An old list and a late answer do not bring it back.
  state = reconcile(state, [described("a")], new Set(["a"]), 0);
  expect(show(started(state, described("a")))).toBe("a done 100");
  expect(running(state)).toEqual([]);
});

test("events may come before the server has described their action", () => {
  let state = fold(empty(), [say("action_status", { countdown: ["step 1 of 2", 50, ""] }, "a")]);
  expect(state.stale).toBe(true);
  state = reconcile(state, [described("a")], new Set(["a"]), 0);
  expect(state.actions.get("a")?.name).toBe("countdown: a");
  expect(state.actions.get("a")?.steps.size).toBe(1);
  expect(state.stale).toBe(false);
});

test("a list of names is used if our own actions have the same names, in the order of their ids", () => {
  let state = started(started(empty(), described("b", "running", "x")), described("a", "running", "x"));
  state = fold(state, [
    say("threads", [
      { name: "x", state: 1 },
      { name: "x", state: 2 },
    ]),
  ]);
  expect(show(state)).toBe("b running 2, a running 1");
  expect(fold(state, [say("threads", [{ name: "x", state: 9 }])]).stale).toBe(true);
});

test("an action that ended with its process is reported; one started since the request is not", () => {
  let state = started(started(empty(), described("a")), described("b"));
  state = reconcile(state, [], new Set(["a"]), 7);
  // The action's result may still be on its way, so one list is not enough.
  expect(show(state)).toBe("a running 0, b running 0");
  expect(inDoubt(state)).toBe(true);
  const late = fold(state, [say("result", { category: "success", text: "is done" }, "a")]);
  expect(show(reconcile(late, [], new Set(["a"]), 7 + DOUBT))).toBe("b running 0, a done 100");
  const found = reconcile(state, [described("a")], new Set(["a"]), 8);
  expect(inDoubt(found)).toBe(false);
  expect(show(reconcile(found, [], new Set(["a"]), 8 + DOUBT))).toBe("a running 0, b running 0");
  expect(show(reconcile(state, [], new Set(["a"]), 6 + DOUBT))).toBe("a running 0, b running 0");
  state = reconcile(state, [], new Set(["a"]), 7 + DOUBT);
  expect(show(state)).toBe("a gone 0, b running 0");
  expect(inDoubt(state)).toBe(false);
  expect(state.feed).toEqual([
    { seq: 0, kind: "note", level: "warning", text: "countdown: a ended without a result: the server was restarted", at: 7 + DOUBT },
  ]);
});

test("after the count has restarted, old entries sort before new ones, and no number is used twice", () => {
  const line = { timestamp: "t", level: "INFO", file_line: "f:1", message: "m" };
  const of = (seq: number, name: EventName, payload: unknown) => [name, payload, { seq, action: null, queued_at: 0 }] as ServerEvent;
  const count = (n: number) => [
    of(1, "popup", { info: `${n}` }),
    of(2, "modal", { id: "m", text: `${n}` }),
    of(3, "log_update", { files: [{ name: "actions", entries: [line] }] }),
  ];
  let state = fold(empty(), count(1));
  for (const n of [2, 3]) state = fold(recounted(state, state.modals), count(n));
  expect(state.seq).toBe(3);
  expect(state.feed.map((entry) => [entry.text, entry.seq])).toEqual([["1", -7], ["2", -3], ["3", 1]]);
  expect(state.modals.map((modal) => [modal.text, modal.seq])).toEqual([["1", -6], ["2", -2], ["3", 2]]);
  expect(new Set(state.logs.map((one) => one.key)).size).toBe(3);
  expect(recounted(state, []).modals).toEqual([]);
});

test("lines since a pause are counted, even if the lines from before it are gone", () => {
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) => ({ timestamp: "", level: "", file_line: "", message: "", key: `${from + n}` }));
  expect(since(lines(0, 3), lines(0, 3))).toBe(0);
  expect(since(lines(0, 3), lines(0, 5))).toBe(2);
  expect(since(lines(0, 3), lines(2, 5))).toBe(2);
  expect(since(lines(0, 3), lines(5, 9))).toBe(4);
  expect(since([], lines(0, 2))).toBe(2);
});

test("buttons, parts and modals have their newest state", () => {
  const state = fold(empty(), [
    say("button", { run: ["play", "Go", "primary"] }),
    say("disable_button", ["run"]),
    say("enable_button", ["other"]),
    say("reload", { id: "part", content: "<p>1</p>" }),
    say("reload", { id: "part", content: "<p>2</p>" }),
    ...Array.from({ length: 7 }, (_, n) => say("modal", { id: `m${n}`, text: `${n}` })),
  ]);
  expect(state.buttons.get("run")).toEqual({ icon: "play", text: "Go", style: "primary", enabled: false });
  expect(state.buttons.get("other")?.enabled).toBe(true);
  expect(state.parts.get("part")).toBe("<p>2</p>");
  expect(state.modals.map((modal) => modal.id)).toEqual(["m2", "m3", "m4", "m5", "m6"]);
});

test("the state is bounded and keeps the newest entries, and the state before is not changed", () => {
  const before = empty();
  const events = Array.from({ length: 1200 }, (_, n) => say("popup", { info: `${n}` }));
  const state = note(fold(before, events), "warning", "last", 0);
  expect(state.feed.length).toBe(500);
  expect(state.feed.at(-2)?.text).toBe("1199");
  expect(before.feed).toEqual([]);
  const line = { timestamp: "t", level: "INFO", file_line: "f:1", message: "m" };
  const logs = fold(before, [say("log_update", { files: [{ name: "actions", entries: Array(1500).fill(line) }] })]).logs;
  expect(logs.length).toBe(1000);
  expect(new Set(logs.map((one) => one.key)).size).toBe(1000);
});
