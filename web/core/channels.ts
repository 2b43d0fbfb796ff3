// The two data channels of a call (docs/protocol.md, "On the data channels"): what is said on them, what is read from them, and the
// last word before they close.

import { parseControl, type Control } from './bodies.ts';
import type { Clock } from './ports.ts';
import { kChatLettersMax } from './protocol.ts';

const kControlLettersMax = 4_096;

export interface ChannelEvents {
  open(): void;
  control(message: Control): void;
  chat(text: string): void;
}

export class Channels {
  private readonly events: ChannelEvents;
  private control: RTCDataChannel | null = null;
  private chat: RTCDataChannel | null = null;

  constructor(events: ChannelEvents) {
    this.events = events;
  }

  open(pc: RTCPeerConnection): void {
    this.control = pc.createDataChannel('control', { negotiated: true, id: 0, ordered: true });
    this.chat = pc.createDataChannel('chat', { negotiated: true, id: 1, ordered: true });
    this.control.onopen = () => this.events.open();
    this.control.onmessage = onText((text) => this.handleControl(text));
    this.chat.onmessage = onText((text) => {
      if (isChat(text)) this.events.chat(text);
    });
  }

  say(message: Control): boolean {
    return send(this.control, JSON.stringify(message));
  }

  sendChat(text: string): boolean {
    return isChat(text) && send(this.chat, text);
  }

  /** Closes the connection once what was said has left, at `latest` (clock time) in any case. */
  closeWhenSent(clock: Clock, pc: RTCPeerConnection, latest: number): void {
    // An empty buffer means sent, not received: one more round leaves time for a first retransmission.
    const last = !this.control || this.control.bufferedAmount === 0 || clock.now() >= latest;
    clock.after(last ? 100 : 20, () => (last ? pc.close() : this.closeWhenSent(clock, pc, latest)));
  }

  private handleControl(text: string): void {
    const message = text.length <= kControlLettersMax ? parseControl(text) : null;
    if (message) this.events.control(message);
  }
}

const isChat = (text: string): boolean => text.length > 0 && text.length <= kChatLettersMax;

const onText =
  (then: (text: string) => void) =>
  ({ data }: MessageEvent<unknown>): void => {
    if (typeof data === 'string') then(data);
  };

/** Whether the channel took it. */
function send(channel: RTCDataChannel | null, text: string): boolean {
  if (channel?.readyState !== 'open') return false;
  try {
    channel.send(text);
    return true;
  } catch {
    // More is waiting than the browser takes, or the channel has closed this moment.
    return false;
  }
}
