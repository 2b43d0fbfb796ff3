// What to say of a path that is interrupted: whether anybody mends it, how long that has been so, and whether it is still wanted.

import type { Standing } from '../../core/call_state.ts';
import type { ServerState } from '../../core/view.ts';

/** `stuck`: the person chooses. `alone`: the two ends find another path only through the server, and that is away too. */
export type Broken = 'begin' | 'long' | 'alone' | 'stuck';

/** Most interruptions are over by then. */
export const kLongMs = 10_000;

/** Where the server does not have both ends of the call it mends nothing either: the way out is offered at once. */
export function brokenAfter(ms: number, server: ServerState, standing: Standing, stuck: boolean): Broken {
  if (stuck) return 'stuck';
  if (server !== 'open') return 'alone';
  return standing !== 'live' || ms >= kLongMs ? 'long' : 'begin';
}
