// Something that is to be done at a moment which may move, or go away.

import type { Cancel, Clock } from './ports.ts';

export class Deadline {
  private readonly clock: Clock;
  private readonly run: () => void;
  private cancel: Cancel = () => {};

  constructor(clock: Clock, run: () => void) {
    this.clock = clock;
    this.run = run;
  }

  /** In place of the former moment, in ms on the clock. Null: not at all. What was due already is done after `lateMs`. */
  plan(at: number | null, lateMs = 0): void {
    this.cancel();
    if (at === null) return;
    const now = this.clock.now();
    this.cancel = this.clock.after(at > now ? at - now : lateMs, this.run);
  }
}
