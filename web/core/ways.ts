// What a call teaches about the network this end is in, for the calls after it.

import type { OwnPath } from './path.ts';
import { networkName, type PathMemory } from './path_memory.ts';
import { candidateAddress, candidateType } from './sdp.ts';

export class Ways {
  /** By its own word; null until it has said. */
  partnerUsesRelay: boolean | null = null;

  /** This end's public addresses, as STUN told them. */
  readonly own: string[] = [];

  private readonly memory: PathMemory;
  private chosen = false;

  constructor(memory: PathMemory) {
    this.memory = memory;
  }

  /** Whether earlier calls from this network came about by a relay only. */
  get onlyRelayWorked(): boolean {
    return this.memory.onlyRelayWorked(networkName(this.own));
  }

  /** A relay that is somebody's choice says nothing about the network. */
  handleChoice(): void {
    this.chosen = true;
  }

  /** True when the network is another than it seemed. */
  handleOwnCandidate(candidate: string): boolean {
    if (candidateType(candidate) !== 'srflx') return false;
    this.own.push(candidateAddress(candidate));
    return true;
  }

  handlePartnersWord(usesRelay: boolean): void {
    this.partnerUsesRelay = usesRelay;
  }

  /** It takes both ends' words to know. `partner`: its public addresses. */
  remember(own: OwnPath | null, partner: ReadonlySet<string>): void {
    if (!own || this.partnerUsesRelay === null || this.chosen) return;
    this.memory.remember(networkName(this.own), networkName([...partner]), own.relay || this.partnerUsesRelay);
  }
}
