// This end's candidates on their way to the partner: one goes out as soon as it is found, those found right behind it travel in one body,
// and the last one says that it is the last.

import type { CandidateInit } from './bodies.ts';
import type { Cancel, Clock } from './ports.ts';

/** Candidates found within it of one that has been told travel together. */
export const kBatchMs = 10;

/**
 * So far apart are two signs by candidates that another network is there: what is restarted for the first finds its path before the next.
 * A gathering that a restart has cut off may end after the next one has begun, and what that finds looks late as well: two Firefoxes (153)
 * that restarted at once for each of these never came to a path.
 */
export const kSignsApartMs = 8_000;

export class OwnCandidates {
  /** All of this round of gathering have been found. */
  gathered = false;
  /** Nothing is told yet. */
  held = false;

  private readonly clock: Clock;
  private readonly tell: (list: CandidateInit[], end: boolean) => void;
  private untold: RTCIceCandidate[] = [];
  private endTold = false;
  private cancelBatch: Cancel | null = null;
  private signAt = -Infinity;

  constructor(clock: Clock, tell: (list: CandidateInit[], end: boolean) => void) {
    this.clock = clock;
    this.tell = tell;
  }

  /** ICE is restarted: gathering begins anew. What was found before and not told is told all the same. */
  handleRestart(): void {
    this.gathered = this.endTold = false;
  }

  /** Whether one that is found now is a sign of another network: it comes after all had been found, and without a restart. */
  takeSign(): boolean {
    const now = this.clock.now();
    if (!this.gathered || now < this.signAt + kSignsApartMs) return false;
    this.signAt = now;
    return true;
  }

  /** Nothing is told until `release`: not both have accepted. */
  hold(): void {
    this.held = true;
  }

  /** All of it was another connection's. */
  drop(): void {
    this.held = this.gathered = this.endTold = false;
    this.untold = [];
  }

  /** What has been found so far, which the intro tells. */
  get found(): CandidateInit[] {
    return this.untold.map(toInit);
  }

  /** The intro has told the first so many. */
  release(told: number): void {
    if (!this.held) return;
    this.held = false;
    this.untold.splice(0, told);
    this.flush();
  }

  /** Null when there are no more. The empty one, which ends one address family, is of no use to anybody. */
  handle(candidate: RTCIceCandidate | null): void {
    if (candidate?.candidate === '') return;
    if (candidate === null) this.gathered = true;
    else this.untold.push(candidate);
    if (this.cancelBatch || this.held) return;
    // The first of a network, and the one its STUN server knows, are what the call comes about by: both ends wait for nothing else.
    this.flush();
    this.cancelBatch = this.clock.after(kBatchMs, () => this.flush());
  }

  /** Tells at once what there is to tell. */
  flush(): void {
    this.stop();
    if (this.held) return;
    const candidates = this.untold;
    this.untold = [];
    const end = this.gathered && !this.endTold;
    if (candidates.length === 0 && !end) return;
    this.endTold ||= end;
    this.tell(candidates.map(toInit), end);
  }

  stop(): void {
    this.cancelBatch?.();
    this.cancelBatch = null;
  }
}

function toInit({ candidate, sdpMid, sdpMLineIndex, usernameFragment }: RTCIceCandidate): CandidateInit {
  return { candidate, sdpMid, sdpMLineIndex, ...(usernameFragment ? { usernameFragment } : {}) };
}
