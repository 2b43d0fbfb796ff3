// When a call's controls are shown: for a while after any sign of a person, and for as long as something holds them.
// It is told the time and asked for its next deadline, like the machines below the server's sockets.

export const kHideAfterMs = 4_000;

/** What keeps them: the keyboard's focus or a pointer on them, something open, a call that is no quiet picture. */
export type Hold = 'focus' | 'hover' | 'open' | 'waiting' | 'shaky' | 'nothing_to_see';

export class ControlsShown {
  private lastSign: number;
  private readonly holds = new Set<Hold>();

  constructor(now: number) {
    this.lastSign = now;
  }

  /** A pointer moved, a key was pressed. */
  handleSign(now: number): void {
    this.lastSign = now;
  }

  /** A finger on the picture asks for the controls, or is done with them. */
  handleTap(now: number): void {
    this.lastSign = this.shown(now) && this.holds.size === 0 ? now - kHideAfterMs : now;
  }

  /** What lets go leaves them standing for the usual while. */
  handleHold(hold: Hold, on: boolean, now: number): void {
    if (on === this.holds.has(hold)) return;
    if (on) this.holds.add(hold);
    else this.holds.delete(hold);
    this.lastSign = now;
  }

  shown(now: number): boolean {
    return this.holds.size > 0 || now - this.lastSign < kHideAfterMs;
  }

  /** When `shown` changes if nothing happens; null when it does not. */
  pollTimeout(now: number): number | null {
    return this.holds.size === 0 && this.shown(now) ? this.lastSign + kHideAfterMs : null;
  }
}
