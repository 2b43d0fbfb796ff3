// A server in memory for tests: the rules of docs/protocol.md that two honest pages meet, without limits, sealing or proof of
// fairness. Tests can cut its connections, restart it, and read every message that crossed.

import { toBase64url } from '../bytes.ts';
import type { Clock, CryptoPort, Socket } from '../ports.ts';
import { proofMessage } from '../proof.ts';
import type { ClientMessage, LeftReason, Role } from '../protocol.ts';
import { fromBase64url } from '../bytes.ts';
import { crossedOf, ledgerOf, type Crossed, type Message } from './fake_ledger.ts';

export const kResumeMs = 30_000;
/** Of who was in a call that both have accepted. */
export const kCallResumeMs = 300_000;
const kAnswerMs = 20_000;
const kNotMetMs = 2_000;

interface Held {
  seq: number;
  id: number;
  body: string;
}

interface Member {
  session: FakeSession | null;
  id: string;
  accepted: boolean;
  intro: string;
  introArrived: boolean;
  seq: number;
  lastId: number;
  held: Held[];
}

interface FakeCall {
  id: string;
  kind: 'room' | 'private';
  private: { id: string; seats: [string, string] } | null;
  standing: boolean;
  half: boolean;
  members: [Member, Member];
}

interface FakeSession {
  id: string;
  key: string;
  token: string;
  socket: ServerSocket | null;
  /** Counts its connections that were lost: what waits for the end of an earlier absence is over. */
  absences: number;
  wish: ClientMessage | null;
  since: number;
  call: FakeCall | null;
  left: Message | null;
  blocked: Set<string>;
  met: Set<string>;
  /** Calls of which it may still say something. */
  knows: Set<string>;
  /** On its earlier connections. */
  crossed: Crossed[];
}

interface ServerSocket {
  nonce: string;
  session: FakeSession | null;
  tell(message: Message): void;
  close(code: number): void;
  /** The network in between takes everything and carries nothing. */
  silent: boolean;
  crossed: Crossed[];
}

/** Which room a private call's `open` leads to: its name alone leads nowhere. */
const roomOf = ({ id, door }: { id: string; door: string }): string => `${id} ${door}`;

/** Two seats of one room, in whichever order. */
const pairOf = (room: string, seats: [string, string]): string => [room, ...[...seats].sort()].join(' ');

export interface FakeServerSettings {
  clock: Clock;
  crypto: CryptoPort;
  host: string;
  rooms?: string[];
  privacy?: 'direct' | 'relay_only';
  iceServers?: unknown[];
  relays?: { name: string; origin: string | null }[];
  stun?: string[];
  /** Beside those that every server tells. */
  limits?: Record<string, number>;
}

export class FakeServer {
  /** What every socket has seen, oldest first. */
  readonly log: { way: 'in' | 'out'; session: string; message: Message }[] = [];
  /** Sockets that may open; false is a network that is down. */
  reachable = true;
  /** Refuses this many of the next bodies with `queue_full`. */
  refuseBodies = 0;
  /** Pairs of seats of which one has declined the other. */
  private readonly apart = new Set<string>();
  /** Does not read this many of the next messages, and says so without being able to say which. */
  unread = 0;
  /** Whether `servers` is answered. */
  namesServers = true;
  /** Cannot store this many of the next reports. */
  refuseReports = 0;
  /** How every `seek` is refused, while it is. */
  refuseSeeks: { code: string; retry_after: number } | null = null;

  private readonly settings: Required<FakeServerSettings>;
  private sockets = new Set<ServerSocket>();
  private sessions = new Map<string, FakeSession>();
  private calls = new Map<string, FakeCall>();
  private readonly sealed = new Map<string, { session: string; key: string; call: FakeCall | null; member: number }>();
  private epoch = this.name();

  constructor(settings: FakeServerSettings) {
    const iceServers = [{ urls: ['turn:relay.example'], username: 'user', credential: 'secret' }];
    this.settings = { rooms: ['ta', 'hi'], privacy: 'direct', iceServers, relays: [], stun: ['stun:s'], limits: {}, ...settings };
  }

  private names = 0;
  private name(): string {
    return toBase64url(new TextEncoder().encode(`n${++this.names}`.padEnd(8, '.')));
  }

  /** What a page's `openSocket` gives. Everything crosses on a later turn, as over a network. */
  connect(): Socket {
    const socket: Socket = { send: () => {}, close: () => {}, onopen: null, onmessage: null, onclose: null };
    let open = true;
    const closeBoth = (code: number): void => {
      if (!open) return;
      open = false;
      this.detach(server);
      setImmediate(() => socket.onclose?.({ code }));
    };
    const server: ServerSocket = {
      nonce: toBase64url(this.settings.crypto.getRandomValues(new Uint8Array(32))),
      session: null,
      tell: (message) => {
        if (!open) return;
        this.log.push({ way: 'out', session: server.session?.id ?? '', message });
        server.crossed.push(crossedOf('out', message));
        setImmediate(() => open && !server.silent && socket.onmessage?.({ data: JSON.stringify(message) }));
      },
      close: closeBoth,
      silent: false,
      crossed: [],
    };
    socket.send = (text) => setImmediate(() => open && !server.silent && void this.handle(server, JSON.parse(text) as ClientMessage));
    socket.close = () => server.silent || closeBoth(1005);
    if (!this.reachable) {
      setImmediate(() => socket.onclose?.({ code: 1006 }));
      open = false;
      return socket;
    }
    this.sockets.add(server);
    setImmediate(() => {
      socket.onopen?.();
      server.tell({ type: 'challenge', nonce: server.nonce });
    });
    return socket;
  }

  /** Every connection breaks; sessions stay. */
  cut(code = 1006): void {
    for (const socket of [...this.sockets]) socket.close(code);
  }

  /** Nothing crosses this session's connection any more, and neither end is told: its device has changed its network. */
  silence(session: string): void {
    for (const socket of this.sockets) if (socket.session?.id === session) socket.silent = true;
  }

  /** A new life: everything that was in memory is gone, tokens stay good. */
  restart(): void {
    this.cut();
    this.sessions.clear();
    this.calls.clear();
    this.epoch = this.name();
  }

  /** As some minutes after the end of every call. */
  forgetCalls(): void {
    for (const { knows } of this.sessions.values()) knows.clear();
  }

  tellAll(message: Message): void {
    for (const socket of this.sockets) socket.tell(message);
  }

  private detach(socket: ServerSocket): void {
    this.sockets.delete(socket);
    const { session } = socket;
    if (!session || session.socket !== socket) return;
    session.socket = null;
    session.crossed.push(...socket.crossed);
    if (session.wish) session.wish = null;
    if (session.call && !session.call.standing) this.withdraw(session, 'not_met');
    session.absences += 1;
    this.giveUpAfter(session, session.call && !session.call.half ? kCallResumeMs : kResumeMs);
  }

  private giveUpAfter(session: FakeSession, ms: number): void {
    const { absences } = session;
    this.settings.clock.after(ms, () => {
      if (session.socket || session.absences !== absences || this.sessions.get(session.id) !== session) return;
      this.sessions.delete(session.id);
      if (session.call) this.endCall(session.call, session, 'gone');
    });
  }

  private async handle(socket: ServerSocket, message: ClientMessage): Promise<void> {
    this.log.push({ way: 'in', session: socket.session?.id ?? '', message: message as unknown as Message });
    socket.crossed.push(crossedOf('in', message as unknown as Message));
    if (message.type === 'hello') return this.greet(socket, message);
    const { session } = socket;
    if (!session) return socket.close(4000);
    if (this.unread > 0) {
      this.unread -= 1;
      return this.tell(session, { type: 'error', code: 'rate', text: '', retry_after: 2 });
    }
    switch (message.type) {
      case 'seek':
      case 'open':
        return this.wish(session, message);
      case 'unseek':
        session.wish = null;
        return;
      case 'accept':
        return this.accept(session, message.call, message.intro);
      case 'decline':
        return this.decline(session, message.call, 'key');
      case 'relay':
        return this.relay(session, message);
      case 'leave':
        if (!this.isMember(session, message.call, 'leave')) return;
        if (!session.call!.standing) return this.decline(session, message.call, 'not_met');
        this.endCall(session.call!, session, message.reason);
        return this.tell(session, { type: 'left', call: message.call, reason: 'you' });
      case 'block':
      case 'report':
        if (!session.knows.has(message.call)) {
          return this.tell(session, { type: 'error', code: 'not_member', text: '', about: message.type });
        }
        if (message.type === 'report' && this.refuseReports > 0) {
          this.refuseReports -= 1;
          this.tell(session, { type: 'error', code: 'not_kept', text: '', about: 'report' });
        } else this.tell(session, { type: 'noted', call: message.call, what: message.type });
        if (session.call?.id !== message.call) return;
        this.endCall(session.call, session, 'left');
        return this.tell(session, { type: 'left', call: message.call, reason: 'you' });
      case 'servers':
        if (!this.namesServers) return;
        return this.tell(session, { type: 'servers', call: message.call, ice_servers: this.settings.iceServers });
      case 'ledger':
        return this.tell(session, ledgerOf([...session.crossed, ...session.socket!.crossed]));
      case 'ping': {
        const have = message.have;
        const member = this.memberOf(session);
        if (have && member && have.epoch === this.epoch) member.held = member.held.filter(({ seq }) => seq > have.seq);
        return this.tell(session, { type: 'pong' });
      }
      default:
        this.tell(session, { type: 'error', code: 'bad_message', text: message.type, about: message.type });
    }
  }

  // ---- greeting and coming back

  private async greet(socket: ServerSocket, hello: Extract<ClientMessage, { type: 'hello' }>): Promise<void> {
    if (hello.resume === undefined) {
      const session = this.makeSession(this.name(), hello.key);
      return this.welcome(socket, session, false, null);
    }
    const seal = this.sealed.get(hello.resume);
    if (!seal || seal.key !== hello.key || !(await this.proves(socket, hello))) {
      socket.tell({ type: 'error', code: 'resume_refused', text: '' });
      return socket.close(4001);
    }
    let session = this.sessions.get(seal.session);
    if (!session) {
      if (this.epochOf.get(hello.resume) === this.epoch) {
        socket.tell({ type: 'error', code: 'resume_refused', text: '' });
        return socket.close(4001);
      }
      session = this.makeSession(seal.session, seal.key);
      if (seal.call) this.restore(session, seal.call, seal.member);
    }
    session.socket?.close(4002);
    this.welcome(socket, session, true, hello.have ?? null);
  }

  private readonly epochOf = new Map<string, string>();

  private async proves(socket: ServerSocket, hello: Extract<ClientMessage, { type: 'hello' }>): Promise<boolean> {
    const { subtle } = this.settings.crypto;
    const point = fromBase64url(hello.key)!;
    const key = await subtle.importKey('raw', point, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
    const message = await proofMessage(this.settings.crypto, this.settings.host, fromBase64url(socket.nonce)!, hello.resume!);
    return subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, fromBase64url(hello.proof ?? '')!, message);
  }

  private makeSession(id: string, key: string): FakeSession {
    const session: FakeSession = {
      id,
      key,
      token: '',
      socket: null,
      absences: 0,
      wish: null,
      since: this.settings.clock.now(),
      call: null,
      left: null,
      blocked: new Set(),
      met: new Set(),
      knows: new Set(),
      crossed: [],
    };
    this.sessions.set(id, session);
    return session;
  }

  private newToken(session: FakeSession): string {
    const token = `token-${this.name()}`;
    const member = session.call ? session.call.members.findIndex(({ id }) => id === session.id) : 0;
    this.sealed.set(token, { session: session.id, key: session.key, call: session.call, member });
    this.epochOf.set(token, this.epoch);
    return token;
  }

  private restore(session: FakeSession, old: FakeCall, member: number): void {
    let call = this.calls.get(old.id);
    if (!call) {
      const fresh = (at: 0 | 1): Member => ({
        ...old.members[at],
        session: null,
        introArrived: true,
        seq: 0,
        lastId: -1,
        held: [],
      });
      call = { ...old, standing: true, half: true, members: [fresh(0), fresh(1)] };
      this.calls.set(call.id, call);
    } else {
      call.half = false;
    }
    call.members[member]!.session = session;
    session.call = call;
    session.knows.add(call.id);
  }

  private welcome(socket: ServerSocket, session: FakeSession, resumed: boolean, have: { epoch: string; seq: number } | null): void {
    socket.session = session;
    session.socket = socket;
    const { rooms, privacy } = this.settings;
    const { call } = session;
    const waiting = (tag: string) => [...this.sessions.values()].filter(({ wish }) => wish?.type === 'seek' && wish.room === tag).length;
    socket.tell({
      type: 'welcome',
      session: session.id,
      resume: this.newToken(session),
      epoch: this.epoch,
      resumed,
      features: { rooms: true, private: true, meeting: 'ask', privacy, topics: [], stun: this.settings.stun, relays: this.settings.relays },
      limits: { message_bytes: 32768, body_bytes: 24576, answer_seconds: 20, resume_seconds: 30, ...this.settings.limits },
      rooms: rooms.map((tag) => ({ tag, name: tag, dir: 'ltr', waiting: waiting(tag) })),
      call: call && {
        call: call.id,
        role: this.roleOf(session),
        kind: call.kind,
        state: call.half ? 'half' : 'live',
        partner: this.partnerOf(session)?.session?.socket ? 'here' : 'away',
      },
    });
    if (session.left) socket.tell(session.left);
    session.left = null;
    if (!resumed || !call) return;
    this.resend(session, call, have);
    const partner = this.partnerOf(session)?.session;
    if (!call.half && partner?.socket) this.tell(partner, { type: 'back', call: call.id });
  }

  private resend(session: FakeSession, call: FakeCall, have: { epoch: string; seq: number } | null): void {
    const me = this.memberOf(session)!;
    if (have) me.introArrived = true;
    if (have?.epoch === this.epoch) me.held = me.held.filter(({ seq }) => seq > have.seq);
    if (!me.introArrived && call.standing) {
      const intro = this.partnerOf(session)!.intro;
      this.tell(session, { type: 'accepted', call: call.id, intro, ice_servers: this.settings.iceServers });
    }
    for (const { seq, id, body } of me.held) this.tell(session, { type: 'relay', call: call.id, epoch: this.epoch, seq, id, body });
  }

  // ---- meeting

  private wish(session: FakeSession, wish: Extract<ClientMessage, { type: 'seek' | 'open' }>): void {
    if (wish.type === 'seek' && this.refuseSeeks) return this.tell(session, { type: 'error', text: '', about: 'seek', ...this.refuseSeeks });
    if (session.wish || session.call) return this.tell(session, { type: 'error', code: 'busy', text: '', about: wish.type });
    if (wish.type === 'seek' && !this.settings.rooms.includes(wish.room)) {
      return this.tell(session, { type: 'error', code: 'unknown_room', text: '', about: 'seek' });
    }
    if (wish.type === 'open' && !this.makeRoom(session, wish)) return;
    session.wish = wish;
    session.since = this.settings.clock.now();
    const room = wish.type === 'seek' ? wish.room : null;
    this.tell(session, { type: 'waiting', room, ahead: this.waitingWith(session).length, estimate: null });
    this.match(session);
  }

  /** Replaces the same seat's earlier connection; false when two others are in the call. */
  private makeRoom(session: FakeSession, open: Extract<ClientMessage, { type: 'open' }>): boolean {
    for (const other of this.sessions.values()) {
      if (other === session || other.wish?.type !== 'open' || roomOf(other.wish) !== roomOf(open) || other.wish.seat !== open.seat) continue;
      other.wish = null;
      this.tell(other, { type: 'error', code: 'replaced', text: '', about: 'open' });
    }
    const call = [...this.calls.values()].find((standing) => standing.private?.id === roomOf(open));
    if (!call) return true;
    const seat = call.private!.seats.indexOf(open.seat);
    if (seat < 0) {
      this.tell(session, { type: 'full' });
      return false;
    }
    const old = call.members[seat]!.session;
    this.removeCall(call);
    if (old && old !== session) this.tell(old, { type: 'error', code: 'replaced', text: '', about: 'open' });
    const partner = call.members[1 - seat]!.session;
    if (partner) this.tell(partner, { type: 'left', call: call.id, reason: 'reload' });
    return true;
  }

  private waitingWith(session: FakeSession): FakeSession[] {
    const mine = session.wish!;
    const same = ({ wish }: FakeSession) =>
      wish !== null &&
      wish.type === mine.type &&
      ((wish.type === 'seek' && mine.type === 'seek' && wish.room === mine.room) ||
        (wish.type === 'open' && mine.type === 'open' && roomOf(wish) === roomOf(mine)));
    const apart = ({ wish }: FakeSession) =>
      wish?.type === 'open' && mine.type === 'open' && this.apart.has(pairOf(roomOf(mine), [wish.seat, mine.seat]));
    return [...this.sessions.values()].filter((other) => other !== session && other.socket && same(other) && !apart(other));
  }

  private match(session: FakeSession): void {
    const partner = this.waitingWith(session)
      .filter((other) => session.wish!.type === 'open' || !session.met.has(other.id))
      .sort((a, b) => a.since - b.since)[0];
    if (!partner) return;
    const [first, second] = [partner, session];
    const member = ({ id }: FakeSession, from: FakeSession): Member => ({
      session: from,
      id,
      accepted: false,
      intro: '',
      introArrived: false,
      seq: 0,
      lastId: 0,
      held: [],
    });
    const wishes = [first.wish!, second.wish!] as const;
    const seats = wishes.map((wish) => (wish.type === 'open' ? wish.seat : '')) as [string, string];
    const call: FakeCall = {
      id: `0.${this.name()}`,
      kind: wishes[0].type === 'open' ? 'private' : 'room',
      private: wishes[0].type === 'open' ? { id: roomOf(wishes[0]), seats } : null,
      standing: false,
      half: false,
      members: [member(first, first), member(second, second)],
    };
    this.calls.set(call.id, call);
    for (const [at, from] of [first, second].entries()) {
      const theirs = wishes[1 - at]!;
      from.call = call;
      from.knows.add(call.id);
      from.wish = null;
      from.met.add([second, first][at]!.id);
      const role = this.roleOf(from);
      if (theirs.type === 'open') {
        this.tell(from, { type: 'joined', call: call.id, role, noise: theirs.noise, prefs: { media: theirs.prefs.media } });
      } else if (theirs.type === 'seek') {
        const prefs = { room: theirs.room, media: theirs.prefs.media, topics: [] };
        this.tell(from, { type: 'matched', call: call.id, role, prefs });
      }
    }
    this.settings.clock.after(kAnswerMs, () => {
      if (this.calls.get(call.id) === call && !call.standing) this.lapse(call);
    });
  }

  private lapse(call: FakeCall): void {
    this.removeCall(call);
    for (const { session, accepted } of call.members) {
      if (session) this.tell(session, { type: 'left', call: call.id, reason: accepted ? 'not_met' : 'silent' });
      if (session && accepted && call.kind === 'room') this.requeue(session);
    }
  }

  private requeue(session: FakeSession): void {
    session.wish = { type: 'seek', room: 'ta', prefs: { media: 'video', need: 'any' } };
    this.tell(session, { type: 'waiting', room: 'ta', ahead: 0, estimate: null });
    this.match(session);
  }

  private accept(session: FakeSession, id: string, intro: string): void {
    if (!this.isMember(session, id, 'accept')) return;
    const call = session.call!;
    Object.assign(this.memberOf(session)!, { accepted: true, intro });
    if (!call.members.every(({ accepted }) => accepted)) return;
    call.standing = true;
    for (const { session: member } of call.members) {
      this.tell(member!, { type: 'token', resume: this.newToken(member!) });
      const theirs = this.partnerOf(member!)!.intro;
      this.tell(member!, { type: 'accepted', call: id, intro: theirs, ice_servers: this.settings.iceServers });
    }
  }

  private decline(session: FakeSession, id: string, partnerHears: LeftReason): void {
    if (!this.isMember(session, id, 'decline')) return;
    const { private: link } = session.call!;
    if (link && partnerHears === 'key') this.apart.add(pairOf(link.id, link.seats));
    this.withdraw(session, session.call!.kind === 'private' ? partnerHears : 'not_met');
    this.tell(session, { type: 'left', call: id, reason: 'you' });
  }

  private withdraw(session: FakeSession, partnerHears: LeftReason): void {
    const call = session.call!;
    const partner = this.partnerOf(session)?.session ?? null;
    this.removeCall(call);
    if (!partner) return;
    const delay = call.kind === 'private' ? 0 : kNotMetMs;
    this.settings.clock.after(delay, () => {
      this.tell(partner, { type: 'left', call: call.id, reason: partnerHears });
      if (call.kind === 'room') this.requeue(partner);
    });
  }

  private removeCall(call: FakeCall): void {
    this.calls.delete(call.id);
    for (const { session } of call.members) if (session?.call === call) session.call = null;
  }

  private endCall(call: FakeCall, by: FakeSession, reason: LeftReason): void {
    const partner = call.members.find(({ id }) => id !== by.id)?.session;
    this.removeCall(call);
    const left = { type: 'left', call: call.id, reason };
    if (partner?.socket) this.tell(partner, left);
    else if (partner) {
      partner.left = left;
      this.giveUpAfter(partner, kResumeMs);
    }
    for (const session of [by, partner]) {
      if (session?.socket) this.tell(session, { type: 'token', resume: this.newToken(session) });
    }
  }

  // ---- in a call

  private relay(session: FakeSession, { call: id, id: letter, body }: Extract<ClientMessage, { type: 'relay' }>): void {
    if (!this.isMember(session, id, 'relay')) return;
    if (!session.call!.standing) return this.tell(session, { type: 'error', code: 'not_accepted', text: '', about: 'relay', id: letter });
    const partner = this.partnerOf(session)!;
    if (letter <= partner.lastId) return this.tell(session, { type: 'ack', call: id, id: letter });
    if (partner.lastId >= 0 && letter > partner.lastId + 1) {
      return this.tell(session, { type: 'error', code: 'skipped', text: '', about: 'relay', id: letter });
    }
    if (this.refuseBodies > 0) {
      this.refuseBodies -= 1;
      return this.tell(session, { type: 'error', code: 'queue_full', text: '', about: 'relay', id: letter });
    }
    partner.lastId = letter;
    const held = { seq: ++partner.seq, id: letter, body };
    partner.held.push(held);
    this.tell(session, { type: 'ack', call: id, id: letter });
    if (partner.session) this.tell(partner.session, { type: 'relay', call: id, epoch: this.epoch, ...held });
  }

  private isMember(session: FakeSession, call: string, about: string): boolean {
    if (session.call?.id === call) return true;
    this.tell(session, { type: 'error', code: 'not_member', text: '', about });
    return false;
  }

  private tell(session: FakeSession, message: Message): void {
    session.socket?.tell(message);
  }

  private memberOf(session: FakeSession): Member | null {
    return session.call?.members.find(({ id }) => id === session.id) ?? null;
  }

  private partnerOf(session: FakeSession): Member | null {
    return session.call?.members.find(({ id }) => id !== session.id) ?? null;
  }

  private roleOf(session: FakeSession): Role {
    return session.call?.members[0].id === session.id ? 'a' : 'b';
  }
}
