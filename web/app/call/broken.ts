// What to say of a path that is interrupted: whether anybody mends it, and how long that has been so.

import type { Standing } from '../../core/call_state.ts';
import type { ServerState } from '../../core/view.ts';

/** `alone`: the two ends find another path only through the server, and that is away too. */
export type Broken = 'begin' | 'long' | 'alone';

/** Most interruptions are over by then. */
export const kLongMs = 10_000;

/** Where the server does not have both ends of the call it mends nothing either: the way out is offered at once. */
export function brokenAfter(ms: number, server: ServerState, standing: Standing): Broken {
  if (server !== 'open') return 'alone';
  return standing !== 'live' || ms >= kLongMs ? 'long' : 'begin';
}
