// The STUN and TURN servers of one call. A relay's credentials serve for ten minutes, and ICE may have to be restarted later.

import { toRtcServers } from './bodies.ts';
import type { Clock } from './ports.ts';
import type { IceServer } from './protocol.ts';

/** Credentials are taken for good this long. */
export const kServersFreshMs = 540_000;
/** The server has this long to name new ones. */
export const kServersMs = 2_000;

export class Servers {
  list: RTCIceServer[] = [];

  private readonly clock: Clock;
  private readonly ask: () => boolean;
  private since = 0;
  private done: () => void = () => {};

  /** `ask` asks the server for new ones, if it is there. */
  constructor(clock: Clock, ask: () => boolean) {
    this.clock = clock;
    this.ask = ask;
  }

  take(servers: readonly IceServer[]): void {
    this.list = toRtcServers(servers);
    this.since = this.clock.now();
    this.done();
  }

  /**
   * Resolves when the credentials are good; without an answer the old ones must do.
   * `doubted`: what broke had a relay, which may be gone; the server then names another.
   */
  async freshen({ doubted = false } = {}): Promise<void> {
    if (!doubted && this.clock.now() < this.since + kServersFreshMs) return;
    const answered = new Promise<void>((done) => (this.done = done));
    const cancel = this.clock.after(kServersMs, () => this.done());
    if (this.ask()) await answered;
    cancel();
  }
}
