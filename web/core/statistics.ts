// What a browser counts of a connection.

import type { Clock } from './ports.ts';

export type Report = Iterable<[string, unknown]>;

/** A browser that has not counted by then is not waited for. */
export const kCountLimitMs = 1_000;

/** Null when the browser has nothing to tell, or takes too long for it. */
export function readStatistics(pc: RTCPeerConnection, clock: Clock): Promise<Report | null> {
  return new Promise((done) => {
    const cancel = clock.after(kCountLimitMs, () => done(null));
    const end = (report: Report | null): void => {
      cancel();
      done(report);
    };
    pc.getStats().then(
      (report) => end(report as unknown as Report),
      () => end(null),
    );
  });
}
