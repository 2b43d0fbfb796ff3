// The two data channels of a call (docs/protocol.md, "On the data channels"): what is said on them, what is read from them, and the
// last word before they close.

import { parseControl, type Body, type Control } from './bodies.ts';
import { parseCodeMessage } from './code_run.ts';
import type { Clock } from './ports.ts';
import { kChatLettersMax } from './protocol.ts';
import { parseJson } from './shape.ts';

export const kControlLettersMax = 4_096;
/** A body has a description in it. Some browsers take no longer message than 16 KiB. */
export const kBodyLettersMax = 16_384;
/** So many bodies are read within so long: the server, which has limits of its own, does not see them. */
export const kBodiesMax = 64;
export const kBodiesMs = 10_000;
/** Bytes that wait to be sent, past which no question is answered. */
export const kAnswersWaitingMax = 16_384;

/** How long closing waits for the last word to leave. */
export const kFarewellMs = 300;

export interface ChannelEvents {
  open(): void;
  /** Something has come, whatever it is. `roundTripMs`: when it was an answer. */
  heard(roundTripMs: number | null): void;
  control(message: Control): void;
  chat(text: string): void;
}

export class Channels {
  private readonly clock: Clock;
  private readonly events: ChannelEvents;
  private control: RTCDataChannel | null = null;
  private chat: RTCDataChannel | null = null;
  private asked = { n: 0, at: 0 };
  private bodies = { count: 0, since: -Infinity };

  constructor(clock: Clock, events: ChannelEvents) {
    this.clock = clock;
    this.events = events;
  }

  open(pc: RTCPeerConnection): void {
    this.control = pc.createDataChannel('control', { negotiated: true, id: 0, ordered: true });
    this.chat = pc.createDataChannel('chat', { negotiated: true, id: 1, ordered: true });
    this.control.onopen = () => this.events.open();
    this.control.onmessage = onText((text) => this.handleControl(text));
    this.chat.onmessage = onText((text) => {
      this.events.heard(null);
      if (isChat(text)) this.events.chat(text);
    });
  }

  say(message: Control): boolean {
    return send(this.control, JSON.stringify(message));
  }

  /** False where it is too long, or the channel does not take it. */
  sayBody(body: Body): boolean {
    const text = JSON.stringify({ kind: 'body', body });
    return text.length <= kBodyLettersMax && send(this.control, text);
  }

  /** Asks for a sign of life. False when the question could not be sent. */
  ask(): boolean {
    const question = { n: this.asked.n + 1, at: this.clock.now() };
    const isSent = this.say({ kind: 'ping', n: question.n });
    if (isSent) this.asked = question;
    return isSent;
  }

  sendChat(text: string): boolean {
    return isChat(text) && send(this.chat, text);
  }

  /** Closes the connection once what was said has left, or has had time to. */
  closeWhenSent(pc: RTCPeerConnection, latest = this.clock.now() + kFarewellMs): void {
    // An empty buffer means sent, not received: one more round leaves time for a first retransmission.
    const last = !this.control || this.control.bufferedAmount === 0 || this.clock.now() >= latest;
    this.clock.after(last ? 100 : 20, () => (last ? pc.close() : this.closeWhenSent(pc, latest)));
  }

  private read(text: string): Control | null {
    const message = text.length <= kBodyLettersMax ? (parseControl(text) ?? parseCodeMessage(parseJson(text))) : null;
    if (message?.kind === 'body') return this.mayReadBody() ? message : null;
    return text.length <= kControlLettersMax ? message : null;
  }

  private mayReadBody(): boolean {
    const now = this.clock.now();
    if (now - this.bodies.since >= kBodiesMs) this.bodies = { count: 0, since: now };
    this.bodies.count += 1;
    return this.bodies.count <= kBodiesMax;
  }

  /** Whoever asks faster than answers leave is not answered: what waits to be sent would only grow. */
  private answer(n: number): void {
    if (this.control!.bufferedAmount <= kAnswersWaitingMax) this.say({ kind: 'pong', n });
  }

  private handleControl(text: string): void {
    const message = this.read(text);
    const isAnswer = message?.kind === 'pong' && message.n === this.asked.n;
    this.events.heard(isAnswer ? this.clock.now() - this.asked.at : null);
    if (message?.kind === 'ping') this.answer(message.n);
    else if (message && message.kind !== 'pong') this.events.control(message);
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
