// Whether each end's packets go to the other device itself. A server that names other addresses than the true ones can stand in a way that
// looks direct, passing sealed packets on unread. What it cannot do is to have an address that the partner's device finds on its own
// network card: so each end says where its packets go, and the other whether it is there. Only over the channel between the two, where
// whoever holds the partner's keys says so: it proves something once those keys are known to be the partner's.

import type { Control } from './bodies.ts';
import { selectedPair } from './path.ts';
import { isObject } from './shape.ts';
import type { Report } from './statistics.ts';

export type Ends = Extract<Control, { kind: 'ends' }>;

type Stats = Record<string, unknown>;

/** Where this end's packets go, and where it is itself, both as far as one device in the world can be meant. */
export interface OwnEnds {
  to: string | null;
  at: readonly string[];
}

export function readEnds(report: Report): OwnEnds {
  const stats = new Map<string, Stats>();
  for (const [id, entry] of report) if (isObject(entry)) stats.set(id, entry);
  const pair = selectedPair(stats);
  const [local, remote] = [pair?.['localCandidateId'], pair?.['remoteCandidateId']].map((id) => stats.get(String(id)));
  const isRelayed = [local, remote].some((each) => each?.['candidateType'] === 'relay');
  const to = addressOf(remote);
  // An address that a server has told this end of is no proof of anything: it was the server that told it.
  const own = [...stats.values()].filter((entry) => entry['type'] === 'local-candidate' && entry['candidateType'] === 'host');
  return { to: to !== null && !isRelayed && isOfOne(to) ? to : null, at: own.map(addressOf).filter((address) => address !== null) };
}

/** Older Firefox calls it `ip`. */
function addressOf(candidate: Stats | undefined): string | null {
  const address = candidate?.['address'] ?? candidate?.['ip'];
  return typeof address === 'string' && address !== '' ? address.toLowerCase() : null;
}

/** IPv4: those that are of a home, a carrier, this machine or of no use (RFC 6890), and so of many devices at once. */
const kOfMany4 = /^(?:0|10|127|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])|192\.0\.[02]|192\.88\.99|198\.1[89]|198\.51\.100|203\.0\.113|22[4-9]|2[3-5]\d)\./;
/** IPv6: global ones are of one device, but for what IANA keeps for special purposes (2001::/23), documentation's and those that stand for an address of IPv4. */
const kGlobal6 = /^[23][0-9a-f]{3}:/;
const kOfMany6 = /^(?:2001:(?:0*(?:1?[0-9a-f]{1,2})?:|0*db8:)|2002:)/;

/** Whether an address is meant for one device in the world. Any home may have a 192.168.1.2, and a server's friend be at home there. */
export function isOfOne(address: string): boolean {
  if (/^\d+(?:\.\d+){3}$/.test(address)) return !kOfMany4.test(address);
  return kGlobal6.test(address) && !kOfMany6.test(address);
}

export interface FarEndEvents {
  say(message: Ends): boolean;
  changed(reached: boolean): void;
}

export class FarEnd {
  /** Each of the two sends to an address that the other has itself. */
  reached = false;

  private readonly events: FarEndEvents;
  private own: OwnEnds = { to: null, at: [] };
  private theirs: Ends = { kind: 'ends', to: null, met: null };
  private said: Ends = { kind: 'ends', to: null, met: null };

  constructor(events: FarEndEvents) {
    this.events = events;
  }

  take(report: Report): void {
    this.own = readEnds(report);
    this.update();
  }

  handle(message: Ends): void {
    this.theirs = message;
    this.update();
  }

  /** There is another connection, of which nothing is known. */
  leave(): void {
    this.own = { to: null, at: [] };
    this.theirs = this.said = { kind: 'ends', to: null, met: null };
    this.update();
  }

  private update(): void {
    const { to, at } = this.own;
    // Nobody is told of an address over a way that does not end at one: it proves nothing there.
    const met = to !== null && this.theirs.to !== null && isOfOne(this.theirs.to) && at.includes(this.theirs.to) ? this.theirs.to : null;
    const reached = to !== null && this.theirs.met === to && met !== null;
    if (reached !== this.reached) {
      this.reached = reached;
      this.events.changed(reached);
    }
    const { said } = this;
    if (to !== said.to || met !== said.met) {
      this.said = { kind: 'ends', to, met };
      // What was not taken is said again with the next look.
      if (!this.events.say(this.said)) this.said = said;
    }
  }
}
