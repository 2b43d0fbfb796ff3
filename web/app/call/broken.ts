// What to say of a path that is interrupted: whether anybody mends it, and how long that has been so.

import type { ServerState } from '../../core/view.ts';

/** `alone`: the two ends find another path only through the server, and that is away too. */
export type Broken = 'begin' | 'long' | 'alone';

/** Most interruptions are over by then. */
export const kLongMs = 10_000;

export function brokenAfter(ms: number, server: ServerState): Broken {
  if (server !== 'open') return 'alone';
  return ms >= kLongMs ? 'long' : 'begin';
}
