// This end's candidates on their way to the partner: one goes out as soon as it is found, those found right behind it travel in one body,
// and the last one says that it is the last.

import type { CandidateInit } from './bodies.ts';
import type { Cancel, Clock } from './ports.ts';

/** Candidates found within it of one that has been told travel together. */
export const kBatchMs = 10;

export class OwnCandidates {
  /** All of this round of gathering have been found. */
  gathered = false;

  private readonly clock: Clock;
  private readonly tell: (list: CandidateInit[], end: boolean) => void;
  private untold: RTCIceCandidate[] = [];
  private endTold = false;
  private cancelBatch: Cancel | null = null;

  constructor(clock: Clock, tell: (list: CandidateInit[], end: boolean) => void) {
    this.clock = clock;
    this.tell = tell;
  }

  /** ICE is restarted: gathering begins anew. What was found before and not told is told all the same. */
  handleRestart(): void {
    this.gathered = this.endTold = false;
  }

  /** Null when there are no more. The empty one, which ends one address family, is of no use to anybody. */
  handle(candidate: RTCIceCandidate | null): void {
    if (candidate?.candidate === '') return;
    if (candidate === null) this.gathered = true;
    else this.untold.push(candidate);
    if (this.cancelBatch) return;
    // The first of a network, and the one its STUN server knows, are what the call comes about by: both ends wait for nothing else.
    this.flush();
    this.cancelBatch = this.clock.after(kBatchMs, () => this.flush());
  }

  /** Tells at once what there is to tell. */
  flush(): void {
    this.stop();
    const candidates = this.untold;
    this.untold = [];
    const end = this.gathered && !this.endTold;
    if (candidates.length === 0 && !end) return;
    this.endTold ||= end;
    const list = candidates.map(({ candidate, sdpMid, sdpMLineIndex, usernameFragment }) => ({
      candidate,
      sdpMid,
      sdpMLineIndex,
      ...(usernameFragment ? { usernameFragment } : {}),
    }));
    this.tell(list, end);
  }

  stop(): void {
    this.cancelBatch?.();
    this.cancelBatch = null;
  }
}
