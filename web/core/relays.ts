// How far this server's relays are, in other regions too: the round trip to each, timed while somebody waits, so that a call
// gets the one that is nearest to both. The server is told with `accept`, and nobody before.

import type { Clock } from './ports.ts';
import type { Features, IceServer } from './protocol.ts';
import { ownRelays } from './relay_hosts.ts';

/** What was measured is good for so long. */
export const kTimesFreshMs = 60_000;
/** The first round trip to a relay opens a connection; the shortest of so many counts. */
export const kTries = 2;
/** As the server takes it. */
export const kRelayMsMax = 10_000;

export interface RelayPorts {
  clock: Clock;
  /** Of the server, as in `location.host`. */
  host: string;
  /** Milliseconds that `GET /healthz` takes at this origin, or at the page's server for null; null if there is no answer. */
  timeRelay?: (origin: string | null) => Promise<number | null>;
}

export type RelayTimes = Record<string, number>;

export class Relays {
  /** By the relays' names. */
  times: RelayTimes = {};

  private readonly ports: RelayPorts;
  private measuredAt: number | null = null;
  /** Hosts of relays that have answered: where the page has a policy, it names them. */
  private readonly reached = new Set<string>();

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
    for (const { name, origin } of relays) void this.measure(fresh, name, origin, timeRelay);
  }

  /** What a call may ask: with the address hidden, no machine that the page would not have asked anyway. */
  allowed(servers: readonly IceServer[], relayOnly: boolean): readonly IceServer[] {
    return relayOnly ? ownRelays(servers, this.ports.host, this.reached) : servers;
  }

  private async measure(times: RelayTimes, name: string, origin: string | null, time: NonNullable<RelayPorts['timeRelay']>): Promise<void> {
    for (let i = 0; i < kTries; ++i) {
      // A relay that cannot be reached is one that is not measured.
      const ms = await time(origin).catch(() => null);
      if (ms === null) return;
      if (origin !== null) this.reached.add(hostOf(origin));
      times[name] = Math.min(times[name] ?? kRelayMsMax, Math.max(0, Math.round(ms)));
    }
  }
}

/** Of an origin that was fetched from, so that it is one. */
function hostOf(origin: string): string {
  return new URL(origin).hostname;
}
