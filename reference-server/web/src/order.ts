// Puts events in the order of their numbers, each once: live events, and those from the answer to `resume`.
//
// On a new connection, live events may come before the answer with the missed ones. They wait for it.

import type { Meta, ResumeAnswer } from "./wire";

type Numbered = readonly [string, unknown, Meta];

/** The events that may be shown now. After a gap the page must reconnect, because each connection can resume once. */
export interface Batch<T> {
  events: T[];
  gap: boolean;
  /** The server has restarted its count: earlier numbers belong to the old count. */
  anew?: boolean;
}

export class Order<T extends Numbered> {
  private waiting: T[] | null = [];

  /** `last` is the number of the last event that was shown. */
  constructor(public last: number) {}

  /** A new connection: its live events wait until it has resumed. */
  begin(): void {
    this.waiting = [];
  }

  live(event: T): Batch<T> {
    if (this.waiting) {
      this.waiting.push(event);
      return { events: [], gap: false };
    }
    return this.take([event]);
  }

  /** `answer` has the missed events up to the number `ready`. */
  resumed(ready: number, answer: Omit<ResumeAnswer, "missed"> & { missed: T[] }): Batch<T> {
    // `null` means that our last number is not in the server's count: it counts anew, and the answer is all there is.
    const anew = answer.lost === null;
    if (anew) this.last = Math.min(this.last, ready - answer.missed.length);
    const events: T[] = [];
    for (const event of answer.missed) {
      if (event[2].seq <= this.last) continue;
      events.push(event);
      this.last = event[2].seq;
    }
    this.last = Math.max(this.last, ready);
    const waited = this.waiting ?? [];
    this.waiting = null;
    const rest = this.take(waited);
    return { events: events.concat(rest.events), gap: rest.gap, anew };
  }

  private take(events: T[]): Batch<T> {
    const taken: T[] = [];
    for (const event of events) {
      const { seq } = event[2];
      if (seq <= this.last) continue;
      if (seq > this.last + 1) return { events: taken, gap: true };
      taken.push(event);
      this.last = seq;
    }
    return { events: taken, gap: false };
  }
}
