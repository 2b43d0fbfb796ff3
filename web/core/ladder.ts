// How good a picture this end sends: one ladder from 720 lines to a sound with a still picture. What encoder, camera and network did in
// the last second goes in, the step to send at comes out. Sound comes first: the picture yields before it.
//
// What every browser measures decides: the time an encoder takes, and the pictures that went out against those the camera should give.
// What only some browsers say (why a picture is limited, how busy the processor is) makes it go down sooner, and never alone: Chromium
// (156) does not say `cpu` even where 8 pictures a second are left of 30. Where one says that the device is short of time, that alone keeps
// it from going up; where it says that the way is, pictures that are missing are no sign of a slow device whose encoding is cheap.

import { Stairs, type Second } from './stairs.ts';

export interface Step {
  /** Lines of the picture, at most; 0: it stands still. */
  readonly height: number;
  readonly fps: number;
  /** Of the picture alone, bits a second. */
  readonly bitrate: number;
  /** What a way must let through for it, everything included. */
  readonly needs: number;
}

export const kSteps: readonly Step[] = [
  { height: 720, fps: 30, bitrate: 1_500_000, needs: 1_000_000 },
  { height: 480, fps: 30, bitrate: 900_000, needs: 500_000 },
  { height: 360, fps: 30, bitrate: 500_000, needs: 300_000 },
  { height: 270, fps: 20, bitrate: 250_000, needs: 180_000 },
  { height: 180, fps: 20, bitrate: 130_000, needs: 60_000 },
  { height: 0, fps: 0, bitrate: 0, needs: 0 },
];

/** Of a screen at each step: what is read wants every line, and few pictures. */
const kScreenHeights = [1_080, 1_080, 1_080, 1_080, 720, 0];
const kScreenFps = [15, 15, 10, 5, 3, 0];
const kScreenSteps: readonly Step[] = kSteps.map((step, at) => ({ ...step, height: kScreenHeights[at]!, fps: kScreenFps[at]! }));

/** More than this somebody does not want. */
export type Most = Pick<Step, 'height' | 'fps'>;

/** What goes out on each step. */
function stepsSent(screen: boolean, most: Most | null): readonly Step[] {
  const steps = screen ? kScreenSteps : kSteps;
  if (!most) return steps;
  // A screen of fewer lines than its own steps have cannot be read: whoever wants less of it gets fewer pictures.
  return steps.map((step) => ({ ...step, height: screen ? step.height : Math.min(step.height, most.height), fps: Math.min(step.fps, most.fps) }));
}

export const kStill = kSteps.length - 1;
/** What every camera has and the first second's way can carry. */
export const kFirstStep = 1;

/** An encoder that is busy for more of a picture's time than this leaves too little to the rest of the call. */
export const kBusyShare = 0.6;
/** The same, where the browser says as well that the processor is short, and where pictures are missing. */
const kBusyShareHinted = 0.4;
const kBusyShareShort = 0.25;
/** A step up has to leave this much. */
const kRoomyShare = 0.45;
/** Fewer pictures than this part of what should go out are missed. */
const kShortPart = 0.7;
const kSeverePart = 0.4;
/** And on the last step that moves: what stands still does so for a minute, which is worse than a few pictures a second. */
export const kLastPart = 0.2;
/** Of all packets. */
export const kLossHigh = 0.1;
const kLossLow = 0.03;
/** So much more than it needs a way has to have before a step up. */
const kSpare = 1.2;
/** A browser begins with a cautious guess of what a way carries, and takes so long to find out. */
export const kGuessMs = 8_000;
/** So long a device that has just had too much to do is still said to be busy, though what it does since is the usual. */
export const kBusyMs = 20_000;

export interface Signals {
  /** Milliseconds that one picture took to be encoded; null where none was. */
  encodeMs: number | null;
  /** Encoded by a part of its own, which may take its time. */
  hardware: boolean;
  /** Pictures a second: sent, given by the camera, and what the camera should give. Null without a camera, or while it begins. */
  sent: number | null;
  camera: number | null;
  nominal: number | null;
  /** A screen is shared: it gives a picture when something on it changes. */
  screen: boolean;
  /** What the browser believes gets through, bits a second, sound included. */
  available: number | null;
  /** Of the packets, as the partner counts them: 0 to 1. */
  loss: number | null;
  /** Hints. */
  limitedBy: 'cpu' | 'bandwidth' | null;
  pressed: boolean;
}

export const kNoSignals: Signals = {
  encodeMs: null,
  hardware: false,
  sent: null,
  camera: null,
  nominal: null,
  screen: false,
  available: null,
  loss: null,
  limitedBy: null,
  pressed: false,
};

/** Why no better picture is sent. `choice`: this person's own word; `relay`: the operator's. */
export type Why = 'device' | 'network' | 'partner' | 'choice' | 'relay';
/** Those whose word counts whatever is measured. */
export type Voice = 'partner' | 'choice' | 'relay';

export class Ladder {
  private readonly stairs = new Stairs(kFirstStep, kStill);
  private readonly ceilings = new Map<Voice, number>();
  private fellFor: 'device' | 'network' | null = null;
  private fellAt = -Infinity;
  private since: number | null = null;
  private most: Most | null = null;

  get step(): number {
    return this.stairs.step;
  }

  /** What goes out now, at most. */
  sent(screen: boolean): Step {
    return stepsSent(screen, this.most)[this.step]!;
  }

  /** Null on the best step. */
  get why(): Why | null {
    const [voice] = [...this.ceilings].find(([, step]) => step > 0 && step === this.step) ?? [];
    if (this.step === 0) return null;
    return voice ?? this.fellFor;
  }

  /** The device has too much to do, or does less than usual because it had. */
  isBusy(now: number): boolean {
    return this.fellFor === 'device' && (this.step > kFirstStep || now - this.fellAt < kBusyMs);
  }

  /** When what led to the last step down was first seen. */
  get seenAt(): number | null {
    return this.stairs.fellFrom;
  }

  /** What is sent, by whoever's word, is no more than the way carries; `relay`: no more than the operator lets through one. */
  get narrow(): 'network' | 'relay' | null {
    if (this.step > 0 && this.ceilings.get('relay') === this.step) return 'relay';
    return this.fellFor === 'network' ? 'network' : null;
  }

  handle(now: number, signals: Signals): number {
    this.since ??= now;
    const before = this.step;
    const steps = stepsSent(signals.screen, this.most);
    const isFresh = now - this.since < kGuessMs;
    // A browser that does not know yet what gets through may have nothing encoded at all.
    const device = isFresh && signals.encodeMs === null ? kEasy : strain(steps, this.step, signals);
    const network = isFresh && !isTiny(signals) ? kEasy : narrowness(this.step, signals);
    const to = Math.max(device.to, network.to);
    const trouble = worse(device.trouble, network.trouble);
    this.stairs.handle(now, { trouble, to, roomy: trouble === 'none' && this.step > this.ceiling && isRoomy(steps, this.step, signals) });
    if (this.step > before) {
      this.fellFor = network.to >= device.to && network.trouble !== 'none' ? 'network' : 'device';
      this.fellAt = now;
    }
    if (this.step === 0) this.fellFor = null;
    return this.step;
  }

  /** No better than this step from now on; null takes the word back. */
  keepBelow(now: number, voice: Voice, step: number | null): number {
    if (step === null) this.ceilings.delete(voice);
    else this.ceilings.set(voice, step);
    const before = this.step;
    this.stairs.keepBelow(now, this.ceiling);
    // What was in the way before is not what keeps it here.
    if (this.step > before) this.fellFor = null;
    return this.step;
  }

  /** The partner wants no more than this; null takes it back. */
  keepWithin(now: number, most: Most | null): number {
    this.most = most;
    return this.keepBelow(now, 'partner', most && stepWithin(most));
  }

  /** The way is another: what gets through it is not known yet. */
  handleWay(now: number): void {
    this.since = now;
    this.stairs.forget();
  }

  /** Nothing comes over the way: what goes out then says nothing of the device, nor of what a way carries. */
  handleSilence(): void {
    this.stairs.forget();
  }

  /** Another picture is sent, or none: what gets through is known of what was tried. */
  handlePicture(now: number): void {
    this.handleWay(now);
  }

  private get ceiling(): number {
    return Math.max(0, ...this.ceilings.values());
  }
}

/** The best step for what somebody asked for, by its lines: fewer pictures, or lines than the lowest step has, can be sent on any. */
export function stepWithin(most: Most): number {
  if (most.height === 0 || most.fps === 0) return kStill;
  return Math.min(kSteps.findIndex(({ height }) => height <= most.height), kStill - 1);
}

/** The best step whose picture takes no more than this, bits a second. */
export function stepFor(bitrate: number): number {
  const found = kSteps.findIndex((step) => step.bitrate <= bitrate);
  return found === -1 ? kStill : found;
}

type Trouble = Second['trouble'];
interface Finding {
  trouble: Trouble;
  to: number;
}

const kEasy: Finding = { trouble: 'none', to: 0 };
const worse = (one: Trouble, other: Trouble): Trouble => {
  if (one === 'severe' || other === 'severe') return 'severe';
  return one === 'some' ? one : other;
};

/** Pictures a second that should go out. */
function wanted(step: Step, { nominal }: Signals): number {
  return Math.min(step.fps, nominal ?? step.fps);
}

/** Pictures a second that there are to encode on `step`, while those of `now` are. A screen gives one when something on it changes. */
function toEncode(step: Step, now: Step, signals: Signals): number {
  if (signals.screen) return ((signals.sent ?? 0) * step.fps) / now.fps;
  return Math.min(wanted(step, signals), signals.camera ?? Infinity);
}

/** The part of the time that encoding takes. */
function shareOf(step: Step, signals: Signals): number {
  return ((signals.encodeMs ?? 0) * toEncode(step, step, signals)) / 1_000;
}

/** What encoding takes grows with the points of a picture, and with the pictures. */
const costOf = (step: Step, now: Step, signals: Signals): number => step.height ** 2 * toEncode(step, now, signals);

function partSent(step: Step, signals: Signals): number {
  return signals.sent === null || signals.screen ? 1 : signals.sent / wanted(step, signals);
}

/** Whether this device can do what the step asks of it. */
function strain(steps: readonly Step[], at: number, signals: Signals): Finding {
  const step = steps[at]!;
  if (at === kStill || signals.sent === null) return kEasy;
  const share = shareOf(step, signals);
  const part = partSent(step, signals);
  const busy = signals.limitedBy === 'cpu' || signals.pressed ? kBusyShareHinted : kBusyShare;
  const isShort = part < kShortPart && !isStarvedOtherwise(step, signals, share);
  if (!isShort && (signals.hardware || share < busy)) return kEasy;
  if (at === kStill - 1) return isShort && part < kLastPart ? { trouble: 'some', to: kStill } : kEasy;
  const isSevere = isShort && part < kSeverePart;
  return { trouble: isSevere ? 'severe' : 'some', to: signals.hardware ? at + 1 : stepOfCost(steps, at, signals, Math.max(share, kBusyShare / Math.max(part, 0.1))) };
}

/** Pictures are missing, and not because the device is slow: the camera gives few in the dark, the encoder leaves some out for the way's sake. */
function isStarvedOtherwise(step: Step, signals: Signals, share: number): boolean {
  const { encodeMs, camera, available, limitedBy, pressed } = signals;
  const isNarrow = limitedBy === 'bandwidth' || (available !== null && available < step.bitrate);
  const isDim = camera !== null && camera < kShortPart * step.fps;
  // As if the camera gave all of them: a device that is short of time keeps its camera waiting as well.
  const whole = ((encodeMs ?? 0) * wanted(step, signals)) / 1_000;
  if (whole < kBusyShareShort) return isNarrow || isDim;
  return isDim && share < kBusyShareShort && whole < kBusyShareHinted && limitedBy !== 'cpu' && !pressed;
}

/** The best step that moves and would take no more than an easy share, as far as the cost of this one tells. */
function stepOfCost(steps: readonly Step[], at: number, signals: Signals, share: number): number {
  const now = steps[at]!;
  const most = (costOf(now, now, signals) * kRoomyShare) / share;
  const found = steps.findIndex((step, index) => index > at && costOf(step, now, signals) <= most);
  return Math.min(found === -1 ? at + 1 : found, Math.max(at + 1, kStill - 1));
}

const isTiny = ({ available }: Signals): boolean => available !== null && available < kSteps[kStill - 1]!.needs;

/** Whether the way lets through what the step asks of it. */
function narrowness(at: number, { sent, available, loss }: Signals): Finding {
  // With sound alone a browser tries no more than that takes, and believes in no more: it says nothing of a picture.
  if (at === kStill || sent === null) return kEasy;
  if (available !== null && available < kSteps[at]!.needs) {
    const to = kSteps.findIndex(({ needs }) => needs <= available);
    return { trouble: 'some', to };
  }
  // Loss alone may be a poor radio, which sends no better for being asked less: some is yielded, the picture is not.
  const isLossy = loss !== null && loss >= kLossHigh && at < kStill - 1;
  return isLossy ? { trouble: 'some', to: at + 1 } : kEasy;
}

function isRoomy(steps: readonly Step[], at: number, signals: Signals): boolean {
  if (at === 0) return false;
  const [step, next] = [steps[at]!, steps[at - 1]!];
  const { available, loss, limitedBy, pressed, screen, camera, sent, encodeMs } = signals;
  // Where nothing is sent nothing is measured, and browsers do not believe in more than was tried: this step up is a try.
  if (at === kStill) return (loss ?? 0) < kLossHigh && (available === null || kSpare * available >= next.needs);
  if ((loss ?? 0) >= kLossLow || limitedBy === 'cpu' || pressed) return false;
  if (sent === null || (available !== null && available < kSpare * next.needs)) return false;
  // A camera that gives few pictures now may give all of them soon.
  const pictures = screen ? toEncode(next, step, signals) : next.fps;
  const share = ((encodeMs ?? 0) * (next.height / step.height) ** 2 * pictures) / 1_000;
  if (!signals.hardware && share > kRoomyShare) return false;
  return screen || sent >= 0.85 * Math.min(wanted(step, signals), camera ?? step.fps);
}
