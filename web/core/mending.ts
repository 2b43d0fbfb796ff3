// A connection that broke: when ICE is restarted to mend it, and when it is given up.
//
// An interruption that ends by itself is left alone. One that does not is not left until the browser calls it failed: Chromium takes 15 s
// for that, and Firefox 28, after which its DTLS is closed and no restart brings anything back. Where it is known that nothing arrives
// (pulse.ts) nothing is waited for either.
//
// A pure policy: what happens to the connection goes in, what is due and when comes out.

/** From the moment the browser says that nothing arrives any more, which it does after about 5 s. */
export const kShakyMs = 2_000;
/** A restart gets this long before the next. */
export const kRestartAgainMs = 8_000;
/** Where there is a sign that a restart would help now. */
export const kSignAgainMs = 1_000;
/** One that helped, and not for long, is followed by the next after this, twice as long each time. */
export const kFlappingMs = 1_000;
/** A path that has held for this long is a good one: what breaks then is something new. */
export const kCalmMs = 10_000;
/** A connection that does not come back is given up after this, */
export const kGiveUpMs = 30_000;
/** and one that never was, after its checks have failed for this long: more addresses may be told, a relay may be asked for. */
export const kNeverMs = 8_000;

/** Why ICE is restarted. */
export type Trouble = 'disconnected' | 'silent' | 'failed';

export class Mending {
  private hasConnected = false;
  /** Since when each is so, and since when any is. */
  private interrupted: number | null = null;
  private silent: number | null = null;
  private failed: number | null = null;
  private since: number | null = null;
  private closed = false;
  /** When there was a sign, since the last restart, that the network has changed or the device has woken. */
  private sign: number | null = null;
  private restarted: number | null = null;
  private restarts = 0;
  /** Of this trouble's. */
  private tried = false;
  private healed: number | null = null;
  /** Added where the other end sees the same and may act on it first: once is enough. */
  private patience = 0;

  /** It works, or did before it broke. */
  get wasConnected(): boolean {
    return this.hasConnected;
  }

  get isBroken(): boolean {
    return this.since !== null;
  }

  /** The surest sign of it; null while all is well. */
  get trouble(): Trouble | null {
    if (this.failed !== null) return 'failed';
    if (this.silent !== null) return 'silent';
    return this.interrupted === null ? null : 'disconnected';
  }

  setPatience(ms: number): void {
    this.patience = ms;
  }

  handleConnected(now: number): void {
    this.hasConnected = true;
    this.interrupted = this.silent = this.failed = null;
    this.settle(now);
  }

  /** Checks run again, by either end's restart. Before the first connection nothing is broken then. */
  handleChecking(): void {
    if (!this.wasConnected) this.since = null;
    this.failed = null;
  }

  /** A broken connection may be mended at once: what was tried before was of another network, or slept. */
  handleSign(now: number): void {
    if (this.isBroken) this.sign = now;
  }

  /** There is one, and no restart since. */
  get hasSign(): boolean {
    return this.sign !== null;
  }

  handleInterrupted(now: number): void {
    if (!this.wasConnected) return;
    this.interrupted ??= now;
    this.breaks(now);
  }

  /** Nothing arrives, whatever the browser says. */
  handleSilence(now: number): void {
    if (!this.wasConnected) return;
    this.silent ??= now;
    this.breaks(now);
  }

  /** Something arrives again. */
  handleHeard(now: number): void {
    this.silent = null;
    this.settle(now);
  }

  /** `dtlsClosed`: whatever path is found, nothing will be sent over it. */
  handleFailed(now: number, dtlsClosed: boolean): void {
    this.failed ??= now;
    this.breaks(now);
    this.closed ||= dtlsClosed && this.wasConnected;
  }

  /** ICE is restarted, by whichever end, or the partner has been asked to. */
  handleRestart(now: number): void {
    this.restarted = now;
    this.restarts += 1;
    this.tried = true;
    this.sign = null;
  }

  wantsRestart(now: number): boolean {
    const due = this.restartDue();
    return due !== null && now >= due;
  }

  isHopeless(now: number): boolean {
    return this.since !== null && (this.closed || now >= this.since + this.limit());
  }

  /** When something is due, or null. */
  pollTimeout(): number | null {
    if (this.since === null) return null;
    return Math.min(this.restartDue() ?? Infinity, this.since + this.limit());
  }

  private breaks(now: number): void {
    if (this.since !== null) return;
    this.since = now;
    // The partner may have noticed first.
    this.tried = this.restarted !== null && this.healed !== null && this.restarted > this.healed;
    if (this.healed === null || now - this.healed < kCalmMs) return;
    this.restarted = null;
    this.restarts = 0;
  }

  private settle(now: number): void {
    if (this.interrupted !== null || this.silent !== null || this.failed !== null) return;
    if (this.since !== null || this.healed === null) this.healed = now;
    this.since = this.sign = null;
  }

  private restartDue(): number | null {
    if (this.since === null || !this.wasConnected) return null;
    if (this.sign !== null) return Math.max(this.sign, (this.restarted ?? -Infinity) + kSignAgainMs) + this.patience;
    const first = Math.min((this.interrupted ?? Infinity) + kShakyMs, this.silent ?? Infinity, this.failed ?? Infinity);
    // Checks that run by a restart take its failure back, not its cause.
    const due = first === Infinity ? this.since : first;
    return Math.max(due, this.restarted === null ? due : this.restarted + this.pause()) + this.patience;
  }

  /** After the last restart. */
  private pause(): number {
    if (this.tried) return kRestartAgainMs;
    return Math.min(kRestartAgainMs, kFlappingMs * 2 ** (this.restarts - 1));
  }

  private limit(): number {
    return this.wasConnected ? kGiveUpMs : kNeverMs;
  }
}
