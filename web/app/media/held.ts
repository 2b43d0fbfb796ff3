// What happens to a device in use without the person's doing: something else takes it for a while, its permission is taken back, it is
// unplugged and plugged in again. It is told the time and asked for its next deadline.

import type { Permission } from './permission.ts';

/** A device that is silent in view for this long is spoken of, */
export const kSayMs = 1_000;
/** and after this long asked for anew, once: some browsers never give back what a telephone call took. */
export const kGiveBackMs = 3_000;
/** What has worked for this long begins anew: what was tried for it, and a notice of it that was closed, counted for the trouble before. */
export const kWellMs = 10_000;

/** `taken` comes back by itself; `denied`: the person, or the browser, has taken the permission back. */
export type Lack = 'taken' | 'gone' | 'denied';

/** One camera or one microphone. */
export class Held {
  private phase: 'off' | 'on' | 'gone' = 'off';
  private device: string | null = null;
  private seen: boolean;
  private muted = false;
  /** Muted and in view since: out of view a phone mutes its camera, and nobody misses it. */
  private missedSince: number | null = null;
  private wellSince: number | null = null;
  private tried = false;
  private closed = false;
  private why: 'gone' | 'denied' | null = null;
  /** The browser's list was seen without it: only what was away can be back. */
  private absent = false;
  private back = false;

  constructor(seen: boolean) {
    this.seen = seen;
  }

  /** The one in use, or the one that has gone. */
  get id(): string | null {
    return this.device;
  }

  get isGone(): boolean {
    return this.phase === 'gone';
  }

  /** It had gone, and is plugged in again. */
  get isBack(): boolean {
    return this.isGone && this.back;
  }

  /** It is in use and something else has it. */
  get isTaken(): boolean {
    return this.phase === 'on' && this.muted;
  }

  /** `anew`: the person has asked for it, which makes good whatever was tried and closed before. */
  handleOn(id: string | null, muted: boolean, anew: boolean, now: number): void {
    if (anew || id !== this.device) this.tried = this.closed = false;
    this.phase = 'on';
    this.device = id;
    this.why = null;
    this.wellSince = null;
    this.missedSince = null;
    this.muted = false;
    this.handleMuted(muted, now);
  }

  /** What stands behind a name such as “default” is known a little later. */
  handleName(id: string): void {
    if (this.phase === 'on') this.device = id;
  }

  handleMuted(muted: boolean, now: number): void {
    if (this.phase !== 'on') return;
    if (muted && !this.muted) this.begin(now);
    this.muted = muted;
    if (!muted) this.wellSince ??= now;
    this.missedSince = muted && this.seen ? (this.missedSince ?? now) : null;
  }

  handleSeen(seen: boolean, now: number): void {
    if (seen === this.seen) return;
    this.seen = seen;
    this.missedSince = this.isTaken && seen ? now : null;
  }

  /** The browser has ended it. What for is known once it was looked into. */
  handleEnded(now: number): void {
    this.begin(now);
    this.phase = 'gone';
    this.why = null;
    this.absent = this.back = false;
    this.missedSince = null;
  }

  handleCause(permission: Permission): void {
    if (this.phase === 'gone') this.why = permission === 'denied' ? 'denied' : 'gone';
  }

  /** True when what was unplugged is plugged in again. Lists without names, as before a permission, say nothing of it. */
  handleList(ids: readonly string[]): boolean {
    if (this.phase !== 'gone' || !this.device || (ids.length > 0 && ids.every((id) => id === ''))) return false;
    const wasAbsent = this.absent;
    this.absent = !ids.includes(this.device);
    if (this.absent) this.back = false;
    if (this.absent || !wasAbsent) return false;
    this.back = true;
    return this.why !== 'denied';
  }

  /** The person has turned it off, or gone. */
  handleOff(): void {
    this.phase = 'off';
    this.device = null;
    this.missedSince = null;
    this.tried = this.closed = this.muted = false;
  }

  /** Nothing is said of this trouble any more. */
  close(): void {
    this.closed = true;
  }

  lack(now: number): Lack | null {
    if (this.closed) return null;
    if (this.phase === 'gone') return this.why;
    return this.missedSince !== null && now >= this.missedSince + kSayMs ? 'taken' : null;
  }

  /** True once for each trouble: it is time to ask for the device anew. */
  wantsReopen(now: number): boolean {
    if (this.tried || this.missedSince === null || now < this.missedSince + kGiveBackMs) return false;
    this.tried = true;
    return true;
  }

  /** When `lack` or `wantsReopen` changes if nothing happens; null when neither does. */
  pollTimeout(now: number): number | null {
    if (this.missedSince === null) return null;
    const due = [...(this.closed ? [] : [this.missedSince + kSayMs]), ...(this.tried ? [] : [this.missedSince + kGiveBackMs])];
    const later = due.filter((at) => at > now);
    return later.length > 0 ? Math.min(...later) : null;
  }

  private begin(now: number): void {
    if (this.wellSince !== null && now >= this.wellSince + kWellMs) this.tried = this.closed = false;
    this.wellSince = null;
  }
}
