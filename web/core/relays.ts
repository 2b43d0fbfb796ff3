// How far this server's relays are, in other regions too: the round trip to each, timed while somebody waits, so that a call
// gets the one that is nearest to both. The server is told with `accept`, and nobody before.

import type { Clock } from './ports.ts';
import type { Features } from './protocol.ts';

/** What was measured is good for so long. */
export const kTimesFreshMs = 60_000;
/** The first round trip to a relay opens a connection; the shortest of so many counts. */
export const kTries = 2;
/** As the server takes it. */
export const kRelayMsMax = 10_000;

export interface RelayPorts {
  clock: Clock;
  /** Milliseconds that `GET /healthz` takes at this origin, or at the page's server for null; null if there is no answer. */
  timeRelay?: (origin: string | null) => Promise<number | null>;
}

export type RelayTimes = Record<string, number>;

export class Relays {
  /** By the relays' names. */
  times: RelayTimes = {};

  private readonly ports: RelayPorts;
  private measuredAt: number | null = null;

  constructor(ports: RelayPorts) {
    this.ports = ports;
  }

  /** Measures, unless that was done lately. With one relay there is nothing to choose. */
  look(relays: Features['relays']): void {
    const { clock, timeRelay } = this.ports;
    if (!timeRelay || relays.length < 2) return;
    if (this.measuredAt !== null && clock.now() < this.measuredAt + kTimesFreshMs) return;
    this.measuredAt = clock.now();
    const fresh: RelayTimes = {};
    this.times = fresh;
    for (const { name, origin } of relays) void this.measure(fresh, name, () => timeRelay(origin));
  }

  private async measure(times: RelayTimes, name: string, time: () => Promise<number | null>): Promise<void> {
    for (let i = 0; i < kTries; ++i) {
      // A relay that cannot be reached is one that is not measured.
      const ms = await time().catch(() => null);
      if (ms === null) return;
      times[name] = Math.min(times[name] ?? kRelayMsMax, Math.max(0, Math.round(ms)));
    }
  }
}
