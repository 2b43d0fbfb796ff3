// Which of the things that are wrong is said: one at a time, the gravest, long enough to be read and not again and again.

export const kHints = ['deaf', 'talking', 'silent', 'black', 'frozen', 'still', 'echo', 'slow'] as const;
/**
 * `deaf`: the partner does not hear this person · `talking`: who is muted · `silent`, `black`: the microphone, the camera give nothing ·
 * `frozen`: the camera gives no new picture · `still`: the way carries no picture · `echo`: one's own voice comes back · `slow`: this device has too much to do.
 */
export type Hint = (typeof kHints)[number];

/** Read in this time, be it over or not. */
export const kReadMs = 4_000;
/** What nobody can do much about is said for so long, and then not for a while. */
export const kPassingMs = 12_000;
export const kAgainMs = 180_000;

const kPassing: ReadonlySet<Hint> = new Set(['echo', 'slow', 'still']);

export class Hints {
  private shown: { hint: Hint; since: number } | null = null;
  private readonly notBefore = new Map<Hint, number>();

  /** What is to be shown now, or null. */
  handle(now: number, found: ReadonlySet<Hint>): Hint | null {
    const { shown } = this;
    if (shown && now - shown.since < kReadMs) return shown.hint;
    if (shown && kPassing.has(shown.hint) && now - shown.since >= kPassingMs) this.hush(shown.hint, now);
    const hint = kHints.find((each) => found.has(each) && now >= (this.notBefore.get(each) ?? -Infinity)) ?? null;
    if (hint !== shown?.hint) this.shown = hint && { hint, since: now };
    return hint;
  }

  /** The person has read it. */
  close(now: number): void {
    if (!this.shown) return;
    this.hush(this.shown.hint, now);
    this.shown = null;
  }

  private hush(hint: Hint, now: number): void {
    this.notBefore.set(hint, now + kAgainMs);
  }
}
