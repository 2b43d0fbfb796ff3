import { pendingCrypto } from './node_crypto.ts';
import type { Cancel, Clock } from '../ports.ts';

/** Time that passes when a test says so. */
export class FakeClock implements Clock {
  private time = 0;
  private timers: { at: number; order: number; then: () => void }[] = [];
  private order = 0;

  now(): number {
    return this.time;
  }

  after(ms: number, then: () => void): Cancel {
    const timer = { at: this.time + ms, order: this.order++, then };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Milliseconds until the next timer, or null. */
  next(): number | null {
    return this.timers.length === 0 ? null : Math.min(...this.timers.map(({ at }) => at)) - this.time;
  }

  /** Lets time pass; timers run in order, and what they start is let run before the next. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const due = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (!due) break;
      this.timers = this.timers.filter((other) => other !== due);
      this.time = Math.max(this.time, due.at);
      due.then();
      await settle();
    }
    this.time = end;
  }
}

/** Lets everything run that is only waiting for its turn, WebCrypto's work in other threads included. */
export async function settle(): Promise<void> {
  for (let quiet = 0; quiet < kQuietTurns; quiet++) {
    await new Promise((done) => setImmediate(done));
    if (pendingCrypto() > 0) quiet = 0;
  }
}

/** A message crosses in one turn; an answer to it in another. */
const kQuietTurns = 8;
