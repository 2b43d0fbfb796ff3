// The STUN and TURN servers of one call. A relay's credentials serve for ten minutes, and ICE may have to be restarted later.

import { toRtcServers } from './bodies.ts';
import type { Clock } from './ports.ts';
import type { IceServer } from './protocol.ts';

/** Credentials are taken for good this long. */
export const kServersFreshMs = 540_000;
/** The server has this long to name new ones. */
export const kServersMs = 2_000;
/** or this, where the connection to it may be as dead as the path that is to be mended. */
export const kServersHurryMs = 500;
/** What a restart had to do without serves the next one, if that comes within this. */
export const kServersLateMs = 2_000;

/** `relayAlone`: no direct pair is tried. */
export function configurationWith(iceServers: RTCIceServer[], relayAlone: boolean, certificate: RTCCertificate): RTCConfiguration {
  return {
    iceServers,
    iceTransportPolicy: relayAlone ? 'relay' : 'all',
    bundlePolicy: 'max-bundle',
    rtcpMuxPolicy: 'require',
    // Chromium takes a later configuration only if it names the same certificate.
    certificates: [certificate],
  };
}

export class Servers {
  list: RTCIceServer[] = [];

  private readonly clock: Clock;
  private readonly ask: () => boolean;
  private since = 0;
  private lateAt = -Infinity;
  private wanting = false;
  private waiting = false;
  private done: () => void = () => {};

  /** `ask` asks the server for new ones, if it is there. */
  constructor(clock: Clock, ask: () => boolean) {
    this.clock = clock;
    this.ask = ask;
  }

  take(servers: readonly IceServer[]): void {
    this.list = toRtcServers(servers);
    this.since = this.clock.now();
    if (this.owed) this.lateAt = this.since;
    this.wanting = false;
    this.done();
  }

  /** New ones were wanted, and a restart has had to do with the old ones since. */
  get owed(): boolean {
    return this.wanting && !this.waiting;
  }

  /** Asks for what is owed: the server is back. */
  askAgain(): void {
    if (this.owed) this.ask();
  }

  /**
   * Resolves when the credentials are good; without an answer the old ones must do.
   * `doubted`: what broke had a relay, which may be gone; the server then names another. `hurry`: nothing arrives.
   */
  async freshen({ doubted = false, hurry = false } = {}): Promise<void> {
    const now = this.clock.now();
    const isLate = now < this.lateAt + kServersLateMs;
    this.lateAt = -Infinity;
    // The restart is for their sake: asked for again they would come too late for this one as well, and lead to the next.
    if (isLate || (!doubted && now < this.since + kServersFreshMs)) return;
    this.wanting = true;
    const answered = new Promise<void>((done) => (this.done = done));
    const cancel = this.clock.after(hurry ? kServersHurryMs : kServersMs, () => this.done());
    this.waiting = true;
    if (this.ask()) await answered;
    this.waiting = false;
    cancel();
  }
}
