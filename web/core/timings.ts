// When what happened in a meeting and in its call: for a developer, and for the curious.

import type { RestartReason } from './peer.ts';

/** Moments of the newest meeting, on the clock's milliseconds; null for what has not happened. */
export interface Timings {
  matched: number | null;
  accept: number | null;
  accepted: number | null;
  local: number | null;
  remote: number | null;
  connected: number | null;
  control: number | null;
  relay_released: number | null;
  /** The first of the partner's pictures, as the page says (`noteFrame`). */
  frame: number | null;
  ended: number | null;
}

/** When a restart of ICE began, on the clock's milliseconds, and why. */
export interface Restart {
  at: number;
  why: RestartReason;
}

export function noTimings(): Timings {
  const none = { matched: null, accept: null, accepted: null, local: null, remote: null, connected: null };
  return { ...none, control: null, relay_released: null, frame: null, ended: null };
}
