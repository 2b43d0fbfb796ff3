// Looks at a connection while it lasts: which way it goes, and whether anything arrives. What that means is pulse.ts's; here are the
// looks, cheap while all is well and close together once in doubt.

import { FarEnd, type Ends } from './far_end.ts';
import { readArrived, readPath, samePath, type OwnPath } from './path.ts';
import type { Cancel, Clock } from './ports.ts';
import { Pulse, type Arrived } from './pulse.ts';
import { readStatistics, type Report } from './statistics.ts';

/** While something arrives: by the receivers' word alone, which costs nothing, */
export const kLookMs = 500;
/** and by what the browser counts. */
export const kCountMs = 1_000;
export const kPathPollMs = 2_000;
/** In doubt. */
export const kCloseLookMs = 250;

export interface LineEvents {
  path(own: OwnPath): void;
  /** Whether each end's packets go to the other device itself. */
  reached(is: boolean): void;
  say(message: Ends): boolean;
  /** What the browser has counted, for whoever wants more of it than this. */
  counted(report: Report): void;
  /** Nothing arrives any more, or something does again. */
  silent(is: boolean): void;
  /** What this end sends goes over another pair from now on; where the browser says so. */
  switched(): void;
  /** Asks the partner for a sign. False when it could not be sent. */
  ask(): boolean;
}

/** Of a browser that counts, and has no pair: Firefox (153) may wait for good for one after a restart of ICE, and hears nothing meanwhile. */
const kNoPair: Arrived = { pair: '', count: 0, roundTripMs: null };

export class LineWatch {
  own: OwnPath | null = null;
  readonly farEnd: FarEnd;

  private readonly clock: Clock;
  private readonly events: LineEvents;
  private readonly pulse: Pulse;
  private pc: RTCPeerConnection | null = null;
  private stopped = false;
  private looking = false;
  /** Asked for while a look was under way. */
  private again = false;
  private countedAt = -Infinity;
  /** This browser tells what has come over the pair in use. */
  private countsPairs = false;
  /** By the look that is under way. */
  private hasCounted = false;
  private toldSilent = false;
  private cancel: Cancel = () => {};

  constructor(clock: Clock, events: LineEvents) {
    this.clock = clock;
    this.events = events;
    this.pulse = new Pulse(clock.now());
    this.farEnd = new FarEnd({ say: (message) => events.say(message), changed: (is) => events.reached(is) });
  }

  /** Nothing arrives. */
  get silent(): boolean {
    return this.pulse.silent;
  }

  /** Something has arrived just now. */
  get lively(): boolean {
    return this.pulse.isLively(this.clock.now());
  }

  /** The connection works, for the first time or again: looks at once, and from here on. */
  watch(pc: RTCPeerConnection): void {
    this.pc = pc;
    const transport = pc.sctp?.transport.iceTransport;
    if (transport) {
      transport.onselectedcandidatepairchange = () => {
        if (this.stopped || this.pc !== pc) return;
        this.events.switched();
        this.look();
      };
    }
    this.pulse.handleFresh(this.clock.now());
    this.countedAt = -Infinity;
    this.tellSilent();
    this.look();
  }

  /** The connection is given up for another, of which nothing is known until it works. */
  leave(): void {
    this.cancel();
    this.pc = null;
    this.farEnd.leave(); // before its own path is forgotten, which is told with it
    this.own = null;
  }

  /** The device or the page wakes, or the network has changed: asks at once. */
  handleWake(): void {
    if (!this.pc) return;
    this.pulse.handleWake(this.clock.now());
    this.look();
  }

  /** The partner has said something on a data channel; `roundTripMs` if it was an answer. */
  handleHeard(roundTripMs: number | null): void {
    if (roundTripMs !== null) this.pulse.handleRoundTrip(roundTripMs);
    this.pulse.handleHeard(this.clock.now());
    this.tellSilent();
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
  }

  private look(): void {
    if (!this.pc) return;
    if (this.looking) this.again = true;
    else void this.lookNow();
  }

  private async lookNow(): Promise<void> {
    this.cancel();
    if (this.stopped) return;
    this.looking = true;
    const { pulse, clock, pc } = this;
    this.hasCounted = false;
    pulse.handleLook(clock.now());
    pulse.handleMedia(newestMedia(pc!), clock.now());
    if (pulse.inDoubt(clock.now()) || clock.now() - this.countedAt >= kPathPollMs) await this.count(pc!);
    // What was counted is judged by the time at which it was: a clock goes on between two looks at it.
    if (!this.stopped && this.pc === pc) this.askAndJudge(clock.now());
    this.looking = false;
    if (this.stopped) return;
    if (this.again || this.pc !== pc) {
      this.again = false;
      return this.look();
    }
    this.cancel = clock.after(this.pause(), () => this.look());
  }

  private pause(): number {
    if (this.pulse.inDoubt(this.clock.now())) return kCloseLookMs;
    return newestMedia(this.pc!) === null ? kCountMs : kLookMs;
  }

  private async count(pc: RTCPeerConnection): Promise<void> {
    const report = await readStatistics(pc, this.clock);
    if (this.stopped || this.pc !== pc) return;
    this.hasCounted = true;
    this.countedAt = this.clock.now();
    if (report) this.events.counted(report);
    const arrived = report && readArrived(report);
    this.countsPairs ||= arrived !== null;
    this.pulse.handleArrived(arrived ?? (report && this.countsPairs ? kNoPair : null), this.countedAt);
    if (report) this.farEnd.take(report);
    const own = report && readPath(report);
    if (!own || samePath(own, this.own)) return;
    this.own = own;
    this.events.path(own);
  }

  private askAndJudge(now: number): void {
    const { pulse } = this;
    if (this.hasCounted) pulse.judge(this.countedAt);
    this.tellSilent();
    if (pulse.wantsQuestion(now) && this.events.ask()) pulse.handleAsked(now);
  }

  private tellSilent(): void {
    if (this.stopped || this.toldSilent === this.pulse.silent) return;
    this.toldSilent = this.pulse.silent;
    this.events.silent(this.toldSilent);
  }
}

/** When the newest sound or picture was played, by the browser's clock. Null where it does not say, or nothing has come lately. */
function newestMedia(pc: RTCPeerConnection): number | null {
  let newest: number | null = null;
  for (const { receiver } of pc.getTransceivers()) {
    for (const { timestamp } of receiver.getSynchronizationSources?.() ?? []) newest = Math.max(newest ?? timestamp, timestamp);
  }
  return newest;
}
