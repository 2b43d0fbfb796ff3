// What is said on a data channel, and the last word before it closes.

import type { Clock } from './ports.ts';

/** Whether the channel took it. */
export function send(channel: RTCDataChannel | null, text: string): boolean {
  if (channel?.readyState !== 'open') return false;
  try {
    channel.send(text);
    return true;
  } catch {
    // More is waiting than the browser takes, or the channel has closed this moment.
    return false;
  }
}

/** Closes the connection once what was said has left, at `latest` (clock time) in any case. */
export function closeWhenSent(clock: Clock, pc: RTCPeerConnection, control: RTCDataChannel, latest: number): void {
  // An empty buffer means sent, not received: one more round leaves time for a first retransmission.
  const last = control.bufferedAmount === 0 || clock.now() >= latest;
  clock.after(last ? 100 : 20, () => (last ? pc.close() : closeWhenSent(clock, pc, control, latest)));
}
