// Going down soon and up late, without going to and fro. Where one stands is a number: 0 is the best step.
//
// A pure policy: what the last second was like goes in, the step comes out. What is good and bad is not known here.

/** What the last second was like. */
export interface Second {
  /** `severe`: waiting any longer would be felt. */
  trouble: 'none' | 'some' | 'severe';
  /** Where trouble leads; one step down at least. */
  to?: number;
  /** The step above would do as well. */
  roomy: boolean;
}

/** So long trouble lasts before it counts: every second in between is bad. */
export const kTroubleMs = 2_000;
export const kSevereMs = 1_000;
/** What is measured right after a step says more of the change than of the step. */
export const kSettleMs = 1_500;
/** So long all is well before a step up, and so far apart are two steps up. */
export const kCalmMs = 20_000;
export const kUpMs = 60_000;
/** A step that was left so soon after it was climbed was too high: the next try waits twice as long, at most this. */
export const kHeldMs = 120_000;
export const kUpMsMax = 16 * 60_000;

/** Trouble that is seen again so soon is the same one, though it was not seen in between. */
export const kSameTroubleMs = 3_000;

// Seconds are told by timers, which are not exact.
const kSlackMs = 100;

export class Stairs {
  readonly lowest: number;
  /** When the trouble that led to the last fall was first seen. */
  fellFrom: number | null = null;
  private at: number;
  /** Since when it stands here; `moved`: it came from elsewhere. */
  private since: number | null = null;
  private moved = false;
  private troubleSince: number | null = null;
  private severeSince: number | null = null;
  private calmSince: number | null = null;
  private seen: { first: number; last: number } | null = null;
  private climbed: { step: number; at: number } | null = null;
  private readonly waits: number[];

  constructor(first: number, lowest: number) {
    this.at = first;
    this.lowest = lowest;
    this.waits = Array.from({ length: lowest + 1 }, () => kUpMs);
  }

  get step(): number {
    return this.at;
  }

  handle(now: number, second: Second): number {
    this.since ??= now;
    if (this.moved && now - this.since < kSettleMs) return this.at;
    this.note(now, second);
    if (this.isTrouble(now)) this.fall(now, Math.min(this.lowest, Math.max(this.at + 1, second.to ?? 0)));
    else if (this.mayClimb(now)) this.climb(now);
    return this.at;
  }

  /** Somebody's word, not trouble: no better than this from now on, at once. Better again only step by step. */
  keepBelow(now: number, step: number): number {
    if (step > this.at) this.move(now, step);
    return this.at;
  }

  /** Another way, another camera: what was learnt of the last seconds is of something else. */
  forget(): void {
    this.troubleSince = this.severeSince = this.calmSince = this.seen = null;
  }

  /** From now on it stands here, however it got here. */
  private move(now: number, step: number): void {
    this.at = step;
    this.since = now;
    this.moved = true;
    this.forget();
  }

  private note(now: number, { trouble, roomy }: Second): void {
    const lasts = this.troubleSince !== null;
    this.troubleSince = trouble === 'none' ? null : (this.troubleSince ?? now);
    this.severeSince = trouble === 'severe' ? (this.severeSince ?? now) : null;
    if (trouble !== 'none') this.seen = { first: this.seen && (lasts || now - this.seen.last <= kSameTroubleMs) ? this.seen.first : now, last: now };
    this.calmSince = trouble === 'none' && roomy ? (this.calmSince ?? now) : null;
  }

  private isTrouble(now: number): boolean {
    const lasts = (since: number | null, ms: number): boolean => since !== null && now - since >= ms - kSlackMs;
    return this.at < this.lowest && (lasts(this.troubleSince, kTroubleMs) || lasts(this.severeSince, kSevereMs));
  }

  private mayClimb(now: number): boolean {
    if (this.at === 0 || this.calmSince === null) return false;
    return now - this.calmSince >= kCalmMs && now - this.since! >= this.waits[this.at - 1]!;
  }

  private fall(now: number, to: number): void {
    const { climbed } = this;
    if (climbed && this.at === climbed.step) {
      const held = now - climbed.at >= kHeldMs;
      this.waits[climbed.step] = held ? kUpMs : Math.min(kUpMsMax, 2 * this.waits[climbed.step]!);
    }
    this.climbed = null;
    this.fellFrom = this.seen!.first;
    this.move(now, to);
  }

  private climb(now: number): void {
    this.move(now, this.at - 1);
    this.climbed = { step: this.at, at: now };
  }
}
