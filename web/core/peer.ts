// One connection to one partner: an RTCPeerConnection (injected) driven in the order that docs/protocol.md asks for. A partner
// always gets a fresh connection under a fresh certificate.
//
//   warm()      certificate, connection, channels          nothing leaves the device
//   describe()  createOffer: what the intro says           nothing leaves the device
//   begin()     servers, then setLocalDescription          from here on candidates are gathered and told
//
// A double offer (double_offer.ts) is set with describe(): STUN is asked then, and the partner is told of what it says with the intro.
//
// A relay is not even asked for while the call may become direct: an own relay candidate would be tried against the partner's
// addresses without anybody being told of it, and a router that lets the server in would let it win. When the policy says so
// (direct_first.ts), the relay is added and ICE restarted. ICE is also restarted when a connection breaks (mending.ts).
//
// Every step runs after the one before it has ended, whoever asked for it.

import { hasRelay, withoutRelay, type Body, type CandidateInit, type Control } from './bodies.ts';
import { Channels } from './channels.ts';
import { orderCodecs } from './codecs.ts';
import { Deadline } from './deadline.ts';
import { DirectFirst } from './direct_first.ts';
import { makesDoubleOffer } from './double_offer.ts';
import { LineWatch } from './line_watch.ts';
import { MadeWatch } from './made_watch.ts';
import { Mending } from './mending.ts';
import { Negotiation, type OwnDescription } from './negotiation.ts';
import { OwnCandidates } from './own_candidates.ts';
import { PartnerCandidates } from './partner_candidates.ts';
import { kNoSaving, Pacing, type Saving } from './pacing.ts';
import type { OwnPath } from './path.ts';
import type { Beginning, PeerEvent, PeerPorts, PeerSettings, RestartReason } from './peer_types.ts';
import type { IceServer } from './protocol.ts';
import { candidateType } from './sdp.ts';
import { Senders, type Track } from './senders.ts';
import { configurationWith, Servers } from './servers.ts';
import { Steps } from './steps.ts';
import { Trust } from './trust.ts';
import { unwire } from './unwire.ts';
import { Ways } from './ways.ts';

export type { OwnDescription } from './negotiation.ts';
export type { Beginning, PeerEvent, PeerMark, PeerPorts, PeerSettings, RestartReason } from './peer_types.ts';
export type { Track } from './senders.ts';

/** The end that makes no offers leaves it to the other to restart ICE first, and only then asks for it: once is enough. */
export const kSecondAskMs = 400;
/** What was due and could not be done is tried again after this. */
const kRetryMs = 1_000;

export class Peer {
  pc: RTCPeerConnection | null = null;
  onEvent: (event: PeerEvent) => void = () => {};
  readonly trust: Trust;

  private readonly ports: PeerPorts;
  private readonly settings: PeerSettings;
  private relayOnly: boolean;
  private readonly direct: DirectFirst;
  private readonly mending = new Mending();
  private readonly servers: Servers;
  private readonly line: LineWatch;
  private readonly made: MadeWatch;
  private readonly senders: Senders;
  private readonly candidates: OwnCandidates;
  private readonly partner: PartnerCandidates;
  private readonly ways: Ways;
  private readonly negotiation: Negotiation;
  private readonly channels: Channels;
  private readonly pacing: Pacing;
  /** This end's offer is set, and candidates are found, before anybody was accepted. */
  private ahead = false;
  private readonly steps = new Steps({ isOver: () => this.closed, failed: (error) => this.tell({ type: 'broken', error }) });
  private closed = false;
  private certificate: RTCCertificate | null = null;
  private hasRelay = false;
  private withRelay = false;
  /** No direct pair is tried any more. */
  private avoidsDirect = false;
  /** The partner has been asked for a restart, and for one over the relay alone. */
  private asked = false;
  private askedToAvoid = false;
  private readonly release: Deadline;
  private readonly mend: Deadline;

  constructor(ports: PeerPorts, settings: PeerSettings) {
    const { clock } = ports;
    this.ports = ports;
    this.settings = settings;
    this.relayOnly = settings.relayOnly;
    this.direct = new DirectFirst(settings.relayOnly);
    this.ways = new Ways(ports.memory);
    this.partner = new PartnerCandidates(clock, () => this.ways.own);
    this.servers = new Servers(clock, () => this.askServers());
    this.made = new MadeWatch(clock, (made) => this.tell({ type: 'made', made }));
    this.line = new LineWatch(clock, {
      path: (own) => this.handlePath(own),
      reached: (reached) => this.tell({ type: 'path', own: this.line.own, reached }),
      say: (message) => this.say(message),
      counted: (report) => this.made.take(report),
      silent: (is) => this.handleSilent(is),
      switched: () => this.pacing.handleSwitch(),
      ask: () => this.channels.ask(),
    });
    this.senders = new Senders(ports.makeStream(), settings.tracks);
    this.candidates = new OwnCandidates(clock, (list, end) => this.tellPartner({ kind: 'candidates', list, end }));
    this.negotiation = new Negotiation(clock, this.senders, this.partner, {
      body: (body) => this.tellPartner(body),
      set: (which) => this.tell({ type: 'mark', mark: which }),
      refused: (why) => this.tell({ type: 'refused', why }),
    });
    this.trust = new Trust(ports, {
      connection: () => this.pc && this.certificate && { pc: this.pc, certificate: this.certificate, pinned: this.negotiation.fingerprint },
      say: (message) => void this.say(message),
      changed: (code) => this.tell({ type: 'code', code }),
      again: (body, first) => this.tell({ type: 'body', body, first }),
      forged: () => this.tell({ type: 'refused', why: 'other_fingerprint' }),
      broken: (error) => this.tell({ type: 'broken', error }),
    });
    this.channels = new Channels(clock, {
      open: () => this.handleChannelOpen(),
      heard: (roundTripMs) => this.line.handleHeard(roundTripMs),
      control: (message) => this.handleControl(message),
      chat: (text) => this.tell({ type: 'chat', text }),
    });
    this.release = new Deadline(clock, () => this.handleReleaseDue());
    this.mend = new Deadline(clock, () => this.handleMendDue());
    this.pacing = new Pacing(clock, this.senders, {
      say: (message) => void this.say(message),
      change: (pace, seen) => this.tell({ type: 'pace', pace, seen }),
      fault: (error) => this.tell({ type: 'fault', error }),
    }, ports.watchPressure, ports.costs);
    this.setSaving(settings.saving ?? kNoSaving);
  }

  warm(): void {
    this.step(async () => {
      const [certificate, facts] = await Promise.all([this.ports.makeCertificate(), this.ports.codecs?.() ?? null]);
      this.certificate = certificate;
      if (facts) this.senders.setCodecs(orderCodecs(facts, this.ports.costs));
      if (!this.closed) this.connect([]);
    });
  }

  /** What the intro says about this end; null when it is closed or broken before that. `stun`: where to look for candidates before both have accepted. */
  async describe(offers: boolean, stun: readonly string[]): Promise<OwnDescription | null> {
    let description: OwnDescription | null = null;
    await this.step(async () => {
      this.ahead = makesDoubleOffer(this.ports.doubleOffer) && stun.length > 0 && !this.direct.released;
      if (this.ahead) {
        this.candidates.hold();
        this.pc!.setConfiguration(this.configuration([{ urls: [...stun] }]));
      }
      description = await this.negotiation.describe(offers, this.ahead ? () => this.ports.makeConnection(this.configuration([])) : null);
    });
    return description;
  }

  /** Both have accepted. */
  begin({ partner, iceServers, relayOnly, told }: Beginning): void {
    void this.steps.runNow(async () => {
      this.servers.take(iceServers);
      this.hasRelay = hasRelay(iceServers);
      this.relayOnly ||= relayOnly;
      if (this.relayOnly || partner.relayOnly) this.ways.handleChoice();
      const doubled = this.ahead ? this.negotiation.doubled(partner) : null;
      // An offer that the partner does not answer is of no use, and the partner's is answered by another connection.
      if (this.ahead && doubled === null && !this.negotiation.isFirst) this.startOver();
      if (this.ahead) this.withRelay = !this.hasRelay;
      else this.configure(partner.relayOnly);
      this.candidates.release(told);
      if (doubled !== null || !this.negotiation.isFirst) this.partner.handle(partner.candidates);
      if (await this.negotiation.begin(partner, doubled)) this.handleFirstRound();
    });
  }

  private configure(partnerRelayOnly: boolean): void {
    if (this.relayOnly || partnerRelayOnly) this.direct.handleRelayNeeded();
    this.withRelay = this.direct.released || !this.hasRelay;
    if (this.direct.released) this.tell({ type: 'mark', mark: 'relay_released' });
    this.pc!.setConfiguration(this.configuration(this.withRelay ? this.servers.list : withoutRelay(this.servers.list)));
  }

  private startOver(): void {
    this.candidates.drop();
    this.ahead = false;
    unwire(this.pc!);
    this.pc!.close();
    this.connect([]);
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
    const { owed } = this.servers;
    this.servers.take(servers);
    // A restart has had to do with old ones since.
    if (owed) this.handleSign();
  }

  /** The server is there again, with the partner. */
  handleServerBack(): void {
    this.servers.askAgain();
    this.considerRestart();
  }

  /** The person wants a broken path to be mended, however long it takes. */
  keep(): void {
    this.mending.handleKeep(this.ports.clock.now());
    this.handleSign();
  }

  /** The network may be another, or the device has slept: the partner is asked for a sign of life, and what is broken is mended at once. */
  handleSign(): void {
    this.line.handleWake();
    this.mending.handleSign(this.ports.clock.now());
    this.considerRestart();
    this.planMending();
  }

  /** Sends another track, or none, in place of the one before. No negotiation is needed for it. */
  setTrack(kind: Track, track: MediaStreamTrack | null): void {
    this.senders.set(kind, track);
    this.step(async () => {
      await this.senders.put(kind);
      if (kind === 'video') this.pacing.handleTrack();
    });
  }

  /** What this person wants to spend on calls from now on. */
  setSaving(saving: Saving): void {
    this.pacing.setSaving(saving);
    if (this.senders.setOnce(saving.data, this.negotiation.negotiated)) this.oweRound();
  }

  private oweRound(): void {
    this.negotiation.owesRound = true;
    this.step(() => this.negotiation.payRound());
  }

  say(message: Control): boolean {
    return this.channels.say(message);
  }

  sendChat(text: string): boolean {
    return this.channels.sendChat(text);
  }

  /** Closes at once for this end; the partner is told `bye` if the channel still carries it. */
  close(bye?: Control): void {
    if (this.closed) return;
    const said = bye !== undefined && this.say(bye);
    this.closed = true;
    this.release.plan(null);
    this.mend.plan(null);
    this.candidates.stop();
    this.line.stop();
    this.made.stop();
    this.trust.stop();
    this.pacing.stop();
    const { pc } = this;
    if (!pc) return;
    this.senders.stop();
    unwire(pc);
    if (!said) return pc.close();
    this.channels.closeWhenSent(pc);
  }

  private configuration(iceServers: RTCIceServer[]): RTCConfiguration {
    return configurationWith(iceServers, this.relayOnly || this.avoidsDirect, this.certificate!);
  }

  private step(run: () => Promise<void>): Promise<void> {
    return this.steps.run(run);
  }

  private tell(event: PeerEvent): void {
    if (!this.closed) this.onEvent(event);
  }

  /** By the server and, where the path still carries something, by the channel as well: either may be dead without having said so. */
  private tellPartner(body: Body): void {
    if (this.closed) return;
    const isSaid = this.negotiation.negotiated && !this.line.silent && this.channels.sayBody(body);
    // A wish that restarts nothing has no number by which it would be known if it came twice.
    if (!isSaid || body.kind !== 'offer_wanted' || body.restart) this.tell({ type: 'body', body, first: null });
  }

  private connect(iceServers: RTCIceServer[]): void {
    const pc = this.ports.makeConnection(this.configuration(iceServers));
    this.pc = pc;
    this.wire(pc);
    this.senders.attach(pc);
    this.negotiation.attach(pc);
    this.channels.open(pc);
  }

  private wire(pc: RTCPeerConnection): void {
    this.made.attach(pc);
    pc.onicecandidate = ({ candidate }) => this.handleOwnCandidate(candidate);
    pc.onconnectionstatechange = () => this.handleState(pc.connectionState);
    pc.oniceconnectionstatechange = () => {
      if (pc.iceConnectionState === 'failed') this.handleNoPath();
      if (pc.iceConnectionState === 'connected' || pc.iceConnectionState === 'completed') this.handlePairFound();
    };
    pc.ontrack = ({ track }) => this.tell({ type: 'track', track });
    // A listener, because Firefox does not hand the `on` attribute events that a script dispatches, as tests do.
    pc.addEventListener('negotiationneeded', () => this.step(() => this.negotiation.handleNeed()));
  }

  // ---- the channels

  private handleChannelOpen(): void {
    this.tell({ type: 'control_open' });
    if (this.line.own) this.say({ kind: 'path', ...this.line.own });
    this.trust.handleOpen();
    this.pacing.handleChannelOpen();
  }

  private handleControl(message: Control): void {
    if (message.kind === 'body') return this.handleBody(message.body);
    if (message.kind === 'code') return this.trust.handleMessage(message);
    if (message.kind === 'ends') return this.line.farEnd.handle(message);
    this.tell({ type: 'control', message });
    if (message.kind === 'limit') this.pacing.handleLimit(message.most);
    if (message.kind === 'undecoded' && this.senders.avoid(message.codec)) this.oweRound();
    if (message.kind !== 'path') return;
    this.made.handlePartnersWord(message.relay);
    this.ways.handlePartnersWord(message.relay);
    this.handleWay();
  }

  // ---- rounds of offers and answers

  private async handleAnswer(sdp: string, round: number | null): Promise<void> {
    if (!(await this.negotiation.takeAnswer(sdp, round))) return;
    if (this.negotiation.negotiated) this.considerRestart();
    else this.handleFirstRound();
    // Behind a restart that is wanted by now, which carries the same.
    this.step(() => this.negotiation.payRound());
    if (!this.negotiation.offers.takeOwed()) return;
    await this.freshen();
    if (!this.closed) await this.restart('partner');
  }

  /** A later offer. */
  private async handleOffer({ sdp, round, renewed }: Extract<Body, { kind: 'offer' }>): Promise<void> {
    const { negotiated, offers } = this.negotiation;
    if (!negotiated || offers.mine || !offers.takeNew(round) || (renewed && this.mending.renewsTooOften(this.ports.clock.now()))) return;
    const accepted = this.negotiation.acceptOffer(sdp);
    if (!accepted) return;
    if (accepted.restarts || renewed) {
      this.direct.handlePartnersRestart(this.ports.clock.now());
      await this.freshen();
      if (this.closed) return;
      this.prepareRestart('partner', renewed);
    }
    if (renewed) this.renew();
    await this.negotiation.answer(sdp, round);
  }

  private async handleOfferWanted({ restart, round, renew }: Extract<Body, { kind: 'offer_wanted' }>): Promise<void> {
    const { negotiated, offers, isFree } = this.negotiation;
    if (!negotiated || !offers.mine) return;
    const due = offers.handleWish(restart, round, isFree, this.ports.clock.now());
    if (due === 'offer') await this.negotiation.offer({});
    // What crosses an offer is granted after it, unless that is from another connection already.
    const mayRenew = !this.mending.renewsTooOften(this.ports.clock.now()) && !offers.hasRenewedSince(round);
    if (renew && mayRenew && (due === 'restart' || !isFree)) this.mending.handleRenewalWanted();
    if (due !== 'restart') return;
    await this.freshen();
    if (!this.closed) await this.restart('partner');
  }

  /** The first offer has been answered, by whichever end. */
  private handleFirstRound(): void {
    this.negotiation.settle();
    this.mending.setPatience(this.negotiation.offers.mine ? 0 : kSecondAskMs);
    this.direct.handleChecksBegan(this.ports.clock.now());
    this.considerRestart();
    this.step(() => this.negotiation.payRound());
  }

  // ---- restarts of ICE

  private freshen(): Promise<void> {
    const { wasConnected, hasSign, trouble } = this.mending;
    return this.servers.freshen({ doubted: this.withRelay && wasConnected, hurry: hasSign || trouble === 'silent' || trouble === 'failed' });
  }

  private askServers(): boolean {
    if (this.settings.canTell()) this.tell({ type: 'servers_wanted' });
    return this.settings.canTell();
  }

  /** The relay's turn, if the policy has come to it, or a broken connection's. */
  private considerRestart(): void {
    this.planRelease();
    this.candidates.flush();
    if (!this.wantsRestart()) return;
    this.step(async () => {
      // A pair may have come to work while this waited for its turn.
      if (!this.mayRestart()) return;
      if (!this.negotiation.offers.mine) return this.askForRestart();
      await this.freshen();
      if (!this.closed && this.mayRestart()) await this.restart(this.reason());
    });
  }

  /** An offer that waits for a way to the partner would come when the path may be back: a broken connection is mended while it is there. */
  private wantsRestart(): boolean {
    const now = this.ports.clock.now();
    const wantsRelay = (this.direct.released && !this.withRelay && !this.asked) || (this.mustAvoidDirect() && !this.askedToAvoid);
    return this.negotiation.negotiated && (wantsRelay || ((this.settings.canTell() || this.line.lively) && (this.mending.wantsRenewal(now) || this.mending.wantsRestart(now))));
  }

  /** A pair that carries no handshake would win again: the relay is tried alone, and over another connection, since Chromium (156) keeps to the pair it has. */
  private mustAvoidDirect(): boolean {
    return this.direct.mustAvoidDirect && this.hasRelay && !this.avoidsDirect;
  }

  private mayRestart(): boolean {
    const { offers, isFree } = this.negotiation;
    return this.wantsRestart() && (!offers.mine || offers.mayOffer(isFree, this.ports.clock.now(), this.mending.hasSign));
  }

  private askForRestart(): void {
    this.asked = true;
    this.tell({ type: 'restart', why: this.reason() });
    this.askedToAvoid ||= this.direct.mustAvoidDirect;
    if (this.mustAvoidDirect()) this.mending.handleRenewalWanted();
    this.mending.handleRestart(this.ports.clock.now());
    this.negotiation.wish(true, this.mending.takeRenewal(this.ports.clock.now()));
  }

  private reason(): RestartReason {
    if (this.mending.hasSign) return 'sign';
    return this.mending.trouble ?? (this.mustAvoidDirect() ? 'handshake' : 'relay');
  }

  private async restart(why: RestartReason): Promise<void> {
    if (this.mustAvoidDirect()) this.mending.handleRenewalWanted();
    const renews = this.mending.takeRenewal(this.ports.clock.now());
    this.prepareRestart(why, renews);
    if (renews) {
      this.renew();
      this.senders.add();
    }
    await this.negotiation.offer({ iceRestart: true });
  }

  /** Under the same certificate, which the partner knows, and with the relay from the start. */
  private renew(): void {
    unwire(this.pc!);
    this.pc!.close();
    this.tell({ type: 'renewed' });
    // The former connection is not looked at any more, and the new one may never say anything.
    if (this.mending.wasConnected) this.mending.handleInterrupted(this.ports.clock.now());
    this.mending.handleRenewed(this.ports.clock.now());
    this.direct.handleRenewed();
    this.line.leave();
    this.pacing.handleRenewed();
    this.connect(this.servers.list);
    if (!this.mending.wasConnected) return;
    this.tell({ type: 'state', state: 'disconnected' });
    this.planMending();
  }

  /** Whoever restarts ICE, both ends gather anew, with the relay. */
  private prepareRestart(why: RestartReason, renews: boolean): void {
    this.tell({ type: 'restart', why });
    this.candidates.handleRestart();
    this.mending.handleRestart(this.ports.clock.now());
    this.direct.handleRelayNeeded();
    if (!this.withRelay) this.tell({ type: 'mark', mark: 'relay_released' });
    this.withRelay = true;
    this.avoidsDirect ||= renews && this.mustAvoidDirect();
    this.pc!.setConfiguration(this.configuration(this.servers.list));
  }

  // ---- candidates

  private async handleCandidates(list: CandidateInit[], end: boolean): Promise<void> {
    this.partner.handle(list);
    if (end && this.partner.onlyRelay) this.handleNoPath();
    if (this.pc!.remoteDescription) await this.partner.add(this.pc!);
    this.made.handleCandidates();
  }

  private handleOwnCandidate(candidate: RTCIceCandidate | null): void {
    // The device is on another network.
    if (candidate?.candidate && this.candidates.takeSign()) this.handleSign();
    this.candidates.handle(candidate);
    if (this.candidates.held) this.tell({ type: 'found', found: this.candidates.found });
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
    const deadline = this.direct.pollTimeout();
    this.release.plan(deadline === null ? null : deadline + (this.negotiation.offers.mine ? 0 : kSecondAskMs));
  }

  private handleReleaseDue(): void {
    this.direct.handleTimeout(this.ports.clock.now());
    this.considerRestart();
  }

  // ---- how the connection is

  private handleState(state: RTCPeerConnectionState): void {
    const now = this.ports.clock.now();
    if (state === 'connected') {
      this.mending.handleConnected(now);
      this.direct.handleConnected();
      this.planRelease();
      this.line.watch(this.pc!);
      this.trust.handleConnected();
      this.pacing.handleConnected(this.pc!);
    } else if (state === 'connecting') {
      this.mending.handleChecking();
    } else if (state === 'disconnected') {
      this.mending.handleInterrupted(now);
    } else if (state === 'failed') {
      this.mending.handleFailed(now, this.pc?.sctp?.transport.state === 'failed');
      this.direct.handlePairLost();
      this.handleNoPath();
    }
    if (state === 'connected' || state === 'disconnected') this.tell({ type: 'state', state });
    if (this.mending.isHopeless(now)) this.tell({ type: 'state', state: 'failed' });
    else this.planMending();
  }

  /** It only makes a restart begin earlier, and the person see that the picture is not of now. */
  private handleSilent(is: boolean): void {
    const now = this.ports.clock.now();
    if (is) this.mending.handleSilence(now);
    else this.mending.handleHeard(now);
    if (is || !this.mending.isBroken) this.tell({ type: 'state', state: is ? 'disconnected' : 'connected' });
    this.considerRestart();
    this.planMending();
  }

  private handleNoPath(): void {
    this.direct.handleRelayNeeded();
    this.considerRestart();
  }

  private planMending(): void {
    this.pacing.handleBroken(this.mending.isBroken);
    this.mend.plan(this.mending.pollTimeout(), kRetryMs);
  }

  private handleMendDue(): void {
    const now = this.ports.clock.now();
    if (this.mending.isHopeless(now)) return this.tell({ type: 'state', state: 'failed' });
    if (this.mending.takeStuck(now)) this.tell({ type: 'state', state: 'stuck' });
    this.considerRestart();
    this.planMending();
  }

  private handlePath(own: OwnPath): void {
    this.say({ kind: 'path', ...own });
    this.tell({ type: 'path', own, reached: this.line.farEnd.reached });
    this.handleWay();
  }

  private handleWay(): void {
    this.pacing.handleRelay(this.line.own?.relay || this.ways.partnerUsesRelay ? (this.settings.relayBitrate ?? null) : null);
    this.ways.remember(this.line.own, this.partner.reflexive);
  }
}
