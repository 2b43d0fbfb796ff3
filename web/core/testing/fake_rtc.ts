// Enough of RTCPeerConnection for two clients in one process: descriptions with certificates and ICE names, candidates, the checks
// between two ends, and data channels. A Network says which kinds of path work.

import { createHash } from 'node:crypto';
import type { Clock } from '../ports.ts';
import { nodeCrypto } from './node_crypto.ts';
import type { PeerPorts } from '../peer.ts';
import { PathMemory } from '../path_memory.ts';

export interface Network {
  /** Whether two direct candidates reach each other. */
  direct: boolean;
  /** Whether this network's STUN answers: without it there are host candidates only. */
  reflexive: boolean;
  /** How long the DTLS handshake takes once a pair works. */
  handshakeMs?: number;
  /** Direct ways carry the small packets of checks and nothing larger. */
  narrow?: boolean;
  /** The browser behind it. */
  firefox?: boolean;
  /** Nothing passes on the way that is in use, in either direction, and nobody says so. */
  cut?: boolean;
  /** The browser behind it takes no order of codecs. */
  refusesOrder?: boolean;
  /** Sound and picture come from the partner, unless false. */
  media?: boolean;
}

type Kind = 'audio' | 'video';

/** Checks that nothing comes of are repeated. */
const kCheckMs = 100;

let made = 0;
const connections = new Map<string, FakeConnection>();

/** What stands for a certificate's bytes. */
const certificateOf = (seed: number): Buffer => Buffer.from(`certificate ${seed}`);

function digest(seed: number): string {
  return createHash('sha256').update(certificateOf(seed)).digest('hex').toUpperCase().match(/../g)!.join(':');
}

/** DTLS, once it is connected: one for everything. */
class FakeTransport {
  state = 'connected';
  readonly iceTransport = {};
  certificates: ArrayBuffer[];
  getRemoteCertificates?: () => ArrayBuffer[] = () => this.certificates;

  constructor(seed: number) {
    this.certificates = [new Uint8Array(certificateOf(seed)).buffer];
  }
}

export class FakeTrack {
  readonly id = `track-${++made}`;
  readonly kind: Kind;
  contentHint = '';
  readyState = 'live';
  settings: { width: number; height: number; frameRate: number } = { width: 640, height: 480, frameRate: 30 };
  /** What the page has asked of the camera, oldest first. */
  readonly wishes: MediaTrackConstraints[] = [];

  constructor(kind: Kind) {
    this.kind = kind;
  }

  getConstraints(): MediaTrackConstraints {
    return this.wishes.at(-1) ?? { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
  }

  getSettings(): FakeTrack['settings'] {
    return this.settings;
  }

  async applyConstraints(wish: MediaTrackConstraints): Promise<void> {
    this.wishes.push(wish);
    const ideal = (value: unknown): number => (value as { ideal: number }).ideal;
    this.settings = { width: ideal(wish.width), height: ideal(wish.height), frameRate: ideal(wish.frameRate) };
  }
}

export class FakeSender {
  transport: FakeTransport | null = null;
  track: FakeTrack | null;
  encodings: Record<string, unknown>[] = [{ active: true, scaleResolutionDownBy: 1 }];
  codecs: { mimeType: string }[] = [];
  /** How often it was told what to send. */
  told = 0;

  constructor(track: FakeTrack | null) {
    this.track = track;
  }

  async replaceTrack(track: FakeTrack | null): Promise<void> {
    this.track = track;
  }

  setStreams(): void {}

  getParameters(): { codecs: unknown[]; encodings: Record<string, unknown>[] } {
    return { codecs: this.codecs, encodings: this.encodings.map((encoding) => ({ ...encoding })) };
  }

  async setParameters({ encodings }: { encodings: Record<string, unknown>[] }): Promise<void> {
    this.told += 1;
    this.encodings = encodings.map((encoding) => ({ ...encoding }));
  }
}

/** Payload types, by codec. */
const formats: string[] = [];

function formatOf(name: string): number {
  if (!formats.includes(name)) formats.push(name);
  return 97 + formats.indexOf(name);
}

/** What a description names of one kind of media, in its order. */
function codecsIn(sdp: string, kind: Kind): string[] {
  const listed = new RegExp(`^m=${kind} \\S+ \\S+ (.*)$`, 'm').exec(sdp)?.[1]?.trim().split(' ') ?? [];
  return listed.map((format) => formats[Number(format) - 97]).filter((name) => name !== undefined);
}

class FakeTransceiver {
  direction = 'sendrecv';
  readonly sender: FakeSender;
  readonly receiver: { track: FakeTrack; transport: FakeTransport | null };
  /** What was asked for first; null leaves it to the browser. */
  preferred: string[] | null = null;
  refusesOrder = false;

  constructor(kind: Kind, track: FakeTrack | null) {
    this.sender = new FakeSender(track);
    this.receiver = { track: new FakeTrack(kind), transport: null };
  }

  setCodecPreferences(codecs: { mimeType: string }[]): void {
    if (this.refusesOrder) throw new DOMException('not in this order', 'InvalidModificationError');
    this.preferred = codecs.map(({ mimeType }) => mimeType);
  }

  /** What is named of it; in an answer in the offer's order, unless it has one of its own. */
  names(offer: string | null): string[] {
    const offered = offer === null ? null : codecsIn(offer, this.receiver.track.kind);
    return (this.preferred ?? offered ?? []).filter((name) => offered === null || offered.includes(name));
  }

  /** Of what the partner takes the first is sent. */
  handlePartner(sdp: string): void {
    const taken = codecsIn(sdp, this.receiver.track.kind);
    this.sender.codecs = taken.filter((name) => this.preferred?.includes(name) ?? true).map((mimeType) => ({ mimeType }));
  }
}

class FakeChannel {
  readyState = 'connecting';
  bufferedAmount = 0;
  other: FakeChannel | null = null;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  /** More waits than the browser takes. */
  full = false;
  private readonly passes: () => boolean;

  private readonly said: string[];

  constructor(passes: () => boolean, said: string[]) {
    this.said = said;
    this.passes = passes;
  }

  open(other: FakeChannel): void {
    if (this.readyState === 'open') return;
    this.other = other;
    this.readyState = 'open';
    this.onopen?.();
  }

  send(data: string): void {
    if (this.full) throw new DOMException('the queue is full', 'OperationError');
    this.said.push(data);
    if (!this.passes()) return;
    setImmediate(() => this.readyState === 'open' && this.other?.onmessage?.({ data }));
  }
}

interface FakeCandidate {
  candidate: string;
  sdpMid: string;
  sdpMLineIndex: number;
  usernameFragment: string;
}

const typeOf = (candidate: string): string => / typ (\w+)/.exec(candidate)![1]!;

/** Steps that were taken, in order: what the order-of-operations tests look at. */
export type Step = 'setConfiguration' | 'createOffer' | 'createAnswer' | 'setLocalDescription' | 'rollback' | 'setRemoteDescription' | 'close';

export class FakeConnection {
  signalingState = 'stable';
  connectionState = 'new';
  iceConnectionState = 'new';
  sctp: { transport: FakeTransport } | null = null;
  /** It gives DTLS up when its turn in the handshake comes, and says nothing to the other end. */
  breaksHandshake = false;
  localDescription: { type: string; sdp: string } | null = null;
  private former: { type: string; sdp: string } | null = null;
  remoteDescription: { type: string; sdp: string } | null = null;
  onicecandidate: ((event: { candidate: FakeCandidate | null }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  oniceconnectionstatechange: (() => void) | null = null;
  ontrack: ((event: { track: FakeTrack }) => void) | null = null;
  /** DTLS is there, and nothing has been told of it. */
  onSecured: (transport: FakeTransport) => void = () => {};
  /** What a listener for `negotiationneeded` is told. */
  negotiate: () => void = () => {};
  private readonly iceListeners: (() => void)[] = [];

  readonly steps: Step[] = [];
  ufrag = `uf${++made}`;
  private gatheredBy = '';
  /** Somebody wants to know what becomes of it. */
  isHeard = false;
  readonly certificate: number;
  configuration: RTCConfiguration;
  remoteCandidates: FakeCandidate[] = [];
  private readonly network: Network;
  /** The public one of this end's network. */
  private readonly address: string;
  private readonly clock: Clock;
  private readonly transceivers: FakeTransceiver[] = [];
  readonly channels = new Map<number, FakeChannel>();
  /** Who opened DTLS, once it is known; it stays so. */
  private role: 'active' | 'passive' | null = null;
  private selected: { local: string; remote: string } | null = null;
  /** The way that is in use: while checks run anew it is the former one. */
  private way: { local: string; remote: string } | null = null;
  private other: FakeConnection | null = null;
  private pairs = 0;
  private received = 0;
  private receivedAt = 0;
  /** What this end has said on the control channel. */
  readonly said: string[] = [];
  /** How often statistics were asked for. */
  looks = 0;
  /** The browser does not answer the question for statistics, or answers without counting. */
  statistics: 'all' | 'uncounted' | 'never' = 'all';

  constructor(configuration: RTCConfiguration, network: Network, clock: Clock, address: string) {
    this.address = address;
    this.configuration = configuration;
    this.certificate = (configuration.certificates?.[0] as unknown as { seed: number }).seed;
    this.network = network;
    this.clock = clock;
    connections.set(this.ufrag, this);
  }

  /** Of the signs of how the call is made only the state of ICE is given: what else happens shows in the reports. */
  addEventListener(name: string, listener: () => void): void {
    this.isHeard = true;
    if (name === 'negotiationneeded') this.negotiate = listener;
    if (name === 'iceconnectionstatechange') this.iceListeners.push(listener);
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.steps.push('setConfiguration');
    this.configuration = configuration;
  }

  addTransceiver(what: FakeTrack | Kind, { direction = 'sendrecv' }: RTCRtpTransceiverInit = {}): FakeTransceiver {
    const transceiver = typeof what === 'string' ? new FakeTransceiver(what, null) : new FakeTransceiver(what.kind, what);
    transceiver.direction = direction;
    transceiver.refusesOrder = this.network.refusesOrder === true;
    this.transceivers.push(transceiver);
    return transceiver;
  }

  getTransceivers(): FakeTransceiver[] {
    return this.transceivers;
  }

  getSenders(): FakeSender[] {
    return this.transceivers.map(({ sender }) => sender);
  }

  getReceivers(): { transport: FakeTransport | null }[] {
    return this.transceivers.map(({ receiver }) => receiver);
  }

  createDataChannel(_label: string, { id }: { id: number }): FakeChannel {
    const channel = new FakeChannel(() => this.passes(), id === 0 ? this.said : []);
    this.channels.set(id, channel);
    return channel;
  }

  async createOffer(options: { iceRestart?: boolean } = {}): Promise<{ type: 'offer'; sdp: string }> {
    this.steps.push('createOffer');
    if (options.iceRestart) this.restart();
    return { type: 'offer', sdp: this.describe('actpass', null) };
  }

  async createAnswer(): Promise<{ type: 'answer'; sdp: string }> {
    this.steps.push('createAnswer');
    // As Firefox: what the offer leaves open is decided as if it was the first.
    const setup = this.remoteDescription!.sdp.includes('a=setup:active') ? 'passive' : 'active';
    return { type: 'answer', sdp: this.describe(setup, this.remoteDescription!.sdp) };
  }

  async setLocalDescription(description: { type: string; sdp?: string }): Promise<void> {
    this.steps.push(description.type === 'rollback' ? 'rollback' : 'setLocalDescription');
    if (description.type === 'rollback') {
      this.signalingState = 'stable';
      this.localDescription = this.former;
      return;
    }
    if (this.signalingState === 'stable') this.former = this.localDescription;
    this.apply(description as { type: string; sdp: string });
  }

  private apply(description: { type: string; sdp: string }): void {
    this.localDescription = description;
    if (description.type === 'answer') {
      this.takeRole(description.sdp.includes('a=setup:passive') ? 'passive' : 'active');
      // What the answer does not name is not sent either.
      for (const transceiver of this.transceivers) transceiver.handlePartner(this.remoteDescription!.sdp);
    }
    this.signalingState = description.type === 'offer' ? 'have-local-offer' : 'stable';
    // Once for each of its names.
    if (this.gatheredBy === this.ufrag) return;
    this.gatheredBy = this.ufrag;
    setImmediate(() => this.gather());
  }

  private restart(): void {
    this.ufrag = `uf${++made}`;
    this.remoteCandidates = [];
    this.selected = null;
    connections.set(this.ufrag, this);
  }

  async setRemoteDescription(description: { type: string; sdp: string }): Promise<void> {
    this.steps.push('setRemoteDescription');
    if (description.type === 'answer') this.takeRole(description.sdp.includes('a=setup:passive') ? 'active' : 'passive');
    const ufrag = (sdp = '') => /a=ice-ufrag:(\S+)/.exec(sdp)?.[1];
    const restarts = this.remoteDescription !== null && ufrag(this.remoteDescription.sdp) !== ufrag(description.sdp);
    if (restarts && description.type === 'offer') this.restart();
    // As Chromium: in its own words.
    this.remoteDescription = { ...description, sdp: description.sdp.replace(/^o=.*$/m, 'o=- 1 1 IN IP4 127.0.0.1') };
    this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable';
    for (const [section, kind] of description.sdp.matchAll(/^m=(audio|video)(?:(?!^m=)[^])*/gm) as Iterable<[string, Kind]>) {
      if (!this.transceivers.some(({ receiver }) => receiver.track.kind === kind)) this.addTransceiver(kind);
      const transceiver = this.transceivers.find(({ receiver }) => receiver.track.kind === kind)!;
      transceiver.handlePartner(description.sdp);
      if (!section.includes('a=recvonly')) setImmediate(() => this.ontrack?.({ track: transceiver.receiver.track }));
    }
    this.check();
  }

  /** As Chromium, at either end. */
  private takeRole(role: 'active' | 'passive'): void {
    if (this.role !== null && this.role !== role) throw new Error('Failed to set SSL role for the transport.');
    this.role = role;
  }

  async addIceCandidate(candidate: FakeCandidate): Promise<void> {
    if (!candidate.candidate.startsWith('candidate:')) throw new Error('not a candidate');
    this.remoteCandidates.push(candidate);
    this.check();
  }

  /** Further entries of a report. */
  measured: () => Iterable<[string, unknown]> = () => [];

  /** What the browser says the two ends of the pair in use are. */
  addresses: { own?: string; partner?: string } = {};

  async getStats(): Promise<Map<string, unknown>> {
    this.looks += 1;
    if (this.statistics === 'never') return new Promise(() => {});
    const stats = new Map<string, unknown>();
    if (!this.way) return stats;
    for (const [id, entry] of this.measured()) stats.set(id, entry);
    const now = this.clock.now();
    if (this.network.media !== false && this.passes()) this.received += now - this.receivedAt;
    this.receivedAt = now;
    const counted = this.statistics === 'all' ? { bytesReceived: this.received } : {};
    const local = { type: 'local-candidate', candidateType: this.way.local, address: this.addresses.own };
    const pair = `P${this.pairs}`;
    stats.set('T', { type: 'transport', selectedCandidatePairId: pair });
    stats.set(pair, { type: 'candidate-pair', state: 'succeeded', localCandidateId: 'L', remoteCandidateId: 'R', ...counted });
    stats.set('L', this.way.local === 'relay' ? { ...local, relayProtocol: 'udp' } : local);
    stats.set('R', { type: 'remote-candidate', candidateType: this.way.remote, address: this.addresses.partner });
    return stats;
  }

  close(): void {
    this.steps.push('close');
    this.connectionState = 'closed';
    for (const channel of this.channels.values()) channel.readyState = 'closed';
    connections.delete(this.ufrag);
  }

  /** Nothing passes any more at this end, or something does again, and nobody says so. */
  cut(is: boolean): void {
    this.network.cut = is;
  }

  /** What the ICE and DTLS below would come to. */
  become(state: 'disconnected' | 'failed' | 'connected'): void {
    this.becomeIce(state);
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  becomeIce(state: 'disconnected' | 'failed' | 'connected'): void {
    this.iceConnectionState = state;
    this.oniceconnectionstatechange?.();
    for (const listener of this.iceListeners) listener();
  }

  /** The browser gives DTLS up for good. */
  closeDtls(): void {
    this.sctp ??= { transport: new FakeTransport(this.certificate) };
    this.sctp.transport.state = 'failed';
    this.connectionState = 'failed';
    this.onconnectionstatechange?.();
  }

  private describe(setup: string, offer: string | null): string {
    const sections = [...this.transceivers.map(({ receiver }) => receiver.track.kind as string), 'application'];
    const origin = this.network.firefox ? 'o=mozilla...THIS_IS_SDPARTA-153.0 1 1 IN IP4 0.0.0.0' : 'o=- 1 1 IN IP4 127.0.0.1';
    const lines = ['v=0', origin, 's=-', 't=0 0', `a=group:BUNDLE ${sections.map((_, at) => at).join(' ')}`];
    for (const [at, kind] of sections.entries()) {
      const transceiver = this.transceivers.find(({ receiver }) => receiver.track.kind === kind);
      const names = transceiver?.names(offer) ?? [];
      const unnamed = this.network.firefox ? 120 : 96; // browsers of two kinds number differently
      const listed = names.length === 0 ? unnamed : names.map(formatOf).join(' ');
      const media = kind === 'application' ? 'application 9 UDP/DTLS/SCTP webrtc-datachannel' : `${kind} 9 UDP/TLS/RTP/SAVPF ${listed}`;
      lines.push(`m=${media}`, `a=mid:${at}`, `a=ice-ufrag:${this.ufrag}`, `a=ice-pwd:password${this.ufrag}`);
      lines.push(`a=fingerprint:sha-256 ${digest(this.certificate)}`, `a=setup:${setup}`);
      if (transceiver?.direction === 'recvonly') lines.push('a=recvonly');
      if (kind !== 'application' && names.length === 0) lines.push(`a=rtpmap:${unnamed} ${kind === 'audio' ? 'opus' : 'VP8'}/90000`);
      if (kind !== 'application') lines.push('a=rtcp-mux', ...names.map((name) => `a=rtpmap:${formatOf(name)} ${name.split('/')[1]}/90000`));
    }
    return `${lines.join('\r\n')}\r\n`;
  }

  gather(): void {
    const types = this.configuration.iceTransportPolicy === 'relay' ? [] : this.network.reflexive ? ['host', 'srflx'] : ['host'];
    if ((this.configuration.iceServers ?? []).some(({ urls }) => [urls].flat().some((url) => url.startsWith('turn')))) types.push('relay');
    for (const type of types) this.onicecandidate?.({ candidate: this.candidate(type) });
    this.onicecandidate?.({ candidate: null });
  }

  private candidate(type: string): FakeCandidate {
    const address = type === 'relay' ? '198.51.100.1' : type === 'srflx' ? this.address : '192.168.1.2';
    const candidate = `candidate:1 1 udp 1 ${address} 4000 typ ${type}`;
    return { candidate, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: this.ufrag };
  }

  /** Connects when both ends know each other and some pair of the candidates told to either works. */
  private check(): void {
    const other = connections.get(/a=ice-ufrag:(\S+)/.exec(this.remoteDescription?.sdp ?? '')?.[1] ?? '');
    if (!other || this.selected || !this.localDescription || !other.remoteDescription || !other.localDescription) return;
    if (!other.remoteDescription.sdp.includes(`a=ice-ufrag:${this.ufrag}\r\n`)) return;
    if (this.network.cut || other.network.cut) {
      this.clock.after(kCheckMs, () => this.connectionState === 'closed' || this.check());
      return;
    }
    const told = [...this.remoteCandidates, ...other.remoteCandidates].map(({ candidate }) => typeOf(candidate));
    const bothTellDirect = [this, other].every(({ remoteCandidates }) => remoteCandidates.some(({ candidate }) => typeOf(candidate) !== 'relay'));
    const direct = { local: 'host', remote: 'host' };
    // As Chromium: a pair that works is kept, though the restart has told no candidate of its kind.
    const hasDirect = this.other === other && [this, other].every(({ way, iceConnectionState }) => way?.local === 'host' && iceConnectionState === 'connected');
    if (this.network.direct && other.network.direct && (bothTellDirect || hasDirect)) this.join(other, direct, direct);
    else if (told.includes('relay')) {
      const mine = other.remoteCandidates.some(({ candidate }) => typeOf(candidate) === 'relay');
      // Whoever does not use a relay sees the other's as an address it never heard of.
      const [relayed, plain] = [{ local: 'relay', remote: 'host' }, { local: 'host', remote: 'prflx' }];
      if (mine) this.join(other, relayed, plain);
      else this.join(other, plain, relayed);
    }
  }

  private join(other: FakeConnection, own: { local: string; remote: string }, theirs: { local: string; remote: string }): void {
    this.selected = own;
    other.selected = theirs;
    this.clock.after(30, () => {
      this.use(other, own);
      other.use(this, theirs);
      for (const end of [this, other]) if (end.connectionState !== 'closed') end.becomeIce('connected');
      const handshakeMs = Math.max(this.network.handshakeMs ?? 0, other.network.handshakeMs ?? 0);
      const isDirect = own.local !== 'relay' && theirs.local !== 'relay';
      if (isDirect && (this.network.narrow || other.network.narrow)) return;
      this.clock.after(handshakeMs, () => this.finishHandshake(other));
    });
  }

  private use(other: FakeConnection, way: { local: string; remote: string }): void {
    this.other = other;
    this.way = way;
    this.pairs += 1;
    this.received = 0;
    this.receivedAt = this.clock.now();
  }

  /** Whether what either end sends arrives at the other. */
  private passes(): boolean {
    return this.other !== null && !this.network.cut && !this.other.network.cut;
  }

  /** Which certificate DTLS was shown, whatever descriptions say. */
  private secure(seed: number): void {
    if (this.sctp) return;
    const transport = new FakeTransport(seed);
    this.sctp = { transport };
    for (const { sender, receiver } of this.transceivers) sender.transport = receiver.transport = transport;
    this.onSecured(transport);
  }

  private finishHandshake(other: FakeConnection): void {
    const broken = [this, other].filter(({ breaksHandshake }) => breaksHandshake);
    for (const end of broken) end.closeDtls();
    if (broken.length > 0) return;
    this.secure(other.certificate);
    other.secure(this.certificate);
    for (const end of [this, other]) if (end.connectionState !== 'closed') end.become('connected');
    for (const [id, channel] of this.channels) {
      const theirs = other.channels.get(id);
      if (!theirs || this.connectionState === 'closed' || other.connectionState === 'closed') continue;
      channel.open(theirs);
      theirs.open(channel);
    }
  }
}

export interface FakeRtc extends PeerPorts {
  /** Every connection that was made for a partner, oldest first. */
  readonly made: FakeConnection[];
  /** Called for each new one before it is used. */
  onMade: (connection: FakeConnection) => void;
}

export function makeFakeRtc(clock: Clock, network: Network = { direct: true, reflexive: true }): FakeRtc {
  const address = `203.0.113.${++made & 255}`;
  const all: FakeConnection[] = [];
  const rtc: FakeRtc = {
    clock,
    crypto: nodeCrypto,
    memory: new PathMemory(),
    get made() {
      return all.filter(({ isHeard }) => isHeard);
    },
    onMade: () => {},
    makeCertificate: async () => {
      const seed = ++made;
      const getFingerprints = () => [{ algorithm: 'sha-256', value: digest(seed).toLowerCase() }];
      return { seed, getFingerprints } as unknown as RTCCertificate;
    },
    makeStream: () => ({}) as MediaStream,
    makeConnection(configuration) {
      const connection = new FakeConnection(configuration, network, clock, address);
      all.push(connection);
      rtc.onMade(connection);
      return connection as unknown as RTCPeerConnection;
    },
  };
  return rtc;
}
