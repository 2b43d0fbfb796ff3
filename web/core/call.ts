// The life of a meeting as a pure machine: what people, the server, the partner and the connection do goes in, what is to be done
// comes out. No sockets, no clock, no WebRTC: client.ts carries out the commands.
//
//   idle → seeking → card → accepting → connecting → connected → ended
//            ↑______________________|  (not met: back in the queue)
//
// A private call goes from seeking to accepting by itself: holding the link's key is the consent.

import { hasRelay, parseIntro, type Can } from './bodies.ts';
import { freshState, type CallEvent, type Command, type EndReason, type Noted, type TimerName } from './call_state.ts';
import { Meeting } from './meeting.ts';
import type { OwnDescription, PeerEvent } from './peer.ts';
import type { ClientMessage, ServerMessage, ServerMessageOf } from './protocol.ts';
import { ReportWatch } from './report_watch.ts';
import type { SdpFlaw } from './sdp.ts';

export const kConnectMs = 30_000;
/** The server has this session somewhere else: asked again after this, twice as long each time, so often at most. */
export const kBusyRetryMs = 1_000;
export const kBusyRetriesMax = 5;

export class Call extends Meeting {
  private readonly reports = new ReportWatch();
  /** A block the server has not confirmed. It may be said twice, so it is, when its connection broke. */
  private block: { call: string; sent: boolean } | null = null;
  /** The life of the server that this session was last known to. */
  private epoch = '';
  /** The path has been broken for so long that the person was asked, whatever they said. */
  private isLongBroken = false;

  /** `now`: milliseconds of the same clock that counts the timers. */
  handle(event: CallEvent, now: number): Command[] {
    this.now = now;
    this.out = [];
    this.passed = [];
    // What a round started is of no interest once it is over.
    if (!('round' in event) || event.round === this.round) this.dispatch(event);
    return this.out;
  }

  private dispatch(event: CallEvent): void {
    switch (event.type) {
      case 'seek':
        return this.startSeeking('room', event.room, event);
      case 'open':
        return this.startSeeking('private', null, event);
      case 'instant':
        this.state.instant = event.on;
        return;
      case 'bring':
        return this.bring(event.media);
      case 'relay_only':
        return this.demandRelay();
      case 'accept':
        if (this.state.phase === 'card') this.accept();
        return;
      case 'decline':
        if (this.state.phase === 'card') this.leave('left', 'declined');
        return;
      case 'leave':
        return this.leave('left', 'you');
      case 'next':
        return this.next();
      case 'home':
        this.leave('left', 'you');
        this.enter('idle');
        this.state = freshState();
        return;
      case 'keep':
        return this.keep();
      case 'block':
        return this.complain({ type: 'block', call: this.state.about ?? '' });
      case 'report': {
        const note = event.note.trim();
        const message = { type: 'report', call: this.state.about ?? '', category: event.category } as const;
        return this.complain(note === '' ? message : { ...message, note });
      }
      case 'up':
        return this.handleUp(event);
      case 'down':
        this.online = false;
        this.handleReportLost(this.reports.handleDown());
        if (this.inCall() && this.state.standing !== 'gone') this.state.standing = 'away';
        return;
      case 'closed':
        this.online = false;
        this.over = true;
        this.handleReportLost(this.reports.lose());
        this.loseBlock();
        if (this.inCall()) this.handleGivenUp();
        else if (this.isLooking()) this.end('session');
        return;
      case 'server':
        return this.handleServer(event.message);
      case 'knocked':
        if (this.state.phase === 'seeking') {
          const { id, door, seat, noise } = event;
          this.push({ do: 'send', message: { type: 'open', id, door, seat, noise, prefs: this.state.prefs } });
        }
        return;
      case 'knock_checked':
        return this.handleKnockChecked(event.greeting);
      case 'described':
        return this.handleDescribed(event.own);
      case 'intro_sealed':
        if (event.intro === null) this.fail('failed');
        else this.sendAccept(event.intro);
        return;
      case 'intro_opened':
        return this.handleIntroOpened(event.intro);
      case 'peer':
        return this.handlePeer(event.event);
      case 'timer':
        return this.handleTimer(event.name);
    }
  }

  // ---- complaints

  private complain(message: ClientMessage & { type: 'block' | 'report' }): void {
    // The server has forgotten the call, perhaps while somebody wrote: they are told, and not left to believe that it was sent.
    if (message.call === '' || this.over) {
      this.note(message.type, 'failed');
    } else {
      if (message.type === 'report') this.reports.start(message.call, this.online);
      else this.block = { call: message.call, sent: this.online };
      this.note(message.type, this.online ? false : 'waiting');
      this.push({ do: 'post', message });
    }
    const isHere = message.call === this.state.call && (this.isMeeting() || this.inCall());
    if (isHere) this.end('you', { kind: 'bye', reason: 'left' });
  }

  private handleReportLost(call: string | null): void {
    if (call !== null && call === this.state.about) this.note('report', 'failed');
  }

  private loseBlock(): void {
    if (this.block !== null && this.block.call === this.state.about) this.note('block', 'failed');
    this.block = null;
  }

  private handleNoted(message: ServerMessageOf<'noted'>): void {
    if (message.what === 'report') this.reports.handleNoted(message.call);
    else if (this.block?.call === message.call) this.block = null;
    if (message.call === this.state.about) this.note(message.what, true);
  }

  private note(what: 'block' | 'report', kept: Noted): void {
    this.state.noted = { ...this.state.noted, [what]: kept };
  }

  /** The server knows nothing of that call any more: what is on its way about it is lost, and nothing more can be said. */
  private forgetAbout(): void {
    this.handleReportLost(this.reports.lose());
    this.loseBlock();
    this.state.about = null;
  }

  /** Only the session that was in a call can say something of it, and only to the life of the server it was in. */
  private reviewComplaints({ resumed, welcome }: Extract<CallEvent, { type: 'up' }>): void {
    const { about } = this.state;
    const isKnown = resumed && (welcome.epoch === this.epoch || welcome.call?.call === about);
    this.epoch = welcome.epoch;
    this.handleReportLost(this.reports.handleUp(resumed));
    // Of a call that goes on it is still to be said: that ends it, whatever the server knows.
    if (!isKnown && !this.inCall()) return this.forgetAbout();
    if (!resumed) return this.loseBlock();
    if (this.block?.sent) this.sayBlockAgain();
    else if (this.block) this.block.sent = true;
  }

  private sayBlockAgain(): void {
    if (this.block && this.online) this.push({ do: 'post', message: { type: 'block', call: this.block.call } });
  }

  private handleComplaintRefused(what: 'block' | 'report', code: string, seconds: number): void {
    if (what === 'block' && code === 'rate') return this.push({ do: 'timer', name: 'block', ms: seconds * 1_000 });
    const lost = what === 'report' ? this.reports.lose() : (this.block?.call ?? null);
    if (what === 'block') this.loseBlock();
    else this.handleReportLost(lost);
    if (code === 'not_member' && lost === this.state.about) this.forgetAbout();
  }

  // ---- the server

  private handleUp(event: Extract<CallEvent, { type: 'up' }>): void {
    this.online = true;
    this.answerSeconds = event.welcome.limits.answer_seconds;
    this.reviewComplaints(event);
    const standing = event.resumed ? event.welcome.call : null;
    const same = standing !== null && standing.call === this.state.call;
    if (standing && !same) {
      // The server holds a call that this page has left while it was away.
      this.push({ do: 'send', message: { type: 'leave', call: standing.call, reason: 'left' } });
    }
    if (this.inCall() && same) this.state.standing = standing.state === 'half' ? 'half' : 'live';
    else if (this.inCall()) this.handleGivenUp();
    else if (this.isMeeting() && !same) this.ask();
    else if (this.state.phase === 'seeking') this.sendWish();
  }

  private handleServer(message: ServerMessage): void {
    switch (message.type) {
      case 'waiting':
        if (this.state.phase !== 'seeking') return;
        this.handleWishHeard();
        this.state.ahead = message.ahead;
        this.state.estimate = message.estimate;
        return;
      case 'matched':
        return this.handleMatched(message);
      case 'joined':
        return this.handleJoined(message);
      case 'accepted':
        // Not before this end has, whatever the server says.
        if (message.call === this.state.call && this.state.phase === 'accepting' && this.lastAccept) this.handleAccepted(message);
        return;
      case 'relay':
        // Before both have accepted nothing of a partner is listened to.
        if (message.call === this.state.call && this.inCall()) {
          this.push({ do: 'apply', round: this.round, call: message.call, id: message.id, body: message.body });
        }
        return;
      case 'left':
        if (message.call === this.state.call) this.handleLeft(message.reason);
        return;
      case 'back':
        if (message.call === this.state.call && this.inCall()) this.state.standing = 'live';
        return;
      case 'full':
        if (this.state.kind === 'private' && this.isLooking()) this.end('full');
        return;
      case 'noted':
        return this.handleNoted(message);
      case 'error':
        return this.handleError(message);
      default:
    }
  }

  private handleMatched(message: ServerMessageOf<'matched'>): void {
    if (this.state.phase !== 'seeking' || this.state.kind !== 'room') {
      this.push({ do: 'send', message: { type: 'decline', call: message.call } });
      return;
    }
    const { media, topics } = message.prefs;
    this.startMeeting('card', message.call, message.role, { media, topics });
    this.push({ do: 'describe', round: this.round, offers: message.role === 'a', mayDouble: true });
    if (this.state.instant) this.accept();
  }

  private handleDescribed(own: OwnDescription | null): void {
    if (!this.isMeeting()) return;
    if (own === null) return this.fail('failed');
    this.own = own;
    if (this.state.kind === 'room') this.acceptWhenReady();
    else if (this.greeting!.answers) {
      this.push({ do: 'seal_intro', round: this.round, sdp: own.sdp, relayOnly: this.state.relayOnly });
    } else this.sendAccept('');
  }

  private handleAccepted(message: ServerMessageOf<'accepted'>): void {
    this.enter('connecting');
    this.state.answerBy = null;
    this.push({ do: 'stop', name: 'answer' });
    this.push({ do: 'timer', name: 'connect', ms: kConnectMs });
    if (this.state.relayOnly && !hasRelay(message.ice_servers)) return this.fail('no_relay');
    if (this.state.kind === 'private') {
      this.beAbout(message.call);
      return this.handlePrivateAccepted(message);
    }
    const intro = parseIntro(message.intro);
    const offered = this.state.role === 'b';
    if (!intro || (offered && intro.sdp === null)) return this.fail('failed');
    const double = this.own!.double && intro.double;
    const partner = { fingerprint: intro.fingerprint, sdp: offered || double ? intro.sdp : null, relayOnly: intro.can.relay_only, double, candidates: intro.candidates };
    this.begin(message.ice_servers, partner);
  }

  private handleLeft(reason: ServerMessageOf<'left'>['reason']): void {
    const isPrivate = this.state.kind === 'private';
    if (this.isMeeting()) {
      // The server has put this person back in the queue, at the old place.
      if (reason === 'not_met' && !isPrivate) return this.resumeSearch();
      if (reason === 'not_met' || reason === 'reload' || reason === 'gone') return this.reopenSoon(reason === 'reload' ? 'reload' : 'not_met');
      // The two do not hold the same key, whichever of them says so first.
      if (reason === 'key' && isPrivate) return this.turnAway();
      return this.end(reason === 'silent' || reason === 'key' || reason === 'you' ? reason : 'left');
    }
    if (!this.inCall()) return;
    if (reason === 'reload' && isPrivate) return this.reopenSoon('reload');
    if (reason === 'gone') {
      this.state.standing = 'gone';
      // The server has given the partner up; the path between the two has not.
      if (this.state.phase === 'connected' && !this.state.shaky) return;
    }
    this.end(reason === 'reload' || reason === 'not_met' || reason === 'silent' ? 'left' : this.partnersReason(reason));
  }

  private handleError(error: ServerMessageOf<'error'>): void {
    const { code, about } = error;
    const asking = this.state.phase === 'seeking';
    if (code === 'replaced' && this.state.kind === 'private' && this.state.phase !== 'ended') return this.end('replaced');
    if ((code === 'cooldown' || code === 'banned') && asking && this.state.kind === 'room') return this.shutOut(code, error.retry_after);
    if (about === 'report' || about === 'block') return this.handleComplaintRefused(about, code, error.retry_after ?? 1);
    if ((code === 'unknown_room' || code === 'rooms_closed' || code === 'private_closed') && asking) return this.end('closed');
    if (code === 'rate') return this.handleRate(about, error.retry_after ?? 1);
    if (code === 'busy' && asking) return this.handleBusy();
    if (code === 'not_member' && about === 'accept' && this.state.phase === 'accepting') this.ask();
  }

  private handleRate(about: string | null, seconds: number): void {
    if (about === null) this.handleReportLost(this.reports.lose());
    if (about === null && this.block) this.push({ do: 'timer', name: 'block', ms: seconds * 1_000 });
    if (this.mayBeUnread(about)) this.push({ do: 'timer', name: 'retry', ms: seconds * 1_000 });
  }

  /** Whether what this end is waiting for may be due to the refusal; null: of any message, since the server did not read it. */
  private mayBeUnread(about: string | null): boolean {
    if (this.state.phase === 'seeking') return about === null ? !this.wishHeard : about === 'seek' || about === 'open';
    return this.state.phase === 'accepting' && this.lastAccept !== null && (about === null || about === 'accept');
  }

  private shutOut(reason: 'cooldown' | 'banned', seconds: number | null): void {
    this.end(reason);
    this.state.until = seconds === null ? null : this.now + seconds * 1_000;
  }

  /** The server has this session somewhere else: an answer crossed something, or a `leave` was refused for haste. */
  private handleBusy(): void {
    if (this.busyRetries === kBusyRetriesMax) return this.end('failed');
    if (this.former) this.push({ do: 'send', message: { type: 'leave', call: this.former, reason: 'left' } });
    this.push({ do: 'send', message: { type: 'unseek' } });
    this.push({ do: 'timer', name: 'retry', ms: kBusyRetryMs * 2 ** this.busyRetries++ });
  }

  // ---- private calls

  private handleJoined(message: ServerMessageOf<'joined'>): void {
    if (this.state.phase !== 'seeking' || this.state.kind !== 'private') {
      // Crossed a change of mind; `decline` would say that the other does not hold the key.
      this.push({ do: 'send', message: { type: 'leave', call: message.call, reason: 'left' } });
      return;
    }
    this.startMeeting('accepting', message.call, message.role, { media: message.prefs.media, topics: [] });
    this.push({ do: 'check_knock', round: this.round, noise: message.noise });
  }

  private handleKnockChecked(greeting: { answers: boolean; relayOnly: boolean } | null): void {
    if (this.state.phase !== 'accepting') return;
    if (greeting === null) {
      this.push({ do: 'send', message: { type: 'decline', call: this.state.call! } });
      return this.turnAway();
    }
    this.greeting = greeting;
    this.push({ do: 'describe', round: this.round, offers: greeting.answers, mayDouble: false });
  }

  /** Somebody who does not hold the key was there; this end opens anew for the one who does. */
  private turnAway(): void {
    this.reopenSoon('key');
    this.state.someoneTried = true;
  }

  private handlePrivateAccepted(message: ServerMessageOf<'accepted'>): void {
    if (this.greeting!.answers) {
      const partner = { fingerprint: null, sdp: null, relayOnly: this.greeting!.relayOnly, double: false, candidates: [] };
      return this.begin(message.ice_servers, partner);
    }
    this.waitingServers = message.ice_servers;
    this.push({ do: 'open_intro', round: this.round, intro: message.intro });
  }

  private handleIntroOpened(intro: { sdp: string; can: Can } | null): void {
    if (this.state.phase !== 'connecting' || !this.waitingServers) return;
    if (intro === null) {
      this.push({ do: 'post', message: { type: 'leave', call: this.state.call!, reason: 'key' } });
      return this.turnAway();
    }
    const partner = { fingerprint: null, sdp: intro.sdp, relayOnly: intro.can.relay_only, double: false, candidates: [] };
    this.begin(this.waitingServers, partner);
  }

  // ---- the connection

  private handlePeer(event: PeerEvent): void {
    switch (event.type) {
      case 'state':
        return this.handlePeerState(event.state);
      case 'found':
        this.found = event.found;
        return;
      case 'refused':
        if (this.inCall()) this.fail(isForgery(event.why) ? 'fingerprint' : 'failed');
        return;
      case 'broken':
        if (this.state.phase !== 'connected' && this.state.phase !== 'seeking') this.fail('failed');
        return;
      case 'control':
        if (event.message.kind === 'bye' && this.inCall()) this.handleBye(event.message.reason);
        return;
      default:
    }
  }

  private keep(): void {
    if (!this.state.stuck) return;
    this.state.stuck = false;
    this.push({ do: 'keep', round: this.round });
  }

  private handlePeerState(state: 'connected' | 'disconnected' | 'stuck' | 'failed'): void {
    if (!this.inCall()) return;
    if (state === 'failed') return this.fail(this.state.phase === 'connected' ? 'lost' : 'failed');
    if (state === 'stuck') {
      // A person who is not in the call yet is told by its end.
      this.isLongBroken = this.state.phase === 'connected';
      if (!this.endIfLost()) this.state.stuck = this.isLongBroken;
      return;
    }
    this.state.shaky = state === 'disconnected';
    if (state !== 'connected') return;
    this.state.stuck = this.isLongBroken = false;
    this.enter('connected');
    this.push({ do: 'stop', name: 'connect' });
  }

  /** The server knows nothing of the call, or this end nothing of the server: the path is all there is. */
  private handleGivenUp(): void {
    this.state.standing = 'gone';
    this.endIfLost();
  }

  /**
   * Another path is agreed on through the server, or over the path that there is. Without both, one that has not come back by itself until
   * the person would be asked will not, and there is nothing to ask.
   */
  private endIfLost(): boolean {
    if (!this.isLongBroken || this.state.standing !== 'gone') return false;
    this.end('lost', { kind: 'bye', reason: 'failed' });
    return true;
  }

  private handleBye(reason: 'left' | 'next' | 'failed'): void {
    this.push({ do: 'post', message: { type: 'leave', call: this.state.call!, reason: 'left' } });
    this.end(this.partnersReason(reason));
  }

  /** `failed` is said of a path; when one had come about before, it is lost. */
  private partnersReason<R extends EndReason>(reason: R): R | 'lost' {
    return reason === 'failed' && this.state.phase === 'connected' ? 'lost' : reason;
  }

  private handleTimer(name: TimerName): void {
    if (name === 'block') this.sayBlockAgain();
    else if (name === 'connect' && this.state.phase === 'connecting') this.fail('failed');
    else if (name === 'retry' && this.state.phase === 'seeking' && this.online) this.sendWish();
    else if (name === 'retry' && this.state.phase === 'accepting' && this.lastAccept) this.push({ do: 'send', message: this.lastAccept });
    else if (name === 'answer' && this.state.phase === 'card') this.leave('left', 'silent');
    else if (name === 'answer' && this.state.phase === 'accepting') this.ask();
  }
}

function isForgery(why: SdpFlaw): boolean {
  return why === 'other_fingerprint' || why === 'two_fingerprints';
}
