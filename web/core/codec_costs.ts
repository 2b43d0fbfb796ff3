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
}

/** A quarter of a minute of a usual picture: less says more of what else the device did. */
export const kEnoughMegapoints = 150;
/** What is older than so much counts by half, and by half again. */
const kRememberedMegapoints = 8 * kEnoughMegapoints;

/**
 * Milliseconds for a million points with which an encoder is as busy as the ladder lets it be (ladder.ts), at the picture that a call begins with.
 * A codec that takes more is worth another's trial.
 */
export const kTooCostly = (1_000 * kBusyShare) / (((kSteps[kFirstStep]!.height ** 2 * 4) / 3) * kSteps[kFirstStep]!.fps * 1e-6);

export function noteCost(costs: CodecCosts, { kind, ms, megapoints }: Encoded): void {
  const before = costs.get(kind) ?? { ms: 0, megapoints: 0 };
  const sum = { ms: before.ms + ms, megapoints: before.megapoints + megapoints };
  const part = sum.megapoints > kRememberedMegapoints ? 0.5 : 1;
  costs.set(kind, { ms: part * sum.ms, megapoints: part * sum.megapoints });
}

/** Milliseconds for a million points; null where too few were encoded to tell. */
export function costOf(costs: CodecCosts, kind: string): number | null {
  const known = costs.get(kind);
  return known && known.megapoints >= kEnoughMegapoints ? known.ms / known.megapoints : null;
}
