// visavis without a page: a session, a meeting and a connection put together. A page calls the methods, reads `view`, and hears of
// what happened through `on`, or of every change through `onChange`.

import { parseBody, parseKnock, parseSealedIntro, writeKnock, writeSealedIntro, type Body } from './bodies.ts';
import { Call } from './call.ts';
import type { CallEvent, CallState, Command, Phase, TimerName } from './call_state.ts';
import { kNoCode } from './code_view.ts';
import { Emitter, guarded, type Listener, type Unsubscribe } from './emitter.ts';
import { kEventNames, occurrences, type ClientEvents, type EventName } from './events.ts';
import type { Count } from './ledger.ts';
import type { Saving } from './pacing.ts';
import { badge } from './path.ts';
import type { Beginning, Peer, PeerEvent, PeerPorts, Track } from './peer.ts';
import type { Cancel } from './ports.ts';
import { Door, type Greeting } from './private_call.ts';
import type { Bytes } from './bytes.ts';
import type { Category, ClientMessage, Media, Privacy, SeekPrefs } from './protocol.ts';
import { Relays, type RelayPorts } from './relays.ts';
import { Session, type SessionEvent, type SessionPorts, type Sign } from './session.ts';
import { noTimings, type Restart, type Timings } from './timings.ts';
import { freshView, noPartner, roomsAfter, type ChatLine, type MediaOn, type View } from './view.ts';

export type { Restart, Timings } from './timings.ts';
export type { ChatLine, MediaOn, ServerState, View } from './view.ts';

export const kChatLinesMax = 500;

export interface ClientPorts extends SessionPorts, PeerPorts, RelayPorts {
  /** Fetches peer.ts. What a connection needs is no part of what a page has to have before anybody is looked for. */
  loadPeer: () => Promise<PeerMaker>;
}

export interface PeerMaker {
  Peer: typeof Peer;
}

export interface SeekWish {
  prefs: SeekPrefs;
  instant: boolean;
  /** The person's own word; the page's and the server's count as much. */
  hideAddress: boolean;
}

export class Client {
  view: View = freshView();
  timings: Timings = noTimings();
  /** Restarts of ICE in the newest call, oldest first, for a developer. */
  restarts: Restart[] = [];
  /** When what keeps the device busy was first seen, for a developer. */
  busySeen: number | null = null;
  /** What had crossed between this tab and the server when the newest meeting began, and when it ended: of the whole session (ledger.ts). */
  crossed: { before: Count; after: Count | null } | null = null;
  onChange: () => void = () => {};
  /** What went wrong inside a connection, for a developer; the person is told in `view`. */
  onFault: (fault: unknown) => void = () => {};
  /** Every body as it is, once, before it is sealed and after it was opened: for a developer, who sees only ciphertext on the wire. */
  onBody: (way: 'in' | 'out', call: string, body: Body) => void = () => {};
  readonly session: Session;
  readonly ports: ClientPorts;

  private readonly call = new Call();
  readonly relays: Relays;
  private readonly timers = new Map<TimerName, Cancel>();
  private readonly tracks: Record<Track, MediaStreamTrack | null> = { audio: null, video: null };
  /** Only ever gets stricter. */
  private privacy: Privacy = 'direct';
  private link: { key: Bytes; seat: string } | null = null;
  private maker: PeerMaker | null = null;
  private loading: Promise<PeerMaker> | null = null;
  /** `peer` is null until the part that makes it is there. */
  private peer: { round: number; relayOnly: boolean; peer: Peer | null } | null = null;
  private door: Promise<Door> | null = null;
  private letters: Promise<unknown> = Promise.resolve();
  private saving: Saving = { battery: false, data: false };
  /** As the server told it at the last greeting. */
  private relayKbps: number | null = null;
  private mediaOn: MediaOn = { video: false, sound: false, screen: false };
  private readonly emitter = new Emitter<ClientEvents>(kEventNames);
  /** The view that was told last, and the states of the call since. */
  private told = this.view;
  private passed: CallState[] = [];
  /** More than 0 while something is being done, or told: whoever began it tells the rest. */
  private depth = 0;

  /** `privacy`: the page's own word; `relay_only` makes every call of this page hide both addresses from the partner. */
  constructor(ports: ClientPorts, privacy: Privacy = 'direct') {
    this.ports = ports;
    this.privacy = privacy;
    this.session = new Session(ports, () => this.view.call.shaky);
    this.relays = new Relays(ports);
    this.session.onEvent = (event) => this.together(() => this.handleSession(event));
  }

  start(): void {
    this.session.start();
  }

  /** Leaves whatever there is to leave and ends the session for good: for a page that lives on without it. */
  stop(): void {
    this.together(() => {
      this.act('leave');
      this.session.stop();
    });
  }

  /** Asks at once whether server and partner are still there: when a device wakes up, or is on a network again or on another. */
  check(sign?: Sign): void {
    this.session.check(sign);
    this.peer?.peer?.handleSign();
  }

  /** Fetches what only a call needs, so that the first one does not wait for it. Rejects where it cannot be had now: it may be asked again. */
  async prepare(): Promise<void> {
    // Asking a browser what it encodes with ease takes it up to some tenths of a second. Where that fails, whoever needs it is told.
    this.ports.codecs?.().catch(() => {});
    this.loading ??= this.ports.loadPeer();
    try {
      this.maker = await this.loading;
    } catch (error) {
      this.loading = null;
      throw error;
    }
  }

  /** Hears of one kind of event until the function it gives is called. What a listener throws lands in the console only. */
  on<K extends EventName>(name: K, listener: Listener<ClientEvents[K]>): Unsubscribe {
    return this.emitter.on(name, listener);
  }

  get pc(): RTCPeerConnection | null {
    const { phase } = this.call.state;
    return phase === 'idle' || phase === 'ended' ? null : (this.peer?.peer?.pc ?? null);
  }

  /** Looks for somebody in a room. A page that has made or deleted its device's token since is greeted anew first. */
  seek(room: string, wish: SeekWish): void {
    this.together(() => {
      this.renewForDevice();
      this.handle({ type: 'seek', room, ...this.strictest(wish) });
    });
  }

  /** Opens, or joins, the private call of this key. The seat is this participant's own. */
  open(key: Bytes, seat: string, wish: SeekWish): void {
    this.link = { key, seat };
    this.handle({ type: 'open', ...this.strictest(wish) });
  }

  act(type: 'accept' | 'decline' | 'leave' | 'next' | 'home' | 'block'): void {
    if (type === 'accept' && this.call.state.phase === 'card') this.timings.accept = this.ports.clock.now();
    this.together(() => {
      if (type === 'next' && this.call.state.kind === 'room') this.renewForDevice();
      this.handle({ type });
      if (type === 'home') this.change(noPartner());
    });
  }

  /** Rooms are not looked at under a token that the person has deleted. */
  private renewForDevice(): void {
    if (!this.session.deviceChanged()) return;
    this.handle({ type: 'leave' });
    this.session.renew();
  }

  /** Goes on trying where `stuck` asks for it. It asks again after a while. */
  keep(): void {
    this.handle({ type: 'keep' });
  }

  /** Has the server say what it counted of this session; it comes in `view.ledger`. False while there is no connection. */
  askLedger(): boolean {
    return (this.view.server === 'open' && this.session.ledger.isAsked) || this.session.send({ type: 'ledger' });
  }

  report(category: Category, note: string): void {
    this.handle({ type: 'report', category, note });
  }

  meetRightAway(on: boolean): void {
    this.handle({ type: 'instant', on });
  }

  /** What this person brings from now on: told to whoever is found next. */
  bring(media: Media): void {
    this.handle({ type: 'bring', media });
  }

  /** What this end sends from now on, in this call and the next. */
  setTrack(kind: Track, track: MediaStreamTrack | null): void {
    this.tracks[kind] = track;
    this.peer?.peer?.setTrack(kind, track);
  }

  /** Tells the partner what is switched on, now and in every later call. */
  setMediaOn(on: Omit<MediaOn, 'screen'> & Partial<MediaOn>): void {
    this.mediaOn = { screen: false, ...on };
    this.peer?.peer?.say({ kind: 'media', ...this.mediaOn });
  }

  /** Less work for this device, fewer bytes: in this call and in every later one. */
  setSaving(saving: Saving): void {
    this.saving = saving;
    this.peer?.peer?.setSaving(saving);
  }

  /** Tells the partner whether they are heard here; until it is said they are taken to be, over each connection. False when it cannot be said now. */
  setHears(sound: boolean): boolean {
    return this.peer?.peer?.say({ kind: 'hears', sound }) ?? false;
  }

  /** False when there is nobody to read it, or it is empty or too long. */
  sendChat(text: string): boolean {
    if (!this.peer?.peer?.sendChat(text)) return false;
    this.addChat({ mine: true, text });
    return true;
  }

  private strictest(wish: SeekWish): { prefs: SeekPrefs; instant: boolean; relayOnly: boolean } {
    return { prefs: wish.prefs, instant: wish.instant, relayOnly: wish.hideAddress || this.privacy === 'relay_only' };
  }

  private handle(event: CallEvent): void {
    this.together(() => {
      const commands = this.call.handle(event, this.ports.clock.now());
      const { passed, state } = this.call;
      this.passed.push(...passed);
      passed.forEach(({ phase }, at) => this.noteTimings(phase, (passed[at + 1] ?? state).phase));
      for (const command of commands) this.carryOut(command);
      if (!sameState(this.view.call, state)) this.change({ call: { ...state } });
    });
  }

  /** Everything in it is one change for who listens. */
  private together(run: () => void): void {
    this.depth += 1;
    try {
      run();
    } finally {
      this.depth -= 1;
    }
    this.tell();
  }

  private change(changes: Partial<View>): void {
    this.view = { ...this.view, ...changes };
    this.tell();
  }

  /** A listener may act at once: what comes of it is told after what is being told now. */
  private tell(): void {
    if (this.depth > 0) return;
    this.depth += 1;
    while (this.told !== this.view) {
      const found = occurrences(this.told, this.view, this.passed);
      this.told = this.view;
      this.passed = [];
      guarded(() => this.onChange());
      for (const [name, event] of found) this.emitter.emit(name, event as never);
    }
    this.depth -= 1;
  }

  private tellFault(error: unknown): void {
    this.onFault(error);
    this.emitter.emit('fault', { error });
  }

  private noteTimings(before: Phase, phase: Phase): void {
    const now = this.ports.clock.now();
    if (phase === 'card' || (phase === 'accepting' && before === 'seeking')) {
      this.timings = { ...noTimings(), matched: now };
      this.restarts = [];
      this.crossed = { before: this.session.ledger.total, after: null };
    }
    if (phase === 'accepting') this.timings.accept ??= now;
    if (phase === 'connecting') this.timings.accepted = now;
    if (phase === 'connected') this.timings.connected = now;
    // A search that is given up says nothing of the meeting before it.
    if (phase !== 'ended' || before === 'seeking') return;
    this.timings.ended = now;
    if (this.crossed) this.crossed.after = this.session.ledger.total;
  }

  /** The page shows the first of the partner's pictures: `at` on the clock's milliseconds. */
  noteFrame(at: number): void {
    this.timings.frame ??= at;
  }

  // ---- commands

  private carryOut(command: Command): void {
    switch (command.do) {
      case 'send':
        this.session.send(this.withRelays(command.message));
        return;
      case 'post':
        this.session.post(command.message);
        return;
      case 'mail':
        if (command.call === null) this.session.endCall();
        else this.session.beginCall(command.call);
        return;
      case 'warm':
        // Somebody is looked for: the answer to whoever is found says how far the relays are.
        this.relays.look(this.view.features?.relays ?? []);
        return this.warm(command.round, command.relayOnly);
      case 'describe':
        return this.answer(command.round, async () => ({
          type: 'described',
          own: (await (await this.readyPeer(command.round))?.describe(command.offers, command.mayDouble ? (this.view.features?.stun ?? []) : [])) ?? null,
        }));
      case 'begin':
        return this.begin(command.round, command.beginning);
      case 'apply':
        return this.apply(command);
      case 'keep':
        this.session.check('path');
        this.peerOf(command.round)?.keep();
        return;
      case 'drop':
        return this.drop(command);
      case 'knock':
        return this.knock(command.round, command.relayOnly);
      case 'check_knock':
        return this.answer(command.round, async () => ({
          type: 'knock_checked',
          greeting: readGreeting(await (await this.door!).handleKnock(command.noise)),
        }));
      case 'seal_intro': {
        const intro = writeSealedIntro({ sdp: command.sdp, can: { relay_only: command.relayOnly } });
        return this.answer(command.round, async () => ({ type: 'intro_sealed', intro: await (await this.door!).answer(intro) }));
      }
      case 'open_intro':
        return this.openIntro(command.round, command.intro);
      case 'timer':
        this.timers.get(command.name)?.();
        this.timers.set(
          command.name,
          this.ports.clock.after(command.ms, () => this.handle({ type: 'timer', name: command.name })),
        );
        return;
      case 'stop':
        this.timers.get(command.name)?.();
        return;
    }
  }

  private withRelays(message: ClientMessage): ClientMessage {
    const { times } = this.relays;
    return message.type === 'accept' && Object.keys(times).length > 0 ? { ...message, relays: { ...times } } : message;
  }

  private peerOf(round: number): Peer | null {
    return this.peer?.round === round ? this.peer.peer : null;
  }

  /** Runs something that takes a while and hands its result to the meeting, which knows whether it still wants it. */
  private answer(round: number, run: () => Promise<Awaited<Outcome> | null>): void {
    run().then(
      (event) => event && this.handle({ ...event, round } as CallEvent),
      (error: unknown) => this.handlePeer(round, { type: 'broken', error }),
    );
  }

  private warm(round: number, relayOnly: boolean): void {
    this.peer = { round, relayOnly, peer: null };
    this.letters = Promise.resolve();
    if (this.maker) this.makePeer(this.maker);
    // Whoever is found asks for it again, and is told then.
    else this.readyPeer(round).catch((error: unknown) => this.tellFault(error));
    this.change({ ...noPartner(), slowDown: null });
  }

  /** Null when it is not wanted any more. */
  private async readyPeer(round: number): Promise<Peer | null> {
    if (!this.maker) await this.prepare();
    if (this.peer?.round === round && !this.peer.peer) this.makePeer(this.maker!);
    return this.peerOf(round);
  }

  private makePeer({ Peer }: PeerMaker): void {
    const { round, relayOnly } = this.peer!;
    const peer = new Peer(this.ports, {
      relayOnly,
      tracks: this.tracks,
      canTell: () => this.session.carries,
      saving: this.saving,
      relayBitrate: this.relayKbps && 1_000 * this.relayKbps,
    });
    peer.onEvent = (event) => this.handlePeer(round, event);
    this.peer!.peer = peer;
    peer.warm();
  }

  private begin(round: number, beginning: Beginning): void {
    this.peerOf(round)?.begin({ ...beginning, iceServers: this.relays.allowed(beginning.iceServers, beginning.relayOnly) });
  }

  private drop(command: Extract<Command, { do: 'drop' }>): void {
    this.peerOf(command.round)?.close(command.bye ?? undefined);
    this.door = null;
    this.peer = null;
    this.change({ remoteTracks: [], partnerMedia: null, code: kNoCode, picture: noPartner().picture, partnerHears: true });
  }

  private knock(round: number, relayOnly: boolean): void {
    const { key, seat } = this.link!;
    const door = Door.make(this.ports.crypto, key, this.ports.host);
    this.door = door;
    this.answer(round, async () => {
      const own = await door;
      const noise = await own.knock(writeKnock(relayOnly));
      // Asked again in the meantime: an answer would be read with the key of the newer message 1.
      return this.door === door ? { type: 'knocked', id: own.id, door: own.door, seat, noise } : null;
    });
  }

  // ---- bodies: in order, sealed where the call has a key, and plain only where it has none

  private tellPartner(round: number, call: string, body: Body, first: number | null): void {
    if (this.call.state.kind === 'room') return this.tellStranger(round, call, body, first);
    const text = JSON.stringify(body);
    const { door } = this;
    if (!door) return;
    this.inOrder(round, async () => {
      const sealed = await (await door).seal(call, text);
      if (this.peerOf(round)) this.session.relay(sealed);
    });
  }

  private tellStranger(round: number, call: string, body: Body, first: number | null): void {
    const { sealing } = this.peerOf(round)!.trust;
    if (!sealing.seals) {
      const id = this.session.relay(JSON.stringify(body));
      if (id !== null) sealing.noteTold({ id, body });
      return;
    }
    this.inOrder(round, async () => {
      const sealed = await sealing.seal(call, body, first);
      if (this.peerOf(round)) this.session.relay(sealed);
    });
  }

  /** In order with the bodies: those that come right behind it can be read only when it is open. */
  private openIntro(round: number, intro: string): void {
    const { door } = this;
    this.inOrder(round, async () => {
      const opened = await (await door!).handleAnswer(intro);
      this.handle({ type: 'intro_opened', round, intro: opened === null ? null : parseSealedIntro(opened) });
    });
  }

  private apply(command: Extract<Command, { do: 'apply' }>): void {
    const { round, call, id } = command;
    const isRoom = this.call.state.kind === 'room';
    const { door } = this;
    this.inOrder(round, async () => {
      const sealing = this.peerOf(round)?.trust.sealing;
      const text = (await (isRoom ? sealing?.open(call, id, command.body) : (await door)?.open(call, command.body))) ?? null;
      const body = text === null ? null : parseBody(text);
      if (!body) return;
      this.onBody('in', call, body);
      this.peerOf(round)?.handleBody(body);
    });
  }

  private inOrder(round: number, run: () => Promise<void>): void {
    this.letters = this.letters.then(run).catch((error: unknown) => {
      this.handlePeer(round, { type: 'broken', error });
    });
  }

  // ---- events

  private handleSession(event: SessionEvent): void {
    switch (event.type) {
      case 'up':
        if (event.welcome.features.privacy === 'relay_only') this.privacy = 'relay_only';
        if (this.privacy === 'relay_only') this.handle({ type: 'relay_only' });
        if (!event.resumed) this.change({ ledger: null });
        this.relayKbps = event.welcome.limits.relay_kbps;
        this.change({ server: 'open', features: event.welcome.features, rooms: event.welcome.rooms });
        this.handle(event);
        this.peer?.peer?.handleServerBack();
        return;
      case 'down':
        this.change({ server: event.renewing ? 'connecting' : 'lost' });
        this.handle({ type: 'down' });
        return;
      case 'closed':
        this.change({ server: 'closed', closedWhy: event.why });
        this.handle({ type: 'closed' });
        return;
      case 'message':
        if (event.message.type === 'rooms') this.change({ rooms: roomsAfter(this.view.rooms, event.message) });
        if (event.message.type === 'ledger') this.change({ ledger: { server: event.message, own: this.session.ledger.compared! } });
        if (event.message.type === 'servers' && event.message.call === this.call.state.call) {
          const { ice_servers } = event.message;
          this.peer?.peer?.handleServers(this.relays.allowed(ice_servers, this.call.state.relayOnly));
        }
        if (event.message.type === 'waiting' || event.message.type === 'matched') this.change({ slowDown: null });
        if (event.message.type === 'error' && event.message.code === 'rate') {
          this.session.ledger.isAsked = false; // it may be this that was not read
          this.change({ slowDown: event.message.retry_after ?? 1 });
        }
        this.handle({ type: 'server', message: event.message });
        if (event.message.type === 'back') this.peer?.peer?.handleServerBack();
        return;
    }
  }

  private handlePeer(round: number, event: PeerEvent): void {
    const { call } = this.call.state;
    if (this.peer?.round !== round) return;
    switch (event.type) {
      case 'body':
        if (!call) return;
        if (event.first === null) this.onBody('out', call, event.body);
        this.tellPartner(round, call, event.body, event.first);
        return;
      case 'broken':
        this.tellFault(event.error);
        break;
      case 'refused':
        this.tellFault(event.why);
        break;
      case 'state':
        // What broke the path may have taken the server along, and a restart needs it.
        if (event.state === 'disconnected') this.session.check('path');
        break;
      case 'restart':
        this.restarts.push({ at: this.ports.clock.now(), why: event.why });
        return;
      case 'servers_wanted':
        if (call) this.session.send({ type: 'servers', call });
        return;
      case 'mark':
        this.timings[event.mark] ??= this.ports.clock.now();
        return;
      case 'track':
        return this.change({ remoteTracks: [...this.view.remoteTracks, event.track] });
      case 'renewed':
        return this.change({ remoteTracks: [], picture: { ...this.view.picture, partnerStill: false }, partnerHears: true });
      case 'code':
        return this.change({ code: event.code });
      case 'chat':
        return this.addChat({ mine: false, text: event.text });
      case 'path':
        return this.setPath({ ...this.view.path, own: event.own, reached: event.reached });
      case 'made':
        return this.change({ made: event.made });
      case 'pace':
        this.busySeen = event.seen;
        return this.change({ picture: { ...this.view.picture, own: event.pace } });
      case 'fault':
        return this.tellFault(event.error);
      case 'control_open':
        this.timings.control ??= this.ports.clock.now();
        this.peerOf(round)?.say({ kind: 'media', ...this.mediaOn });
        return;
      case 'control':
        if (event.message.kind === 'media') {
          const { video, sound, screen } = event.message;
          this.change({ partnerMedia: { video, sound, screen } });
        }
        if (event.message.kind === 'hears') this.change({ partnerHears: event.message.sound });
        if (event.message.kind === 'still') this.change({ picture: { ...this.view.picture, partnerStill: event.message.on } });
        if (event.message.kind === 'path') {
          this.setPath({ ...this.view.path, partner: { relay: event.message.relay, leg: event.message.leg } });
        }
        break;
      default:
    }
    this.handle({ type: 'peer', round, event });
  }

  private setPath(path: View['path']): void {
    this.change({ path: { ...path, badge: badge(path.own, path.partner) } });
  }

  private addChat(line: ChatLine): void {
    this.change({ chat: [...this.view.chat, line].slice(-kChatLinesMax) });
  }
}

/** An event of the meeting that answers a command; the round is filled in where it is handed over. */
type Outcome = Promise<DistributiveOmit<Extract<CallEvent, { round: number }>, 'round'>>;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function readGreeting(greeting: Greeting): { answers: boolean; relayOnly: boolean } | null {
  const knock = greeting.ok ? parseKnock(greeting.payload) : null;
  return greeting.ok && knock ? { answers: greeting.answers, relayOnly: knock.relay_only } : null;
}

function sameState(left: CallState, right: CallState): boolean {
  return (Object.keys(right) as (keyof CallState)[]).every((name) => left[name] === right[name]);
}
