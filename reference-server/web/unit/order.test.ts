import { expect, test } from "vitest";
import { Order } from "../src/order";
import type { Meta } from "../src/wire";

type Event = [string, null, Meta];

const event = (seq: number): Event => ["popup", null, { seq, action: null, queued_at: 0 }];

/**
 * `script` is a list of words: `begin`, a number for a live event, `ready:missed[:lost]` for an answer to `resume`.
 * `expected` has the numbers that were shown, `anew` for a restarted count, `gap` for a gap, and the last number.
 */
function check(last: number, script: string, expected: string): void {
  const order = new Order<Event>(last);
  const seen: (number | string)[] = [];
  for (const word of script.split(" ")) {
    if (word === "begin") {
      order.begin();
      continue;
    }
    const [first = "", missed, lost] = word.split(":");
    const events = (missed ?? "").split(",").filter(Boolean).map(Number).map(event);
    const answer = { missed: events, complete: lost === undefined, lost: lost === "null" ? null : Number(lost ?? 0) };
    const taken = missed === undefined ? order.live(event(Number(first))) : order.resumed(Number(first), answer);
    seen.push(...taken.events.map((one) => one[2].seq));
    if (taken.gap) seen.push("gap");
    if (taken.anew) seen.unshift("anew");
  }
  expect(`${seen.join(" ")} | ${order.last}`, script).toBe(expected);
}

test("each event is shown once and in order", () => {
  check(0, "begin 0: 1 2 3", "1 2 3 | 3");
  check(0, "begin 0: 1 1 2 1 2", "1 2 | 2");
  // Live events wait for the missed events before them.
  check(2, "begin 6 7 5:3,4,5", "3 4 5 6 7 | 7");
  check(2, "begin 5:3,4,5 6", "3 4 5 6 | 6");
  // A second connection shows nothing twice.
  check(0, "begin 0: 1 2 begin 4:3,4 5", "1 2 3 4 5 | 5");
  check(4, "begin 5:3,4,5", "5 | 5");
});

test("a gap ends the connection, and the next one fills it", () => {
  check(0, "begin 0: 1 3", "1 gap | 1");
  check(0, "begin 0: 1 3 begin 3:2,3 4", "1 gap 2 3 4 | 4");
  check(0, "begin 2 0:", "gap | 0");
});

test("lost events are skipped, and the rest is shown", () => {
  check(1, "begin 9:7,8,9:5 10", "7 8 9 10 | 10");
  check(1, "begin 9::8 10", "10 | 10");
  // The server has restarted its count.
  check(50, "begin 3:1,2,3:null 4", "anew 1 2 3 4 | 4");
  check(50, "begin 3::null 4", "anew 4 | 4");
});
