// What encoding has cost a processor in this page's calls, codec by codec: what a browser says beforehand of a device is a guess.

import { kBusyShare, kFirstStep, kSteps } from './ladder.ts';

/** Of each kind of picture, such as `video/vp8`: milliseconds, for so many millions of points. */
export type CodecCosts = Map<string, Cost>;

export interface Cost {
  ms: number;
  megapoints: number;
}

export interface Encoded extends Cost {
  kind: string;
  pictures: number;
}

/** A quarter of a minute of a usual picture: less says more of what else the device did. */
export const kEnoughMegapoints = 150;
/**
 * Or so much of a processor's time. A device that is too slow for the usual picture leaves it after two looks, with some 10 to 20 pictures of it:
 * those took a slow Chromium and a slow Firefox 1.4 and 1.6 s (testing/reports).
 */
export const kEnoughMs = 1_000;

/**
 * Millions of points. Of what a picture costs a part does not grow with its points: one of 360 lines took a Firefox (153) what one of 480 took it.
 * So smaller ones than this say nothing of a codec, and those that are little larger count as so large.
 */
export const kSmallPicture = 0.15;
export const kLeastPicture = 0.2;
/** What is older than so much counts by half, and by half again. */
const kRememberedMegapoints = 8 * kEnoughMegapoints;

/**
 * Milliseconds for a million points with which an encoder is as busy as the ladder lets it be (ladder.ts), at the picture that a call begins with.
 * A codec that takes more is worth another's trial.
 */
export const kTooCostly = (1_000 * kBusyShare) / (((kSteps[kFirstStep]!.height ** 2 * 4) / 3) * kSteps[kFirstStep]!.fps * 1e-6);

export function noteCost(costs: CodecCosts, { kind, ms, megapoints, pictures }: Encoded): void {
  if (megapoints < kSmallPicture * pictures) return;
  const before = costs.get(kind) ?? { ms: 0, megapoints: 0 };
  const sum = { ms: before.ms + ms, megapoints: before.megapoints + Math.max(megapoints, kLeastPicture * pictures) };
  const part = sum.megapoints > kRememberedMegapoints ? 0.5 : 1;
  costs.set(kind, { ms: part * sum.ms, megapoints: part * sum.megapoints });
}

/** Milliseconds for a million points; null where too little was encoded to tell. */
export function costOf(costs: CodecCosts, kind: string): number | null {
  const known = costs.get(kind);
  return known && (known.megapoints >= kEnoughMegapoints || known.ms >= kEnoughMs) ? known.ms / known.megapoints : null;
}
