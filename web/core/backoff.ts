// When to come back to a server that is away (docs/protocol.md, "Coming back").

import type { Chance } from './ports.ts';

/** Seconds before the first, second, … try; the last one repeats. */
export const kComeBackSeconds = [0, 0.3, 1.2, 2.7, 4.8, 7];
export const kJitterSeconds = 1;

export class Backoff {
  private tries = 0;
  private readonly chance: Chance;

  constructor(chance: Chance) {
    this.chance = chance;
  }

  /** Milliseconds until the next try, at least `atLeastSeconds` when the server named a time. */
  next(atLeastSeconds = 0): number {
    const planned = kComeBackSeconds[Math.min(this.tries++, kComeBackSeconds.length - 1)]!;
    return (Math.max(planned, atLeastSeconds) + this.chance() * kJitterSeconds) * 1_000;
  }

  /** A try is made at once, outside the list: it stands for the first. */
  handleTry(): void {
    this.tries = Math.max(this.tries, 1);
  }

  reset(): void {
    this.tries = 0;
  }
}
