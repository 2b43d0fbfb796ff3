// One tab's session with the server: greets it, comes back after a loss with proof of being the same tab, and carries the
// bodies of the call that is up so that each arrives once and in order. What the messages mean is not known here.
//
//   idle → connecting → open → (lost) waiting → connecting → …   and   closed, from which nothing leads back.

import { Backoff } from './backoff.ts';
import { toBase64url } from './bytes.ts';
import { kUnreadable, Ledger } from './ledger.ts';
import { Inbox, Outbox, type Letter } from './mail.ts';
import type { Cancel, Chance, Clock, CryptoPort, Socket } from './ports.ts';
import { makeTabKey, type TabKey } from './proof.ts';
import { kDeviceBytesMax, kDeviceBytesMin, kVersion, parseServerMessage, type ClientMessage, type ServerMessage, type Welcome } from './protocol.ts';
import type { RelayPorts } from './relays.ts';

/** A connection on which nothing was heard for this long is asked whether it lives, */
export const kPingMs = 20_000;
/** and up to this much sooner, so that many pages do not ask at once. */
export const kPingJitterMs = 4_000;
/** A server that says nothing for this long after a ping is taken for lost, */
export const kPongMs = 8_000;
/** and after a sign that the connection may be dead already, for this long. */
export const kCheckMs = 2_500;
/** Signs come several at a time: a server that is away is asked no sooner than this after the last attempt began. */
export const kSignGapMs = 1_000;
export const kGreetingMs = 10_000;
/**
 * While a call waits for a server that is away it is asked whether it is there about this often, more or less by half: by HTTP, since a
 * browser puts off a WebSocket the longer the more of them have failed (Firefox, 153);
 */
export const kKnockMs = 1_500;
/** at most so many times: some five minutes, for which the server keeps a call whose member it does not hear. */
export const kKnocksMax = 200;
/** What a connection takes to come about at most, where the server answers what was asked later. */
export const kSlowMs = 2_000;
/** A connection that stood this long starts the come-back list again from its first entry. */
export const kSteadyMs = 5_000;
/** Questions that are kept in mind, of a server that says everything but their answers. */
export const kPingsMax = 32;
/** Messages that wait for the next connection. */
export const kPostsMax = 16;
/** After too many refused messages. */
const kRefusedSeconds = 30;
const kQueueFullMs = 2_000;
const kSkippedMs = 200;

export interface SessionPorts extends Pick<RelayPorts, 'timeRelay'> {
  crypto: CryptoPort;
  clock: Clock;
  chance: Chance;
  /** `location.host`: the authority the proof is bound to. */
  host: string;
  /**
   * The token this page keeps on its device, 16 to 32 bytes, asked for at every greeting. Null, or a token of another size: a
   * device the server has not seen before.
   */
  device?: () => Uint8Array | null;
  openSocket(): Socket;
}

/**
 * What makes a connection doubtful that nobody has closed. `seen`: the page is in view again. `woken`: it was frozen, or the device
 * slept. `online`, `network`: the device is on a network again, or on another. `path`: the way to the partner has broken.
 */
export type Sign = 'seen' | 'woken' | 'online' | 'network' | 'path';

export type ClosedWhy = 'elsewhere' | 'version' | 'stopped';

export type SessionEvent =
  | { type: 'up'; welcome: Welcome; resumed: boolean }
  /** Once for each loss, and for a first connection that does not come about. `renewing`: not lost but given up, for a new session. */
  | { type: 'down'; renewing: boolean }
  | { type: 'closed'; why: ClosedWhy }
  /** Everything that is not the session's own business; `relay` only when it is new and in order. */
  | { type: 'message'; message: ServerMessage };

export type SessionState = 'idle' | 'connecting' | 'open' | 'waiting' | 'closed';

export class Session {
  state: SessionState = 'idle';
  session = '';
  epoch = '';
  /** How often this tab came back as the same session. */
  resumed = 0;
  onEvent: (event: SessionEvent) => void = () => {};
  /** Every message as it crosses, for the page's debug object and for tests. */
  onTraffic: (way: 'in' | 'out', text: string) => void = () => {};

  /** What crossed, as the server counts it. */
  readonly ledger = new Ledger();

  private readonly ports: SessionPorts;
  private readonly isWaitedFor: () => boolean;
  private readonly backoff: Backoff;
  private key: Promise<TabKey> | null = null;
  private token: string | null = null;
  /** What this session named when it was new: the server knows it by that until it ends. */
  private device: string | null = null;
  private socket: Socket | null = null;
  /** The server does not want to be asked before, on the clock. */
  private notBefore = 0;
  /**
   * Questions the server has not answered yet, the oldest first: it answers in order, so that what it said to an old one says nothing
   * of a newer. `by`, on the clock: null once something else was heard.
   */
  private pings: { by: number | null; sign: boolean }[] = [];
  private triedAt = 0;
  private retryAt = 0;
  /** `down` has been told, of a connection that was lost or never came about. */
  private lossTold = false;
  private posts: ClientMessage[] = [];
  /** `held`: nothing goes out for now; `again`: everything kept is to be sent again, to a new life of the server. */
  private mail: { call: string; out: Outbox; in: Inbox; held: boolean; again: boolean } | null = null;
  private gapAt = '';
  private cancelRetry: Cancel = () => {};
  private cancelGreeting: Cancel = () => {};
  private cancelPing: Cancel = () => {};
  private cancelSteady: Cancel = () => {};
  private cancelKnock: Cancel = () => {};
  /** Of this loss's. */
  private knocks = 0;
  private cancelResend: Cancel = () => {};

  /** `isWaitedFor`: a call has no path, and without the server none can be found. */
  constructor(ports: SessionPorts, isWaitedFor = (): boolean => false) {
    this.ports = ports;
    this.isWaitedFor = isWaitedFor;
    this.backoff = new Backoff(ports.chance);
  }

  start(): void {
    if (this.state !== 'idle') return;
    this.key = makeTabKey(this.ports.crypto);
    this.connect();
  }

  /** Ends the session for good. */
  stop(): void {
    this.finish('stopped');
  }

  /** The page's token is another than the one this session is known by. */
  deviceChanged(): boolean {
    return this.token !== null && this.device !== this.readDevice();
  }

  /** Ends this session and begins another in its place. What it had, a call included, is left to the server to end. */
  renew(): void {
    if (this.state === 'idle' || this.state === 'closed') return;
    const wasOpen = this.state === 'open';
    this.release();
    this.endCall();
    this.forgetToken();
    this.lossTold = false;
    if (wasOpen) this.onEvent({ type: 'down', renewing: true });
    if (this.ports.clock.now() < this.notBefore) this.comeBack();
    else this.connect();
  }

  /** False when there is no connection: nothing is kept. */
  send(message: ClientMessage): boolean {
    if (this.state !== 'open' || !this.socket) return false;
    this.write(message);
    return true;
  }

  /** Sends now or, when the server is away, as soon as this same session is back. */
  post(message: ClientMessage): void {
    if (!this.send(message) && this.posts.length < kPostsMax) this.posts.push(message);
  }

  /** From here on bodies belong to this call; what an earlier call still had is forgotten. */
  beginCall(call: string): void {
    if (this.mail?.call === call) return;
    this.endCall();
    this.mail = { call, out: new Outbox(), in: new Inbox(), held: false, again: false };
  }

  endCall(): void {
    this.mail = null;
    this.cancelResend();
  }

  /** What `relay` is given goes out at once. */
  get carries(): boolean {
    return this.state === 'open' && this.mail?.held === false;
  }

  /** Hands a body to the server, now or when it is back. */
  relay(body: string): number | null {
    if (!this.mail) return null;
    const letter = this.mail.out.add(body);
    if (this.carries) this.writeLetter(letter);
    return letter.id;
  }

  /** Asks at once whether the server is still there; nothing hangs on how soon it answers. */
  ask(): void {
    if (this.state === 'open') this.ping(kPongMs);
  }

  /**
   * After a sign that a connection which looks open may carry nothing: left, and made anew at once, unless something is heard soon. A
   * server that is away is asked again at once, but not before a time that it has named. No sign gives what runs already more time.
   */
  check(sign: Sign = 'seen'): void {
    if (this.state === 'open') this.ping(kCheckMs, true);
    // What was begun before the device slept leads nowhere any more.
    else if (this.state === 'connecting' && sign === 'woken') this.lose(true);
    else if (this.state === 'waiting') this.comeBackSoon();
  }

  /** Loses the connection as a failing network would, and comes back. */
  drop(): void {
    if (this.socket) this.lose();
  }

  private connect(): void {
    this.cancelRetry();
    this.state = 'connecting';
    this.triedAt = this.ports.clock.now();
    const socket = this.ports.openSocket();
    this.socket = socket;
    this.ledger.begin();
    socket.onmessage = (event) => {
      if (this.socket === socket && typeof event.data === 'string') this.handleText(event.data);
    };
    socket.onclose = (event) => {
      if (this.socket === socket) this.handleClose(event.code);
    };
    this.cancelGreeting = this.ports.clock.after(kGreetingMs, () => this.lose());
  }

  private handleText(text: string): void {
    this.onTraffic('in', text);
    const message = parseServerMessage(text);
    if (this.state === 'open') this.hear(message?.type ?? null);
    this.ledger.count('out', message?.type ?? kUnreadable, text);
    if (!message) return;
    switch (message.type) {
      case 'challenge':
        void this.greet(message.nonce);
        return;
      case 'welcome':
        this.handleWelcome(message);
        return;
      case 'token':
        this.token = message.resume;
        return;
      case 'relay':
        this.handleRelay(message);
        return;
      case 'ack':
        if (message.call === this.mail?.call) this.mail.out.handleAck(message.id);
        return;
      case 'accepted':
        if (message.call === this.mail?.call) this.mail.in.handleAccepted(this.epoch);
        break;
      case 'back':
        if (message.call === this.mail?.call) this.resend();
        break;
      case 'error':
        if (this.handleError(message)) return;
        break;
      default:
    }
    if (this.state === 'open') this.onEvent({ type: 'message', message });
  }

  private async greet(nonce: string): Promise<void> {
    const socket = this.socket;
    const key = await this.key!;
    const token = this.token;
    const device = this.readDevice();
    const hello: ClientMessage = { type: 'hello', version: kVersion, key: key.publicKey, ...(device === null ? {} : { device }) };
    if (token === null) {
      this.device = device;
    } else {
      const proof = await key.prove(this.ports.host, nonce, token);
      if (proof === null) return;
      Object.assign(hello, { resume: token, proof, have: this.mail?.in.have() ?? null });
    }
    if (this.socket === socket && this.state === 'connecting') this.write(hello);
  }

  private readDevice(): string | null {
    const device = deviceOf(this.ports);
    const fits = device !== null && device.length >= kDeviceBytesMin && device.length <= kDeviceBytesMax;
    return fits ? toBase64url(device) : null;
  }

  private handleWelcome(welcome: Welcome): void {
    if (this.state !== 'connecting') return;
    this.cancelGreeting();
    const sameEpoch = this.epoch === welcome.epoch;
    this.state = 'open';
    this.ledger.settle(welcome.resumed && sameEpoch);
    this.token = welcome.resume;
    this.session = welcome.session;
    this.epoch = welcome.epoch;
    this.notBefore = 0;
    this.knocks = 0;
    this.cancelKnock();
    this.lossTold = false;
    if (welcome.resumed) this.resumed += 1;
    this.watch();
    this.cancelSteady = this.ports.clock.after(kSteadyMs, () => this.backoff.reset());
    const posts = welcome.resumed ? this.posts : [];
    this.posts = [];
    for (const message of posts) this.write(message);
    this.takeUpCall(welcome, sameEpoch);
    this.onEvent({ type: 'up', welcome, resumed: welcome.resumed });
  }

  /** A call that exists for one member only (`half`) takes no bodies yet: `back` says when it does. */
  private takeUpCall(welcome: Welcome, sameEpoch: boolean): void {
    if (!this.mail) return;
    if (!welcome.resumed || welcome.call?.call !== this.mail.call) {
      this.mail.held = true;
      return;
    }
    this.mail.again ||= !sameEpoch;
    this.mail.held = welcome.call.state === 'half';
    if (!this.mail.held) this.resend();
  }

  private resend(): void {
    this.cancelResend();
    if (!this.mail || this.state !== 'open') return;
    const letters = this.mail.out.toResend(this.mail.again);
    this.mail.held = this.mail.again = false;
    for (const letter of letters) this.writeLetter(letter);
  }

  private handleRelay(relay: Extract<ServerMessage, { type: 'relay' }>): void {
    if (this.state !== 'open' || relay.call !== this.mail?.call) return;
    const incoming = this.mail.in.handleRelay(relay, this.epoch);
    if (this.mail.in.isTimeToTell()) this.ping(kPongMs);
    if (incoming === 'new') this.onEvent({ type: 'message', message: relay });
    if (incoming !== 'gap') return;
    // Something was lost on the way: coming back with `have` fetches it. Once for each place, so as not to go round in circles.
    const at = `${relay.epoch} ${relay.call} ${this.mail.in.have()?.seq ?? 0}`;
    if (this.gapAt === at) return;
    this.gapAt = at;
    this.lose();
  }

  /** True when the session has dealt with it. */
  private handleError(error: Extract<ServerMessage, { type: 'error' }>): boolean {
    switch (error.code) {
      case 'going_away':
      case 'server_full':
        this.stayAway(error.retry_after ?? 1);
        return false;
      case 'resume_refused':
        this.forgetToken();
        return true;
      case 'bad_version':
        this.finish('version');
        return true;
      case 'queue_full':
        this.resendLater(kQueueFullMs);
        return true;
      case 'skipped':
        // Follows a refusal of an earlier one, which may have planned the resend already.
        if (this.mail?.held === false) this.resendLater(kSkippedMs);
        return true;
      case 'rate':
        // It may have been a ping that was not read: which answer belongs to which is not known any more.
        this.pings = [];
        // Without `about` nobody can say which message was not read: it may have been a body.
        if (error.about === null || error.about === 'relay') this.resendLater((error.retry_after ?? 1) * 1_000);
        return error.about === 'relay';
      default:
        return false;
    }
  }

  private resendLater(ms: number): void {
    this.cancelResend();
    if (this.mail) this.mail.held = true;
    this.cancelResend = this.ports.clock.after(ms, () => this.resend());
  }

  private handleClose(code: number): void {
    if (code === 4002) return this.finish('elsewhere');
    if (code === 4004) return this.finish('version');
    if (code === 4001) this.forgetToken();
    // Too many of our messages were refused: something is wrong here that haste would not mend.
    if (code === 4003) this.stayAway(kRefusedSeconds);
    // A router that has forgotten the connection ends it where something is sent: after a sign that is a question.
    this.lose(this.asksForSign);
  }

  private stayAway(seconds: number): void {
    this.notBefore = Math.max(this.notBefore, this.ports.clock.now() + seconds * 1_000);
  }

  /** The server is there and does not know this session: a new one need not wait. */
  private forgetToken(): void {
    if (this.token === null) return;
    this.token = null;
    this.posts = [];
    this.backoff.reset();
  }

  /** `atOnce`: this device alone has found out, and a first new attempt need not be spread. */
  private lose(atOnce = false): void {
    const isNew = !this.lossTold;
    this.release();
    this.state = 'waiting';
    this.lossTold = true;
    if (isNew) {
      this.planKnock();
      this.onEvent({ type: 'down', renewing: false });
    }
    if (this.state !== 'waiting') return;
    if (!atOnce || this.ports.clock.now() < this.notBefore) return this.comeBack();
    this.backoff.handleTry();
    this.connect();
  }

  private comeBack(): void {
    this.state = 'waiting';
    const { clock } = this.ports;
    const atLeast = Math.max(0, this.notBefore - clock.now()) / 1_000;
    this.comeBackAt(clock.now() + this.backoff.next(atLeast));
  }

  private comeBackSoon(): void {
    const soon = Math.max(this.triedAt + kSignGapMs, this.notBefore);
    if (soon <= this.ports.clock.now()) this.connect();
    else if (soon < this.retryAt) this.comeBackAt(soon);
  }

  private comeBackAt(at: number): void {
    this.cancelRetry();
    this.retryAt = at;
    this.cancelRetry = this.ports.clock.after(Math.max(0, at - this.ports.clock.now()), () => this.connect());
  }

  private planKnock(): void {
    const { clock, chance } = this.ports;
    this.cancelKnock();
    this.cancelKnock = clock.after(kKnockMs * (0.5 + chance()), () => {
      this.planKnock();
      if (this.knocks < kKnocksMax && this.isWaitedFor()) void this.knock();
    });
  }

  private async knock(): Promise<void> {
    const { clock, timeRelay } = this.ports;
    const askedAt = clock.now();
    this.knocks += 1;
    // Null is this server itself.
    const answered = await timeRelay?.(null).catch(() => null);
    if (answered == null) return;
    // It is there: what was begun before leads nowhere, as where the first packet was lost and the next waits its time.
    if (this.state === 'connecting' && askedAt >= this.triedAt + kSlowMs) this.lose(true);
    else if (this.state === 'waiting') this.comeBackSoon();
  }

  private finish(why: ClosedWhy): void {
    if (this.state === 'closed') return;
    this.cancelKnock();
    this.release();
    this.cancelRetry();
    this.state = 'closed';
    this.token = null;
    this.onEvent({ type: 'closed', why });
  }

  private release(): void {
    const socket = this.socket;
    this.socket = null;
    this.pings = [];
    this.cancelGreeting();
    this.cancelPing();
    this.cancelSteady();
    this.cancelResend();
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private hear(what: ServerMessage['type'] | null): void {
    if (what === 'pong') this.pings.shift();
    else for (const ping of this.pings) ping.by = null;
    this.watch();
  }

  /** Until the first question that is not answered in time; without one, until the connection has been quiet for a while. */
  private watch(): void {
    const { clock, chance } = this.ports;
    this.cancelPing();
    const due = this.pings.reduce((first, { by }) => Math.min(first, by ?? Infinity), Infinity);
    if (due === Infinity) this.cancelPing = clock.after(kPingMs - chance() * kPingJitterMs, () => this.ping(kPongMs));
    else this.cancelPing = clock.after(Math.max(0, due - clock.now()), () => this.lose(this.asksForSign));
  }

  private get asksForSign(): boolean {
    return this.pings.some(({ sign }) => sign);
  }

  private ping(answerMs: number, sign = false): void {
    const have = this.mail?.in.have() ?? null;
    this.write(have ? { type: 'ping', have } : { type: 'ping' });
    this.pings.push({ by: this.ports.clock.now() + answerMs, sign });
    if (this.pings.length > kPingsMax) this.pings.shift();
    this.watch();
  }

  private writeLetter(letter: Letter): void {
    this.write({ type: 'relay', call: this.mail!.call, id: letter.id, body: letter.body });
  }

  private write(message: ClientMessage): void {
    const text = JSON.stringify(message);
    this.onTraffic('out', text);
    this.ledger.count('in', message.type, text);
    this.socket?.send(text);
  }
}

/** Where a browser forbids storage it throws at the touch: a device without a token then, not a page without a server. */
function deviceOf(ports: SessionPorts): Uint8Array | null {
  try {
    return ports.device?.() ?? null;
  } catch {
    return null;
  }
}
