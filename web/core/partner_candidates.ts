// The partner's candidates on their way into the connection, and what they say about the partner's network.

import type { CandidateInit } from './bodies.ts';
import { isOfOne } from './far_end.ts';
import type { Clock } from './ports.ts';
import { candidateAddress, candidateType } from './sdp.ts';

/** Of a device with several networks, which may change. */
export const kReflexiveMax = 32;

/**
 * Browsers try one pair after the other, Chromium (156) some 50 ms apart. Addresses within a home wait so long where the two are in different
 * ones: what leads there is tried in vain as a rule, while what could work, and was lost on its first way through a router, waits for its turn.
 */
export const kOtherHomeMs = 200;

export class PartnerCandidates {
  /** The partner's public addresses, as STUN told them. */
  readonly reflexive = new Set<string>();

  private readonly clock: Clock;
  private readonly own: () => readonly string[];
  private early: CandidateInit[] = [];
  private direct = 0;

  /** `own`: this end's public addresses by now. */
  constructor(clock: Clock, own: () => readonly string[]) {
    this.clock = clock;
    this.own = own;
  }

  /** None so far that is not a relay's. */
  get onlyRelay(): boolean {
    return this.direct === 0;
  }

  handle(list: readonly CandidateInit[]): void {
    const told = list.map(({ candidate }) => candidate);
    this.direct += told.filter((candidate) => candidateType(candidate) !== 'relay').length;
    for (const candidate of told) {
      if (candidateType(candidate) === 'srflx' && this.reflexive.size < kReflexiveMax) this.reflexive.add(candidateAddress(candidate));
    }
    this.early.push(...list);
  }

  /** Hands over what has come. There is a description that it belongs to, or one that is being set: the browser keeps to the order. */
  async add(pc: RTCPeerConnection): Promise<void> {
    const list = this.early.splice(0);
    const [now, later] = this.areApart ? [list.filter((each) => !isOfHome(each)), list.filter(isOfHome)] : [list, []];
    if (later.length > 0) this.clock.after(kOtherHomeMs, () => void addTo(pc, later));
    await addTo(pc, now);
  }

  /** Behind different routers, as far as is known. */
  private get areApart(): boolean {
    const own = this.own();
    return own.length > 0 && this.reflexive.size > 0 && own.every((address) => !this.reflexive.has(address));
  }
}

function isOfHome({ candidate }: CandidateInit): boolean {
  return candidateType(candidate) === 'host' && !isOfOne(candidateAddress(candidate).toLowerCase());
}

async function addTo(pc: RTCPeerConnection, list: readonly CandidateInit[]): Promise<void> {
  // A candidate this browser cannot use is no reason to give up the others.
  await Promise.all(list.map((candidate) => pc.addIceCandidate(candidate).catch(() => {})));
}
