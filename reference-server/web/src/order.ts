// Each event once, in the order of its number: from events that come live, and from `resume`.
//
// A new connection may bring live events before the answer that says what was missed; those wait.

import type { Meta, Resumed } from "./wire";

type Numbered = readonly [string, unknown, Meta];

/** What may be taken now. With a gap the connection is worth nothing: only another one may resume. */
export interface Taken<T> {
  events: T[];
  gap: boolean;
  /** The server counts anew: what came before is of another count. */
  anew?: boolean;
}

export class Order<T extends Numbered> {
  private waiting: T[] | null = [];

  /** `last` is the number of the last event that was taken. */
  constructor(public last: number) {}

  /** A new connection: until it has resumed, what it brings waits. */
  begin(): void {
    this.waiting = [];
  }

  live(event: T): Taken<T> {
    if (this.waiting) {
      this.waiting.push(event);
      return { events: [], gap: false };
    }
    return this.take([event]);
  }

  /** `ready` is the number up to which `answer` says what was missed. */
  resumed(ready: number, answer: Omit<Resumed, "missed"> & { missed: T[] }): Taken<T> {
    // A number beyond the server's count is of another count: what it says now is all there is.
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

  private take(events: T[]): Taken<T> {
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
