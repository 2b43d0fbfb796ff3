// Direct first: the relay is not even asked for until direct checks have had a fair chance. A near relay answers sooner than two home
// routers do, and some browsers settle on the first pair that works; a call that could be direct would then run over the relay for
// its whole life.
//
// A pure policy: what happens to the connection goes in, whether and when the relay gets its turn comes out.

/** A fair chance, from the moment both descriptions are known. */
export const kHoldMs = 800;
/** Where an earlier call in this tab, on the same network, found that only a relay works. */
export const kShortHoldMs = 250;
/**
 * Once a direct pair works: for the handshake over it, several round trips, each of which may be repeated. Where it takes longer the pair
 * carries the small packets of checks and not the large ones of a handshake: there are such networks.
 */
export const kSecureMs = 4_000;

export class DirectFirst {
  /** A relay is somebody's choice: no direct pair can stall. */
  private readonly chosen: boolean;
  private needed: boolean;
  private lapsed = false;
  private direct = 0;
  private began: number | null = null;
  private found: number | null = null;
  private settled = false;
  private hold = kHoldMs;
  private stalled = false;

  /** `relayOnly`: the person hides their address, or must. There is nothing to wait for then. */
  constructor(relayOnly: boolean) {
    this.chosen = this.needed = relayOnly;
  }

  /** Whether the relay may be asked for. A pair that works takes it back if only the time was up. */
  get released(): boolean {
    return this.needed || this.lapsed;
  }

  /** The direct pair that was found carries no handshake: it would be chosen again if it were tried again. */
  get mustAvoidDirect(): boolean {
    return this.stalled;
  }

  /** The partner restarts ICE, before a handshake has come about over the pair that was found. */
  handlePartnersRestart(now: number): void {
    this.stalled ||= !this.settled && this.found !== null && now - this.found >= kSecureMs / 2;
  }

  handleOwnCandidate(type: string): void {
    if (type !== 'relay') this.direct += 1;
  }

  handleGatheringEnded(): void {
    if (this.direct === 0) this.needed = true;
  }

  /** Both descriptions are set: checks can run from here on. */
  handleChecksBegan(now: number): void {
    this.began ??= now;
  }

  /** What an earlier call learned about the network this end is in. */
  handleNetwork(onlyRelayWorked: boolean): void {
    this.hold = onlyRelayWorked ? kShortHoldMs : kHoldMs;
  }

  /** Direct checks have succeeded. The handshake is still to come, and may not. */
  handlePairFound(now: number): void {
    this.found ??= now;
    this.lapsed = false;
  }

  /** It leads to nothing any more, or its handshake was given up: neither is a handshake that does not come. */
  handlePairLost(): void {
    this.found = null;
  }

  /** Another connection begins: what was found was the former's, and the relay is there from the start. */
  handleRenewed(): void {
    this.found = null;
    this.stalled = false;
  }

  handleConnected(): void {
    this.settled = true;
    this.lapsed = false;
  }

  /** One of the two tells no direct candidate, checks have failed, or a path that worked no longer does. */
  handleRelayNeeded(): void {
    this.needed = true;
  }

  handleTimeout(now: number): void {
    const deadline = this.pollTimeout();
    if (deadline === null || now < deadline) return;
    this.lapsed = true;
    this.stalled ||= this.found !== null;
  }

  /** When `handleTimeout` is due, or null. */
  pollTimeout(): number | null {
    if (this.chosen || this.settled || this.stalled) return null;
    if (this.found !== null) return this.found + kSecureMs;
    return this.released || this.began === null ? null : this.began + this.hold;
  }
}
