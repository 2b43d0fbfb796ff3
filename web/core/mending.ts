// A connection that broke: when ICE is restarted to mend it, and when it is given up.
//
// An interruption that ends by itself is left alone. One that does not is not left until the browser calls it failed: Chromium takes 15 s
// for that, and Firefox 28, after which its DTLS is closed and no restart brings anything back.
//
// A handshake that failed before anything was sent over the connection is tried again over another one. Firefox (153) gives DTLS up where the
// first packets of a handshake come together with the check that ends a restart: it answers them by the generation before, which has no path.
// No restart brings that back.
//
// A pure policy: what happens to the connection goes in, what is due and when comes out.

/** From the moment the browser says that nothing arrives any more, which it does after about 5 s. */
export const kShakyMs = 2_000;
/** A restart gets this long before the next. */
export const kRestartAgainMs = 8_000;
/** A connection that does not come back is given up after this, */
export const kGiveUpMs = 30_000;
/** and one that never was, after its checks have failed for this long: more addresses may be told, a relay may be asked for. */
export const kNeverMs = 8_000;
/** Connections that take the place of one whose handshake failed: so many for a call, of those that this end asks for. */
export const kRenewalsMax = 2;

export class Mending {
  private hasConnected = false;
  private since: number | null = null;
  private failed = false;
  private closed = false;
  private restarted: number | null = null;
  private renewals = 0;
  private renewalDue = false;
  /** Added where the other end sees the same and may act on it first: once is enough. */
  private patience = 0;

  /** It works, or did before it broke. */
  get wasConnected(): boolean {
    return this.hasConnected;
  }

  setPatience(ms: number): void {
    this.patience = ms;
  }

  handleConnected(): void {
    this.hasConnected = true;
    this.since = this.restarted = null;
    this.failed = false;
  }

  /** Checks run again, by either end's restart. Before the first connection nothing is broken then. */
  handleChecking(): void {
    if (!this.wasConnected) this.since = null;
    this.failed = false;
  }

  handleInterrupted(now: number): void {
    if (this.wasConnected) this.since ??= now;
  }

  /** The next restart is to be one over another connection. */
  get wantsRenewal(): boolean {
    return this.renewalDue;
  }

  /** `dtlsClosed`: whatever path is found, nothing will be sent over it. */
  handleFailed(now: number, dtlsClosed: boolean): void {
    this.since ??= now;
    this.failed = true;
    this.closed ||= dtlsClosed && this.wasConnected;
    if (!dtlsClosed || this.wasConnected || this.renewals === kRenewalsMax) return;
    this.renewals += 1;
    this.renewalDue = true;
  }

  /** The partner's handshake has failed. */
  handleRenewalWanted(): void {
    this.renewalDue = true;
  }

  /** Whether the restart that begins now, or is asked for, is one over another connection. */
  takeRenewal(): boolean {
    const due = this.renewalDue;
    this.renewalDue = false;
    return due;
  }

  /** ICE is restarted, by whichever end, or the partner has been asked to. */
  handleRestart(now: number): void {
    this.restarted = now;
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

  private restartDue(): number | null {
    if (this.since === null || !this.wasConnected) return null;
    const first = this.since + (this.failed ? 0 : kShakyMs);
    return Math.max(first, this.restarted === null ? first : this.restarted + kRestartAgainMs) + this.patience;
  }

  private limit(): number {
    return this.wasConnected ? kGiveUpMs : kNeverMs;
  }
}
