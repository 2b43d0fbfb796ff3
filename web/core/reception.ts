// What this end asks its partner for: no better picture than this device can decode. The partner's own ladder does as it is asked.

import { kBusyMs, kFirstStep, kSteps, kStill, stepWithin } from './ladder.ts';
import { Stairs, type Second } from './stairs.ts';

export interface Arrival {
  height: number;
  /** Pictures a second that came. */
  fps: number;
  /** Milliseconds that one took; null where none was decoded. */
  decodeMs: number | null;
  /** Decoded by a part of its own, which has several in work at once: how long one took says nothing of how busy it is. */
  hardware: boolean;
  /** Of those that came: 0 to 1. */
  dropped: number;
}

/** A decoder that is busy for more of a picture's time than this leaves too little to the rest of the call. */
export const kBusyDecoderShare = 0.6;
/** Dropped pictures say that a device is slow where its decoder is busy as well: a page out of sight drops them too. */
export const kDroppedPart = 0.25;
const kBusyWhereDropped = 0.25;
const kRoomyShare = 0.3;

export class Reception {
  private readonly stairs = new Stairs(0, kStill - 1);
  private fellAt = -Infinity;

  /** The best that is asked for: 0 is whatever the partner can send. */
  get most(): number {
    return this.stairs.step;
  }

  /** When it was first seen, of the last time, that less had to be asked for. */
  get seenAt(): number | null {
    return this.stairs.fellFrom;
  }

  /** What was learnt of the last seconds is of something else. */
  forget(): void {
    this.stairs.forget();
  }

  handle(now: number, arrival: Arrival | null): number {
    const before = this.most;
    this.stairs.handle(now, arrival ? judge(before, arrival) : { trouble: 'none', roomy: false });
    if (this.most > before) this.fellAt = now;
    return this.most;
  }

  /** The device has too much to decode, or is spared more than usual because it had. */
  isBusy(now: number): boolean {
    return this.most > kFirstStep || (this.most > 0 && now - this.fellAt < kBusyMs);
  }
}

function judge(most: number, arrival: Arrival): Second {
  // Heights between two steps come of other cameras and of browsers that make a picture smaller by themselves.
  const at = Math.max(most, stepWithin({ height: arrival.height, fps: kSteps[0]!.fps }));
  const share = arrival.decodeMs === null ? 0 : (arrival.decodeMs * arrival.fps) / 1_000;
  const isDropping = arrival.dropped >= kDroppedPart && share >= kBusyWhereDropped;
  if (isDropping || (!arrival.hardware && share >= kBusyDecoderShare)) return { trouble: 'some', to: Math.min(at, kStill - 2) + 1, roomy: false };
  const isFull = most > 0 && arrival.height >= 0.9 * kSteps[most]!.height;
  return { trouble: 'none', roomy: isFull && (arrival.hardware || costPart(most) * share <= kRoomyShare) };
}

/** How much more the step above costs. */
function costPart(at: number): number {
  const [next, step] = [kSteps[at - 1]!, kSteps[at]!];
  return (next.height ** 2 * next.fps) / (step.height ** 2 * step.fps);
}
