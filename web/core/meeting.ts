// What a meeting holds, and how one is looked for, begun, left and ended. What happens to it, and so which of these is due, is in
// call.ts.
//
// Each partner is a new round; what still comes from an earlier round is not heard.

import { kCandidatesMax, type Can, type CandidateInit, type Control } from './bodies.ts';
import { freshState, type CallState, type Command, type EndReason, type Phase, type Unmet, type Wish } from './call_state.ts';
import type { Beginning, OwnDescription } from './peer.ts';
import {
  kAnswerSeconds,
  type ClientMessage,
  type IceServer,
  type Kind,
  type LeaveReason,
  type Media,
  type Role,
  type SeekPrefs,
} from './protocol.ts';

/** The server decides when a card has lapsed; this much later the page does without it. */
export const kAnswerGraceMs = 4_000;
export const kReopenMs = 500;

export class Meeting {
  state: CallState = freshState();
  /** The states that the last event led through, each as it was when it was left; empty when the phase is what it was. */
  passed: CallState[] = [];

  protected online = false;
  /** The session with the server has ended for good: nothing more is said, and nobody is found. */
  protected over = false;
  protected answerSeconds = kAnswerSeconds;
  protected round = 0;
  protected hasPeer = false;
  /** The page or the server allows nothing else from here on, whatever was wished for. */
  protected mustRelay = false;
  protected wantsAccept = false;
  protected own: OwnDescription | null = null;
  /** Own candidates that were found before both have accepted, and how many of them the intro told. */
  protected found: CandidateInit[] = [];
  protected told = 0;
  /** Private calls: whether this end makes the offer, and what the other said of itself. */
  protected greeting: { answers: boolean; relayOnly: boolean } | null = null;
  protected waitingServers: IceServer[] | null = null;
  /** The call before this one. */
  protected former: string | null = null;
  protected busyRetries = 0;
  /** The server has said that it has the newest wish. */
  protected wishHeard = false;
  protected lastAccept: ClientMessage | null = null;
  /** What the server was last told that this person brings. */
  protected toldMedia: Media | null = null;
  protected now = 0;
  protected out: Command[] = [];

  protected enter(phase: Phase): void {
    if (this.state.phase !== phase) this.passed.push({ ...this.state });
    this.state.phase = phase;
  }

  protected push(command: Command): void {
    this.out.push(command);
  }

  protected inCall(): boolean {
    return this.state.phase === 'connecting' || this.state.phase === 'connected';
  }

  protected isMeeting(): boolean {
    return this.state.phase === 'card' || this.state.phase === 'accepting';
  }

  protected isLooking(): boolean {
    return this.state.phase === 'seeking' || this.isMeeting();
  }

  // ---- looking for somebody

  protected startSeeking(kind: Kind, room: string | null, wish: Wish): void {
    this.leave('left', 'you');
    const { instant, relayOnly } = wish;
    const prefs: SeekPrefs = kind === 'private' ? { media: wish.prefs.media, need: 'any' } : wish.prefs;
    this.enter('seeking');
    // Whom one has just left may still be blocked or reported, until the next one is found.
    const { about, noted } = this.state;
    this.state = { ...freshState(), phase: 'seeking', kind, room, prefs, instant, relayOnly, about, noted };
    this.busyRetries = 0;
    this.ask();
  }

  /** What the next partner is told of this person has to be true: a search that says otherwise begins anew. */
  protected bring(media: Media): void {
    if (this.state.kind === null || this.state.prefs.media === media) return;
    this.state.prefs = { ...this.state.prefs, media };
    if (this.state.phase !== 'seeking') return;
    if (this.online) this.push({ do: 'send', message: { type: 'unseek' } });
    this.ask();
  }

  /** A call that stands has told its addresses already; every one that is still to come about is held to it. */
  protected demandRelay(): void {
    this.mustRelay = true;
    if (this.state.relayOnly || !this.isLooking()) return;
    this.state.relayOnly = true;
    // Whoever is here may be about to learn what was found ahead.
    const looked = this.state.kind === 'room' && (this.own === null || this.own.double);
    if (this.state.phase === 'seeking' || looked) this.prepareRound();
  }

  /** The server is asked now, or when it is back. */
  protected ask(): void {
    if (this.over) return this.end('session');
    this.prepareRound();
    if (this.online) this.sendWish();
  }

  /** A fresh connection for whoever comes next. `unmet`: what became of whoever was here, if anybody was. */
  protected prepareRound(unmet: Unmet = 'not_met'): void {
    const hadSomebody = this.isMeeting() || this.inCall();
    this.dropPeer(null);
    this.round += 1;
    this.hasPeer = true;
    this.own = null;
    this.found = [];
    this.told = 0;
    this.greeting = null;
    this.waitingServers = null;
    this.wantsAccept = false;
    this.lastAccept = null;
    this.state.relayOnly ||= this.mustRelay;
    this.enter('seeking');
    if (hadSomebody) this.state.unmet = unmet;
    Object.assign(this.state, { call: null, role: null, partner: null, ahead: null, estimate: null, answerBy: null, standing: 'live', shaky: false, stuck: false });
    this.push({ do: 'warm', round: this.round, relayOnly: this.state.relayOnly });
  }

  protected sendWish(): void {
    this.wishHeard = false;
    this.state.ahead = this.state.estimate = null;
    this.push({ do: 'stop', name: 'retry' });
    const { kind, room, prefs, relayOnly } = this.state;
    this.toldMedia = prefs.media;
    if (kind === 'private') this.push({ do: 'knock', round: this.round, relayOnly });
    else this.push({ do: 'send', message: { type: 'seek', room: room ?? '', prefs } });
  }

  /** Back in the queue without asking, by the wish that the server has: a search that is not true any more begins anew. */
  protected resumeSearch(): void {
    this.prepareRound();
    if (this.state.prefs.media === this.toldMedia) return;
    this.push({ do: 'send', message: { type: 'unseek' } });
    this.sendWish();
  }

  protected handleWishHeard(): void {
    this.wishHeard = true;
    this.busyRetries = 0;
  }

  protected reopenSoon(unmet: Unmet): void {
    this.prepareRound(unmet);
    this.push({ do: 'timer', name: 'retry', ms: kReopenMs });
  }

  protected next(): void {
    const { kind, room, prefs, instant, relayOnly } = this.state;
    if (kind === null) return;
    if (this.inCall()) this.finish('next', 'you');
    this.startSeeking(kind, room, { prefs, instant, relayOnly });
  }

  // ---- meeting them

  protected startMeeting(phase: 'card' | 'accepting', call: string, role: Role, partner: { media: Media; topics: string[] }): void {
    this.handleWishHeard();
    const answerMs = this.answerSeconds * 1_000;
    this.enter(phase);
    Object.assign(this.state, { call, role, partner, answerBy: this.now + answerMs });
    // Who joins a private call is nobody yet: it may still be said something of the one before.
    if (this.state.kind === 'room') this.beAbout(call);
    this.push({ do: 'mail', call });
    this.push({ do: 'timer', name: 'answer', ms: answerMs + kAnswerGraceMs });
  }

  /** What is blocked and reported from here on. */
  protected beAbout(call: string): void {
    Object.assign(this.state, { about: call, noted: { block: false, report: false } });
  }

  protected accept(): void {
    this.enter('accepting');
    this.wantsAccept = true;
    this.acceptWhenReady();
  }

  protected acceptWhenReady(): void {
    if (!this.wantsAccept || !this.own) return;
    const { fingerprint, ufrag, pwd, sdp, double } = this.own;
    const can: Can = { relay_only: this.state.relayOnly };
    this.wantsAccept = false;
    const candidates = this.found.slice(0, kCandidatesMax);
    this.told = candidates.length;
    this.sendAccept(JSON.stringify({ v: 1, fingerprint, ufrag, pwd, ...(sdp === '' ? {} : { sdp }), ...(double ? { double } : {}), can, ...(candidates.length === 0 ? {} : { candidates }) }));
  }

  protected sendAccept(intro: string): void {
    if (this.state.phase !== 'accepting') return;
    this.lastAccept = { type: 'accept', call: this.state.call!, intro };
    this.push({ do: 'send', message: this.lastAccept });
  }

  protected begin(iceServers: IceServer[], partner: Beginning['partner']): void {
    const { relayOnly } = this.state;
    this.push({ do: 'begin', round: this.round, beginning: { iceServers, partner, relayOnly, told: this.told } });
  }

  // ---- leaving and ending

  /** Leaves whatever there is to leave. */
  protected leave(reason: LeaveReason, shown: EndReason): void {
    const { phase, call } = this.state;
    if (phase === 'seeking') {
      if (this.online) this.push({ do: 'send', message: { type: 'unseek' } });
      this.end(shown);
    } else if (this.isMeeting()) {
      // In a private call `decline` would say that the other does not hold the key.
      const isRoom = this.state.kind === 'room';
      this.push({ do: 'send', message: isRoom ? { type: 'decline', call: call! } : { type: 'leave', call: call!, reason } });
      this.end(shown);
    } else if (this.inCall()) {
      this.finish(reason, shown);
    }
  }

  protected finish(reason: LeaveReason, shown: EndReason): void {
    this.push({ do: 'post', message: { type: 'leave', call: this.state.call!, reason } });
    this.end(shown, { kind: 'bye', reason: reason === 'key' ? 'failed' : reason });
  }

  /** For this end the call could not be. */
  protected fail(shown: EndReason): void {
    if (this.inCall()) this.finish('failed', shown);
    else this.leave('failed', shown);
  }

  protected end(reason: EndReason, bye: Control | null = null): void {
    this.dropPeer(bye);
    this.enter('ended');
    this.state.reason = reason;
    this.state.answerBy = null;
    this.state.stuck = false;
  }

  protected dropPeer(bye: Control | null): void {
    this.former = this.state.call ?? this.former;
    for (const name of ['answer', 'connect', 'retry'] as const) this.push({ do: 'stop', name });
    if (!this.hasPeer) return;
    this.hasPeer = false;
    this.push({ do: 'mail', call: null });
    this.push({ do: 'drop', round: this.round, bye });
    this.round += 1;
  }
}
