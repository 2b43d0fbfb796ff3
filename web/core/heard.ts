// How much of the partner's sound has arrived, as getStats counts it.

import { isObject } from './shape.ts';

/** Packets so far; null where no sound was ever received. */
export function readHeard(report: Iterable<[string, unknown]>): number | null {
  for (const [, entry] of report) {
    if (!isObject(entry) || entry['type'] !== 'inbound-rtp' || entry['kind'] !== 'audio') continue;
    const packets = entry['packetsReceived'];
    return typeof packets === 'number' ? packets : null;
  }
  return null;
}
