// A connection that broke: when ICE is restarted to mend it, when the person is asked whether to go on trying, and when it is given up.
//
// An interruption that ends by itself is left alone. One that does not is not left until the browser calls it failed: Chromium takes 15 s
// for that, and Firefox 28, after which its DTLS is closed and no restart brings anything back. Where it is known that nothing arrives
// (pulse.ts) nothing is waited for either.
//
// What no restart brings back is tried over another connection: a handshake that failed before anything was sent over the first, and DTLS that
// was closed. Firefox (153) gives a handshake up where its first packets come together with the check that ends a restart: it answers
// them by the generation before, which has no path. It closes DTLS where it has something to send and no path is left.
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
/** Whether a connection that does not come back is still wanted is asked after this, */
export const kStuckMs = 30_000;
/** and again after this, for as long as it is. */
export const kStuckAgainMs = 60_000;
/** More restarts than this in one trouble follow each other less often. */
export const kEagerRestarts = 8;
export const kSlowRestartMs = 20_000;
/** One that never was is given up after its checks have failed for this long: more addresses may be told, a relay may be asked for. */
export const kNeverMs = 8_000;
/**
 * Other connections in one trouble: so many that an end may want for itself as soon as it needs them. One that was connected once gets
 * more, as far apart as restarts are: each fails in its turn for as long as there is no path, and only the person gives up.
 */
export const kRenewalsMax = 2;

/** Why ICE is restarted. */
export type Trouble = 'disconnected' | 'silent' | 'failed';

export class Mending {
  private hasConnected = false;
  /** Since when each is so, and since when any is. */
  private interrupted: number | null = null;
  private silent: number | null = null;
  private failed: number | null = null;
  private since: number | null = null;
  /** When the person is to be asked; null once it is. */
  private askAt: number | null = null;
  /** When there was a sign, since the last restart, that the network has changed or the device has woken. */
  private sign: number | null = null;
  private restarted: number | null = null;
  private restarts = 0;
  /** Of this trouble's. */
  private tried = false;
  private healed: number | null = null;
  /** Nothing is sent over the present connection any more: this end's DTLS, or the partner's, is gone. */
  private isDead = false;
  /** This end's is. */
  private dtlsClosed = false;
  /** From then on a restart is due for that reason alone. */
  private renewalAt: number | null = null;
  /** Of this trouble's: connections that this end wanted, and all there were. */
  private renewalsWanted = 0;
  private renewals = 0;
  private renewedAt = -Infinity;
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
    if (dtlsClosed) this.handleDtlsClosed(now);
  }

  /** The next restart is to be one over another connection. */
  wantsRenewal(now: number): boolean {
    // What the partner cannot go on with is told by the partner; what is only due again is not, in a call that works by now.
    return this.renewalAt !== null && now >= this.renewalAt && (this.renewalAt === -Infinity || this.since !== null);
  }

  /** The partner cannot go on with the present one. */
  handleRenewalWanted(): void {
    this.isDead = true;
    this.renewalAt = -Infinity;
  }

  /** Whether the restart that begins now, or is asked for, is one over another connection. It is so until there is one. */
  takeRenewal(now: number): boolean {
    // The partner's restarts, which mend nothing then, would put off this end's own for good.
    this.renewalAt = this.isDead && this.wasConnected ? now + kRestartAgainMs : null;
    return this.isDead;
  }

  /** Both ends have wanted as many as they may, and more; or another so soon that it is not due. */
  renewsTooOften(now: number): boolean {
    return this.renewals >= 2 * kRenewalsMax && (!this.wasConnected || now < this.renewedAt + kRestartAgainMs / 2);
  }

  /** Another connection has taken the former's place, whoever wanted it. */
  handleRenewed(now: number): void {
    this.renewals += 1;
    this.renewedAt = now;
    this.isDead = this.dtlsClosed = false;
    this.renewalAt = null;
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

  /** Nothing can bring it back. */
  isHopeless(now: number): boolean {
    return this.since !== null && !this.wasConnected && now >= this.since + kNeverMs;
  }

  /** True once, when the person is to be asked. */
  takeStuck(now: number): boolean {
    if (this.askAt === null || now < this.askAt) return false;
    this.askAt = null;
    return true;
  }

  /** The person wants it to be tried further. */
  handleKeep(now: number): void {
    if (this.isBroken) this.askAt = now + kStuckAgainMs;
    this.handleSign(now);
  }

  /** When something is due, or null. */
  pollTimeout(): number | null {
    if (this.since === null) return null;
    return this.wasConnected ? Math.min(this.restartDue() ?? Infinity, this.askAt ?? Infinity, this.renewalAt ?? Infinity) : this.since + kNeverMs;
  }

  private handleDtlsClosed(now: number): void {
    // A browser says so again after a restart that could not help.
    if (this.dtlsClosed) return;
    this.dtlsClosed = true;
    const isSoon = this.renewalsWanted < kRenewalsMax;
    if (!isSoon && !this.wasConnected) return;
    this.renewalsWanted += 1;
    this.isDead = true;
    this.renewalAt = isSoon ? now : Math.max(now, this.renewedAt + (this.renewals > kEagerRestarts ? kSlowRestartMs : kRestartAgainMs));
  }

  private breaks(now: number): void {
    if (this.since !== null) return;
    this.since = now;
    this.askAt = this.wasConnected ? now + kStuckMs : null;
    // The partner may have noticed first: what it began is of this trouble, and gets its time.
    this.tried = this.restarted !== null && this.healed !== null && this.restarted > this.healed;
    if (this.healed === null || now - this.healed < kCalmMs) return;
    if (!this.tried) this.restarted = null;
    this.restarts = this.tried ? 1 : 0;
    this.renewalsWanted = this.renewals = 0;
  }

  private settle(now: number): void {
    if (this.interrupted !== null || this.silent !== null || this.failed !== null) return;
    if (this.since !== null || this.healed === null) this.healed = now;
    this.since = this.sign = this.askAt = null;
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
    if (this.tried) return this.restarts > kEagerRestarts ? kSlowRestartMs : kRestartAgainMs;
    return Math.min(kRestartAgainMs, kFlappingMs * 2 ** (this.restarts - 1));
  }
}
