// What may be wrong with a call and nobody notices by themselves: each is found by a machine of its own, from what is heard, seen and
// counted. Times are milliseconds of one clock, levels from 0 to 1 by ear (media/level.ts).

/** Speech into a microphone is louder than this; a room in which others talk is not. */
export const kSpeechLevel = 0.45;
export const kSpeechMs = 1_200;
/** So long after the last word it is said no more. */
export const kQuietMs = 6_000;

/** Somebody speaks and is muted. */
export class TalkingMuted {
  private spoken = 0;
  private last: number | null = null;
  private lastLoud: number | null = null;
  private found = false;

  handle(level: number, muted: boolean, now: number): boolean {
    const passed = this.last === null ? 0 : now - this.last;
    this.last = now;
    if (!muted) {
      this.spoken = 0;
      this.found = false;
      return false;
    }
    const loud = level >= kSpeechLevel;
    // Words have gaps between them; a door that falls shut has nothing after it.
    this.spoken = Math.max(0, this.spoken + (loud ? passed : -passed / 2));
    if (loud) this.lastLoud = now;
    if (this.spoken >= kSpeechMs) this.found = true;
    if (this.found && now - this.lastLoud! >= kQuietMs) {
      this.found = false;
      this.spoken = 0;
    }
    return this.found;
  }
}

export const kSilenceMs = 12_000;

/**
 * Nothing at all has come from a microphone since it was taken: not one sample but 0. What is suppressed as noise in a quiet room leaves something, and
 * one that was heard once works. So one whose own switch mutes it and which then sends the hiss of its converter is not found: any level that told that
 * from silence would tell people who only listen, in a quiet room, that they are not heard, and one wrong sentence of this kind is worse than none.
 */
export class SilentMicrophone {
  private since: number | null = null;
  private heard = false;

  handle(level: number, now: number): boolean {
    this.since ??= now;
    if (level > 0) this.heard = true;
    return !this.heard && now - this.since >= kSilenceMs;
  }

  /** There is nothing more to find out. */
  get works(): boolean {
    return this.heard;
  }
}

/**
 * Whether a microphone is listened to: only while there is something to find out, and not on a device that has too much to do or saves battery.
 * `works`: it was heard once. `echoes`: an echo is being listened for.
 */
export function listens({ muted, works, echoes, spared }: { muted: boolean; works: boolean; echoes: boolean; spared: boolean }): boolean {
  return !spared && (muted || !works || echoes);
}

/** Of 255. A dark room is lighter than a cover. */
export const kBlackLuma = 8;
const kLightLuma = 12;
export const kBlackMs = 4_000;

export class BlackCamera {
  private since: number | null = null;

  handle(luma: number, now: number): boolean {
    if (luma >= (this.since === null ? kBlackLuma : kLightLuma)) this.since = null;
    else this.since ??= now;
    return this.since !== null && now - this.since >= kBlackMs;
  }
}

export const kFrozenMs = 5_000;

/** A camera that gives no new picture any more, though the device still counts it as there. */
export class FrozenCamera {
  private frames: number | null = null;
  private since: number | null = null;

  /** `frames`: that the camera gave so far, null where it is not told. `due`: it is to give some now. */
  handle({ frames, due }: { frames: number | null; due: boolean }, now: number): boolean {
    const comes = frames !== this.frames;
    this.frames = frames;
    if (comes || frames === null || !due) this.since = null;
    else this.since ??= now;
    return this.since !== null && now - this.since >= kFrozenMs;
  }
}

/** How light a picture is on average, from its points: red, green, blue and opacity of each. */
export function meanLuma(points: Uint8ClampedArray): number {
  let sum = 0;
  for (let at = 0; at < points.length; at += 4) sum += 0.299 * points[at]! + 0.587 * points[at + 1]! + 0.114 * points[at + 2]!;
  return points.length === 0 ? 0 : sum / (points.length / 4);
}

export const kDeafMs = 5_000;

/** Whether this end hears what its partner sends; it is the partner who is to know. */
export class Hearing {
  private packets: number | null = null;
  private since: number | null = null;

  /** `packets`: of sound, that came so far. `due`: the partner says that their sound is on, and the path works. */
  handle({ packets, due, blocked }: { packets: number | null; due: boolean; blocked: boolean }, now: number): boolean {
    const comes = packets !== null && packets !== this.packets;
    this.packets = packets;
    if (comes || !due) this.since = null;
    else this.since ??= now;
    // What the browser does not play until it is clicked at is not heard either.
    return !(due && blocked) && (this.since === null || now - this.since < kDeafMs);
  }
}

/** One level of each side for every tick. */
export const kEchoTickMs = 50;
export const kEchoTicks = 300;
/** An echo comes back over the network and out of a loudspeaker: no sooner and no later than this. */
const kEchoFromTicks = 2;
const kEchoToTicks = 14;
export const kEchoLikeness = 0.75;
/** Sound that repeats itself is like itself at any distance: music, or a tone. */
const kRepeatFromTicks = 15;
const kRepeatToTicks = 60;
const kVarianceMin = 0.002;

/** What this end said comes back from the other: their loudspeaker is heard by their microphone. */
export class Echo {
  private readonly own: number[] = [];
  private readonly partner: number[] = [];

  /** Null until enough is heard to tell. */
  handle(own: number, partner: number): boolean | null {
    this.own.push(own);
    this.partner.push(partner);
    if (this.own.length < kEchoTicks) return null;
    const found = isEcho(this.own, this.partner);
    this.own.length = this.partner.length = 0;
    return found;
  }
}

function isEcho(own: readonly number[], partner: readonly number[]): boolean {
  if (variance(own) < kVarianceMin || variance(partner) < kVarianceMin) return false;
  if (mostLike(own, own, kRepeatFromTicks, kRepeatToTicks) >= kEchoLikeness) return false;
  return mostLike(own, partner, kEchoFromTicks, kEchoToTicks) >= kEchoLikeness;
}

/** How much `later` is like `first` so many ticks before, at best: 1 is the same. */
function mostLike(first: readonly number[], later: readonly number[], from: number, to: number): number {
  let most = -1;
  for (let lag = from; lag <= to; lag += 1) most = Math.max(most, likeness(first.slice(0, first.length - lag), later.slice(lag)));
  return most;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function variance(values: readonly number[]): number {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 2));
}

function likeness(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [mean(one), mean(other)];
  const together = mean(one.map((value, at) => (value - a) * (other[at]! - b)));
  const apart = Math.sqrt(variance(one) * variance(other));
  return apart === 0 ? 0 : together / apart;
}
