// Direct first: this end's relay candidates are not told to the partner until direct checks have had a fair chance. A near relay
// answers sooner than two home routers do, and some browsers settle on the first pair that works; a call that could be direct
// would then run over the relay for its whole life.
//
// A pure policy: candidates and what happens to the connection go in, the candidates that may be told come out.

/** A fair chance, from the moment both descriptions are known. */
export const kHoldMs = 800;
/** Where an earlier call in this tab, on the same network, found that only a relay works. */
export const kShortHoldMs = 250;

export class DirectFirst<Candidate> {
  private readonly isRelay: (candidate: Candidate) => boolean;
  private free: Candidate[] = [];
  private held: Candidate[] = [];
  private releasedFlag: boolean;
  private direct = 0;
  private began: number | null = null;
  private settled = false;
  private hold = kHoldMs;

  /** `relayOnly`: the person hides their address, or must. There is nothing to wait for then. */
  constructor(relayOnly: boolean, isRelay: (candidate: Candidate) => boolean) {
    this.releasedFlag = relayOnly;
    this.isRelay = isRelay;
  }

  get released(): boolean {
    return this.releasedFlag;
  }

  handleCandidate(candidate: Candidate): void {
    const relay = this.isRelay(candidate);
    if (!relay) this.direct += 1;
    (relay && !this.releasedFlag ? this.held : this.free).push(candidate);
  }

  /** Both descriptions are set: checks can run from here on. */
  handleChecksBegan(now: number): void {
    this.began ??= now;
  }

  /** What an earlier call learned about the network this end is in. */
  handleNetwork(onlyRelayWorked: boolean): void {
    this.hold = onlyRelayWorked ? kShortHoldMs : kHoldMs;
  }

  handleGatheringEnded(): void {
    if (this.direct === 0) this.release();
  }

  /** The person hides their address after all, or must. */
  handleRelayOnly(): void {
    this.release();
  }

  handlePartnerHasOnlyRelay(): void {
    this.release();
  }

  /** A pair works. What is still held stays back, so that a direct call tells the relay nothing more, until it is needed. */
  handleConnected(): void {
    this.settled = true;
  }

  /** Checks have failed, or a path that worked no longer does. */
  handleTrouble(): void {
    this.release();
  }

  handleTimeout(now: number): void {
    const deadline = this.pollTimeout();
    if (deadline !== null && now >= deadline) this.release();
  }

  /** When `handleTimeout` is due, or null. */
  pollTimeout(): number | null {
    return this.releasedFlag || this.settled || this.began === null ? null : this.began + this.hold;
  }

  /** The candidates that may be told now; each is given once. */
  pollCandidates(): Candidate[] {
    const free = this.free;
    this.free = [];
    return free;
  }

  get holdsAny(): boolean {
    return this.held.length > 0;
  }

  private release(): void {
    this.releasedFlag = true;
    this.free.push(...this.held);
    this.held = [];
  }
}

/**
 * Remembers, for as long as the tab lives, on which networks only a relay worked. A network is known by this end's own public
 * addresses as STUN told them; none at all is a network too: one that blocks UDP.
 */
export class PathMemory {
  private readonly onlyRelay = new Set<string>();

  remember(network: string, relayed: boolean): void {
    if (relayed) this.onlyRelay.add(network);
    else this.onlyRelay.delete(network);
  }

  onlyRelayWorked(network: string): boolean {
    return this.onlyRelay.has(network);
  }
}

/** `addresses`: of this end's server-reflexive candidates. */
export function networkName(addresses: readonly string[]): string {
  return [...new Set(addresses)].sort().join(' ');
}
