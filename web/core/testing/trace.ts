// A device, a camera and a network that behave as such do, second by second: what a ladder is tried on.

import { Ladder, kSteps, kNoSignals, type Signals, type Step } from '../ladder.ts';

export interface World {
  /** Macroblocks (16 by 16 points) that its encoder manages in a second, with nothing else to do. */
  macroblocks: number;
  /** Bits a second that the way carries. */
  rate: number;
  loss: number;
  /** Pictures a second that the camera really gives; it says that it gives 30. */
  camera: number;
  /** A browser that says what it believes the way carries, as Chromium does. */
  tells: boolean;
}

export const kGood: World = { macroblocks: 1_000_000, rate: 20_000_000, loss: 0, camera: 30, tells: true };

const kSound = 40_000; // bits a second

/** A browser's guess, which grows by half a second as long as it is not more than twice what is tried. */
export class Guess {
  private bits = 300_000;

  pass(rate: number, tried: number): number {
    this.bits = Math.min(rate, Math.max(Math.min(this.bits * 1.5, 2 * tried + 20_000), Math.min(this.bits, rate)));
    return this.bits;
  }
}

/** 0 to 1, the same at every run: measurements are never quite equal. */
export function makeChance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What a browser measures in a second at this step. */
export function measure(step: Step, world: World, guess: Guess, chance: () => number): Signals {
  const wobble = 0.95 + 0.1 * chance();
  const encodeMs = step.height === 0 ? null : ((step.height * step.height * (4 / 3)) / 256 / world.macroblocks) * 1_000 * wobble;
  const possible = encodeMs === null ? 0 : 1_000 / encodeMs;
  const available = guess.pass(world.rate * wobble, Math.min(step.bitrate, world.rate) + kSound);
  const bits = Math.min(step.bitrate, Math.max(0, available - kSound));
  // Below a tenth of what the step was made for an encoder leaves pictures out.
  const allowed = step.bitrate === 0 ? 0 : step.fps * Math.min(1, (10 * bits) / step.bitrate);
  const sent = step.height === 0 ? 0 : Math.min(step.fps, world.camera, possible * 0.95, allowed);
  const told = world.tells ? { available } : {};
  return { ...kNoSignals, encodeMs, sent, camera: world.camera, nominal: 30, loss: world.loss, ...told };
}

export interface Moment {
  at: number;
  step: number;
  sent: number;
}

/** The ladder through `seconds` of this; `worlds`: what changes, by the second in which it does. */
export function run(seconds: number, worlds: Record<number, Partial<World>>, ladder = new Ladder(), seed = 1): Moment[] {
  const [guess, chance] = [new Guess(), makeChance(seed)];
  let world = kGood;
  const moments: Moment[] = [];
  for (let second = 0; second <= seconds; second += 1) {
    const signals = measure(kSteps[ladder.step]!, world, guess, chance);
    const step = ladder.handle(second * 1_000, signals);
    moments.push({ at: second * 1_000, step, sent: signals.sent ?? 0 });
    world = { ...world, ...worlds[second] };
  }
  return moments;
}

/** Each step with the moment in which it began. */
export function changes(moments: readonly Moment[]): { at: number; step: number }[] {
  return moments.filter(({ step }, at) => at === 0 || moments[at - 1]!.step !== step).map(({ at, step }) => ({ at, step }));
}
