// This end's candidates on their way to the partner: those found close together travel in one body, and the last one says that
// it is the last.

import type { CandidateInit } from './bodies.ts';
import type { Cancel, Clock } from './ports.ts';

/** Candidates found within it of each other travel together. */
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
    if (candidate === null) this.gathered = true;
    else if (candidate.candidate !== '') this.untold.push(candidate);
    this.cancelBatch ??= this.clock.after(kBatchMs, () => this.flush());
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
