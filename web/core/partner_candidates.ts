// The partner's candidates on their way into the connection, and what they say about the partner's network.

import type { CandidateInit } from './bodies.ts';
import { candidateAddress, candidateType } from './sdp.ts';

/** Of a device with several networks, which may change. */
export const kReflexiveMax = 32;

export class PartnerCandidates {
  /** The partner's public addresses, as STUN told them. */
  readonly reflexive = new Set<string>();

  private early: CandidateInit[] = [];
  private direct = 0;

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

  /** Hands over what has come, once there is a description that it belongs to. */
  async add(pc: RTCPeerConnection): Promise<void> {
    if (!pc.remoteDescription) return;
    for (const candidate of this.early.splice(0)) {
      // A candidate this browser cannot use is no reason to give up the others.
      await pc.addIceCandidate(candidate).catch(() => {});
    }
  }
}
