// One connection to one partner: an RTCPeerConnection (injected) driven in the order that docs/protocol.md asks for. A partner
// always gets a fresh connection under a fresh certificate.
//
//   warm()      certificate, connection, channels          nothing leaves the device
//   describe()  createOffer: what the intro says           nothing leaves the device
//   begin()     servers, then setLocalDescription          from here on candidates are gathered and told
//
// A relay is not even asked for while the call may become direct: an own relay candidate would be tried against the partner's
// addresses without anybody being told of it, and a router that lets the server in would let it win. When the policy says so
// (direct_first.ts), the relay is added and ICE restarted. ICE is also restarted when a connection breaks (mending.ts).
//
// One end alone makes the offers after the first, and the other asks it to; offers.ts says which. Offers that cross would have to be rolled
// back, and Chromium (156) plays nothing that comes after a rollback: neither sound nor picture.
//
// Every step runs after the one before it has ended, whoever asked for it.

import { hasRelay, parseControl, withoutRelay, type Body, type CandidateInit, type Control } from './bodies.ts';
import { closeWhenSent, send } from './channel.ts';
import { DirectFirst } from './direct_first.ts';
import { Mending } from './mending.ts';
import { Offers } from './offers.ts';
import { OwnCandidates } from './own_candidates.ts';
import { PartnerCandidates } from './partner_candidates.ts';
import type { OwnPath } from './path.ts';
import type { PathMemory } from './path_memory.ts';
import { PathWatch } from './path_watch.ts';
import type { Cancel, Clock } from './ports.ts';
import { kChatLettersMax, type IceServer } from './protocol.ts';
import { answererRole, candidateType, checkSdp, withoutCandidates, withRole, type DtlsRole, type SdpFlaw } from './sdp.ts';
import { Senders, type Track, type Tracks } from './senders.ts';
import { Servers } from './servers.ts';
import { Ways } from './ways.ts';

export type { Track } from './senders.ts';

/** The end that makes no offers leaves it to the other to restart ICE first, and only then asks for it: once is enough. */
export const kSecondAskMs = 400;
/** What was due and could not be done is tried again after this. */
const kRetryMs = 1_000;
/** How long closing waits for the last word to leave. */
export const kFarewellMs = 300;
const kControlLettersMax = 4_096;

export interface PeerPorts {
  clock: Clock;
  memory: PathMemory;
  makeConnection(configuration: RTCConfiguration): RTCPeerConnection;
  makeCertificate(): Promise<RTCCertificate>;
  /** An empty one. Sound and picture that name the same stream are kept in step by the receiver. */
  makeStream(): MediaStream;
}

export type PeerMark = 'local' | 'remote' | 'relay_released';

export type PeerEvent =
  | { type: 'body'; body: Body }
  | { type: 'state'; state: 'connected' | 'disconnected' | 'failed' }
  | { type: 'track'; track: MediaStreamTrack }
  /** Another connection has taken the place of one that never worked: its tracks are no more. */
  | { type: 'renewed' }
  | { type: 'control_open' }
  | { type: 'control'; message: Control }
  | { type: 'chat'; text: string }
  | { type: 'path'; own: OwnPath | null }
  /** The partner's description was not one to connect to. */
  | { type: 'refused'; why: SdpFlaw }
  | { type: 'broken'; error: unknown }
  /** Fresh credentials for the relay, before ICE is restarted with the old ones. */
  | { type: 'servers_wanted' }
  | { type: 'mark'; mark: PeerMark };

export interface OwnDescription {
  fingerprint: string;
  ufrag: string;
  pwd: string;
  /** Empty when this end does not make the offer. */
  sdp: string;
}

export interface Beginning {
  /** May have become necessary since the connection was made; never less strict than it was made. */
  relayOnly: boolean;
  iceServers: readonly IceServer[];
  partner: {
    /** Null where the handshake vouches for whatever certificate the answer names. */
    fingerprint: string | null;
    /** The partner's offer, or null when this end has made it. */
    sdp: string | null;
    relayOnly: boolean;
  };
}

export interface PeerSettings {
  relayOnly: boolean;
  tracks: Tracks;
  /** Whether what is told now goes out at once. */
  canTell: () => boolean;
}

export class Peer {
  pc: RTCPeerConnection | null = null;
  onEvent: (event: PeerEvent) => void = () => {};

  private readonly ports: PeerPorts;
  private relayOnly: boolean;
  private readonly direct: DirectFirst;
  private readonly mending = new Mending();
  private readonly offers = new Offers();
  private readonly servers: Servers;
  private readonly path: PathWatch;
  private readonly candidates: OwnCandidates;
  private readonly partner = new PartnerCandidates();
  private readonly senders: Senders;
  private readonly ways: Ways;
  private readonly canTell: () => boolean;
  private queue: Promise<void> = Promise.resolve();
  private closed = false;
  private certificate: RTCCertificate | null = null;
  private control: RTCDataChannel | null = null;
  private chat: RTCDataChannel | null = null;
  private offer: RTCSessionDescriptionInit | null = null;
  private pinned: string | null = null;
  private role: DtlsRole | null = null;
  private partnerUfrag = '';
  /** The newest, as it came: Chromium keeps it in words of its own. */
  private partnerSdp = '';
  private withRelay = false;
  /** The partner has been asked for a restart. */
  private asked = false;
  private negotiated = false;
  private cancelHold: Cancel = () => {};
  private cancelMending: Cancel = () => {};

  constructor(ports: PeerPorts, settings: PeerSettings) {
    this.ports = ports;
    this.relayOnly = settings.relayOnly;
    this.senders = new Senders(ports.makeStream(), settings.tracks);
    this.canTell = settings.canTell;
    this.servers = new Servers(ports.clock, () => this.askServers());
    this.path = new PathWatch(ports.clock, (own) => this.handlePath(own));
    this.direct = new DirectFirst(settings.relayOnly);
    this.ways = new Ways(ports.memory);
    this.candidates = new OwnCandidates(ports.clock, (list, end) => this.tell({ type: 'body', body: { kind: 'candidates', list, end } }));
  }

  warm(): void {
    this.step(async () => {
      this.certificate = await this.ports.makeCertificate();
      if (!this.closed) this.connect([]);
    });
  }

  /** What the intro says about this end. Null when the connection is closed or broken before it can be said. */
  async describe(offers: boolean): Promise<OwnDescription | null> {
    let description: OwnDescription | null = null;
    await this.step(async () => {
      const pc = this.pc!;
      if (offers) this.senders.add();
      const offer = await pc.createOffer();
      const sdp = withoutCandidates(offer.sdp ?? '');
      const checked = checkSdp(sdp, null);
      if (!checked.ok) throw new Error(`this browser's own offer: ${checked.why}`);
      if (offers) this.offer = offer;
      description = { ...checked.facts, sdp: offers ? sdp : '' };
    });
    return description;
  }

  /** Both have accepted. */
  begin(beginning: Beginning): void {
    this.step(async () => {
      const pc = this.pc!;
      this.pinned = beginning.partner.fingerprint;
      this.servers.take(beginning.iceServers);
      this.relayOnly ||= beginning.relayOnly;
      if (this.relayOnly || beginning.partner.relayOnly) {
        this.direct.handleRelayNeeded();
        this.ways.handleChoice();
      }
      this.withRelay = this.direct.released || !hasRelay(beginning.iceServers);
      if (this.direct.released) this.mark('relay_released');
      pc.setConfiguration(this.configuration(this.withRelay ? this.servers.list : withoutRelay(this.servers.list)));
      this.offers.handleBegin(beginning.partner.sdp === null);
      if (beginning.partner.sdp === null) {
        await pc.setLocalDescription(this.offer!);
        this.mark('local');
      } else if (this.accept(beginning.partner.sdp)) {
        await this.takeOffer(beginning.partner.sdp);
        await this.sendAnswer(0);
        this.handleFirstRound();
      }
    });
  }

  handleBody(body: Body): void {
    this.step(async () => {
      if (body.kind === 'answer') await this.handleAnswer(body.sdp, body.round);
      else if (body.kind === 'offer') await this.handleOffer(body);
      else if (body.kind === 'offer_wanted') await this.handleOfferWanted(body);
      else await this.handleCandidates(body.list, body.end);
    });
  }

  /** What the server says to `servers_wanted`. */
  handleServers(servers: readonly IceServer[]): void {
    this.servers.take(servers);
  }

  /** Sends another track, or none, in place of the one before. No negotiation is needed for it. */
  setTrack(kind: Track, track: MediaStreamTrack | null): void {
    this.senders.set(kind, track);
    this.step(() => this.senders.put(kind));
  }

  say(message: Control): boolean {
    return send(this.control, JSON.stringify(message));
  }

  sendChat(text: string): boolean {
    return text.length > 0 && text.length <= kChatLettersMax && send(this.chat, text);
  }

  /** Closes at once for this end; the partner is told `bye` if the channel still carries it. */
  close(bye?: Control): void {
    if (this.closed) return;
    const said = bye !== undefined && this.say(bye);
    this.closed = true;
    this.cancelHold();
    this.cancelMending();
    this.candidates.stop();
    this.path.stop();
    const { pc, control } = this;
    if (!pc) return;
    this.senders.stop();
    unwire(pc);
    if (!said || !control) return pc.close();
    closeWhenSent(this.ports.clock, pc, control, this.ports.clock.now() + kFarewellMs);
  }

  private configuration(iceServers: RTCIceServer[]): RTCConfiguration {
    return {
      iceServers,
      iceTransportPolicy: this.relayOnly ? 'relay' : 'all',
      bundlePolicy: 'max-bundle',
      rtcpMuxPolicy: 'require',
      // Chromium takes a later configuration only if it names the same certificate.
      certificates: [this.certificate!],
    };
  }

  private step(run: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(async () => {
      if (this.closed) return;
      try {
        await run();
      } catch (error) {
        this.tell({ type: 'broken', error });
      }
    });
    return this.queue;
  }

  private tell(event: PeerEvent): void {
    if (!this.closed) this.onEvent(event);
  }

  private mark(mark: PeerMark): void {
    this.tell({ type: 'mark', mark });
  }

  private connect(iceServers: RTCIceServer[]): void {
    this.pc = this.ports.makeConnection(this.configuration(iceServers));
    this.wire(this.pc);
    this.senders.attach(this.pc);
    this.control = this.openChannel('control', 0);
    this.chat = this.openChannel('chat', 1);
  }

  private wire(pc: RTCPeerConnection): void {
    pc.onicecandidate = ({ candidate }) => this.handleOwnCandidate(candidate);
    pc.onconnectionstatechange = () => this.handleState(pc.connectionState);
    pc.oniceconnectionstatechange = () => {
      if (pc.iceConnectionState === 'failed') this.handleNoPath();
      if (pc.iceConnectionState === 'connected' || pc.iceConnectionState === 'completed') this.handlePairFound();
    };
    pc.ontrack = ({ track }) => this.tell({ type: 'track', track });
    // A listener, because Firefox does not hand the `on` attribute events that a script dispatches, as tests do.
    pc.addEventListener('negotiationneeded', () => this.renegotiate());
  }

  private openChannel(label: string, id: number): RTCDataChannel {
    const channel = this.pc!.createDataChannel(label, { negotiated: true, id, ordered: true });
    if (label === 'control') {
      channel.onopen = () => {
        this.tell({ type: 'control_open' });
        if (this.path.own) this.say({ kind: 'path', ...this.path.own });
      };
    }
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'string') this.handleChannelText(label, data);
    };
    return channel;
  }

  private handleChannelText(label: string, text: string): void {
    if (label === 'chat') {
      if (text.length > 0 && text.length <= kChatLettersMax) this.tell({ type: 'chat', text });
      return;
    }
    const message = text.length <= kControlLettersMax ? parseControl(text) : null;
    if (!message) return;
    this.tell({ type: 'control', message });
    if (message.kind !== 'path') return;
    this.ways.handlePartnersWord(message.relay);
    this.rememberWay();
  }

  private async takeOffer(sdp: string): Promise<void> {
    await this.pc!.setRemoteDescription({ type: 'offer', sdp });
    this.mark('remote');
    this.senders.join();
    await this.partner.add(this.pc!);
  }

  private async sendAnswer(round: number | null): Promise<void> {
    const answer = await this.pc!.createAnswer();
    this.role = answererRole(answer.sdp ?? '');
    const set = this.pc!.setLocalDescription(answer);
    this.tell({ type: 'body', body: { kind: 'answer', sdp: withoutCandidates(answer.sdp ?? ''), round } });
    this.offers.handleAnswered(round);
    await set;
    this.mark('local');
    // Only now: Firefox takes tens of milliseconds for each, and the partner waits for the answer.
    await this.senders.putAll();
  }

  private async handleAnswer(sdp: string, round: number | null): Promise<void> {
    if (this.pc!.signalingState !== 'have-local-offer' || !this.offers.isAnswer(round) || !this.accept(sdp)) return;
    await this.pc!.setRemoteDescription({ type: 'answer', sdp });
    this.role = answererRole(sdp) === 'active' ? 'passive' : 'active';
    this.mark('remote');
    await this.partner.add(this.pc!);
    if (this.negotiated) this.considerRestart();
    else this.handleFirstRound();
    if (!this.offers.takeOwed()) return;
    await this.freshen();
    await this.restart();
  }

  private freshen(): Promise<void> {
    return this.servers.freshen({ doubted: this.withRelay && this.mending.wasConnected });
  }

  /** A later offer. */
  private async handleOffer({ sdp, round, renewed }: Extract<Body, { kind: 'offer' }>): Promise<void> {
    if (!this.negotiated || this.offers.mine) return;
    const before = this.partnerUfrag;
    if (!this.accept(sdp)) return;
    if (this.partnerUfrag !== before) {
      await this.freshen();
      if (this.closed) return;
      this.prepareRestart();
    }
    if (renewed) this.renew();
    await this.takeOffer(sdp);
    await this.sendAnswer(round);
  }

  /** The certificate that was vouched for first is the only one for the whole call. A description that is refused ends it. */
  private accept(sdp: string): boolean {
    const checked = checkSdp(sdp, this.pinned);
    if (checked.ok) {
      this.pinned = checked.facts.fingerprint;
      this.partnerUfrag = checked.facts.ufrag;
      this.partnerSdp = sdp;
    } else this.tell({ type: 'refused', why: checked.why });
    return checked.ok;
  }

  private async handleOfferWanted({ restart, round, renew }: Extract<Body, { kind: 'offer_wanted' }>): Promise<void> {
    if (!this.negotiated || !this.offers.mine) return;
    const due = this.offers.handleWish(restart, round, this.isFree(), this.ports.clock.now());
    if (due === 'offer') await this.sendOffer({});
    // What an own offer has answered meanwhile is passed over; what crosses one is granted after it.
    if (renew && (due === 'restart' || !this.isFree())) this.mending.handleRenewalWanted();
    if (due !== 'restart') return;
    await this.freshen();
    await this.restart();
  }

  private isFree(): boolean {
    return this.pc!.signalingState === 'stable';
  }

  private renegotiate(): void {
    if (!this.negotiated) return;
    this.step(async () => {
      if (!this.offers.mine) this.wish(false);
      else if (this.isFree()) await this.sendOffer({});
    });
  }

  private async sendOffer(options: RTCOfferOptions, renewed = false): Promise<void> {
    const offer = await this.pc!.createOffer(options);
    await this.pc!.setLocalDescription(offer);
    // Only now: one that the browser refuses has fulfilled nobody's wish.
    const round = this.offers.handleOwn(options.iceRestart === true, this.ports.clock.now());
    // Firefox answers an offer that leaves the DTLS role open as if nobody had one yet; no browser then takes the other's description.
    const sdp = withoutCandidates(offer.sdp ?? '');
    this.tell({ type: 'body', body: { kind: 'offer', sdp: this.role === null ? sdp : withRole(sdp, this.role), round, renewed } });
  }

  /** The relay's turn, if the policy has come to it, or a broken connection's. */
  private considerRestart(): void {
    this.planRelease();
    this.candidates.flush();
    if (!this.wantsRestart()) return;
    this.step(async () => {
      // A pair may have come to work while this waited for its turn.
      if (!this.mayRestart()) return;
      if (!this.offers.mine) return this.askForRestart();
      await this.freshen();
      if (this.mayRestart()) await this.restart();
    });
  }

  private askForRestart(): void {
    this.asked = true;
    this.mending.handleRestart(this.ports.clock.now());
    this.wish(true);
  }

  private wish(restart: boolean): void {
    const renew = restart && this.mending.takeRenewal();
    this.tell({ type: 'body', body: { kind: 'offer_wanted', restart, round: this.offers.round, renew } });
  }

  private async restart(): Promise<void> {
    if (this.closed) return;
    this.prepareRestart();
    const renewed = this.mending.takeRenewal();
    if (renewed) {
      this.renew();
      this.senders.add();
    }
    await this.sendOffer({ iceRestart: true }, renewed);
  }

  /** Under the same certificate, which the partner knows, and with the relay from the start. */
  private renew(): void {
    unwire(this.pc!);
    this.pc!.close();
    this.role = null;
    this.mending.takeRenewal(); // what this end still wanted has come
    this.tell({ type: 'renewed' });
    this.connect(this.servers.list);
    if (!this.mending.wasConnected) return;
    // The partner's handshake had failed, this end's not. If nothing comes of the new connection it is an interruption like any other.
    this.mending.handleInterrupted(this.ports.clock.now());
    this.tell({ type: 'state', state: 'disconnected' });
    this.planMending();
  }

  /** An offer that waits for the server would come when the path may be back: a broken connection is mended while it is there. */
  private wantsRestart(): boolean {
    const wantsRelay = this.direct.released && !this.withRelay && !this.asked;
    return this.negotiated && (wantsRelay || this.mending.wantsRenewal || (this.canTell() && this.mending.wantsRestart(this.ports.clock.now())));
  }

  private askServers(): boolean {
    if (this.canTell()) this.tell({ type: 'servers_wanted' });
    return this.canTell();
  }

  private mayRestart(): boolean {
    return this.wantsRestart() && (!this.offers.mine || this.offers.mayOffer(this.isFree(), this.ports.clock.now()));
  }

  /** Whoever restarts ICE, both ends gather anew, with the relay. */
  private prepareRestart(): void {
    this.candidates.handleRestart();
    this.mending.handleRestart(this.ports.clock.now());
    this.direct.handleRelayNeeded();
    if (!this.withRelay) this.mark('relay_released');
    this.withRelay = true;
    this.pc!.setConfiguration(this.configuration(this.servers.list));
  }

  /** The first offer has been answered, by whichever end: what follows from that holds for the whole call. */
  private handleFirstRound(): void {
    this.negotiated = true;
    this.offers.handleFirstRound(this.pc!.localDescription!.sdp, this.partnerSdp);
    this.mending.setPatience(this.offers.mine ? 0 : kSecondAskMs);
    this.direct.handleChecksBegan(this.ports.clock.now());
    this.considerRestart();
  }

  private async handleCandidates(list: CandidateInit[], end: boolean): Promise<void> {
    this.partner.handle(list);
    if (end && this.partner.onlyRelay) this.handleNoPath();
    await this.partner.add(this.pc!);
  }

  private handleOwnCandidate(candidate: RTCIceCandidate | null): void {
    this.candidates.handle(candidate);
    if (candidate === null) {
      this.direct.handleGatheringEnded();
      this.noteNetwork();
    } else if (candidate.candidate !== '') {
      this.direct.handleOwnCandidate(candidateType(candidate.candidate));
      if (this.ways.handleOwnCandidate(candidate.candidate)) this.noteNetwork();
    }
  }

  private noteNetwork(): void {
    this.direct.handleNetwork(this.ways.onlyRelayWorked);
    this.planRelease();
    if (this.candidates.gathered) this.considerRestart();
  }

  private handlePairFound(): void {
    this.direct.handlePairFound(this.ports.clock.now());
    this.planRelease();
  }

  private planRelease(): void {
    this.cancelHold();
    const { clock } = this.ports;
    const deadline = this.direct.pollTimeout();
    if (deadline === null) return;
    const later = this.offers.mine ? 0 : kSecondAskMs;
    this.cancelHold = clock.after(Math.max(0, deadline + later - clock.now()), () => {
      this.direct.handleTimeout(clock.now());
      this.considerRestart();
    });
  }

  private handleState(state: RTCPeerConnectionState): void {
    const now = this.ports.clock.now();
    if (state === 'connected') {
      this.mending.handleConnected();
      this.direct.handleConnected();
      this.planRelease();
      this.path.watch(this.pc!);
    } else if (state === 'connecting') {
      this.mending.handleChecking();
    } else if (state === 'disconnected') {
      this.mending.handleInterrupted(now);
    } else if (state === 'failed') {
      this.mending.handleFailed(now, this.pc?.sctp?.transport.state === 'failed');
      this.handleNoPath();
    }
    if (state === 'connected' || state === 'disconnected') this.tell({ type: 'state', state });
    if (this.mending.isHopeless(now)) this.tell({ type: 'state', state: 'failed' });
    else this.planMending();
  }

  private handleNoPath(): void {
    this.direct.handleRelayNeeded();
    this.considerRestart();
  }

  private planMending(): void {
    this.cancelMending();
    const due = this.mending.pollTimeout();
    if (due === null) return;
    const { clock } = this.ports;
    this.cancelMending = clock.after(due > clock.now() ? due - clock.now() : kRetryMs, () => this.mend());
  }

  private mend(): void {
    if (this.mending.isHopeless(this.ports.clock.now())) return this.tell({ type: 'state', state: 'failed' });
    this.considerRestart();
    this.planMending();
  }

  private handlePath(own: OwnPath): void {
    this.say({ kind: 'path', ...own });
    this.tell({ type: 'path', own });
    this.rememberWay();
  }

  private rememberWay(): void {
    this.ways.remember(this.path.own, this.partner.reflexive);
  }
}

/** Nothing that it still says is heard. */
function unwire(pc: RTCPeerConnection): void {
  pc.onicecandidate = pc.onconnectionstatechange = pc.oniceconnectionstatechange = pc.ontrack = null;
}
