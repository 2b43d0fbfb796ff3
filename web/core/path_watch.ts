// Which way a connection goes at any time: looked at when the browser says that the pair has changed, and now and then, since not
// every browser says so.

import { readPath, samePath, type OwnPath } from './path.ts';
import type { Cancel, Clock } from './ports.ts';

export const kPathPollMs = 2_000;

export class PathWatch {
  own: OwnPath | null = null;

  private readonly clock: Clock;
  private readonly onChange: (own: OwnPath) => void;
  private stopped = false;
  private cancel: Cancel = () => {};

  constructor(clock: Clock, onChange: (own: OwnPath) => void) {
    this.clock = clock;
    this.onChange = onChange;
  }

  /** Looks at once, and from here on; may be called again. */
  watch(pc: RTCPeerConnection): void {
    const transport = pc.sctp?.transport.iceTransport;
    if (transport) transport.onselectedcandidatepairchange = () => void this.look(pc);
    this.poll(pc);
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
  }

  private poll(pc: RTCPeerConnection): void {
    this.cancel();
    if (this.stopped) return;
    this.cancel = this.clock.after(kPathPollMs, () => this.poll(pc));
    void this.look(pc);
  }

  private async look(pc: RTCPeerConnection): Promise<void> {
    const report = await pc.getStats().catch(() => null);
    const own = report ? readPath(report as unknown as Map<string, unknown>) : null;
    if (!own || this.stopped || samePath(own, this.own)) return;
    this.own = own;
    this.onChange(own);
  }
}
