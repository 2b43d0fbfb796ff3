// Looks every second at what picture and sound do, and has this end send what its ladder says (ladder.ts); asks the partner for no more than
// this device can decode (reception.ts) and its person wants.

import type { Control } from './bodies.ts';
import { noteCost, type CodecCosts } from './codec_costs.ts';
import { fitCamera, freeCamera, isScreen, setPicture, setSound, type SoundShare } from './encodings.ts';
import { Ladder, kFirstStep, kSteps, kStill, stepFor, type Most, type Step, type Why } from './ladder.ts';
import { arrivalBetween, costBetween, readCounts, signalsBetween, undecodedBetween, wayBetween, type Counts } from './media_signals.ts';
import type { Cancel, Clock } from './ports.ts';
import { Reception } from './reception.ts';
import type { Senders } from './senders.ts';
import { readStatistics } from './statistics.ts';
import { timely } from './timely.ts';
import { Undecoded } from './undecoded.ts';

export const kLookMs = 1_000;
/** Between two looks, whatever they take. */
export const kRestMs = 400;
/** A browser that has not set something by then is asked again at the next look. */
export const kSetLimitMs = 3_000;

/** What this person has said for this device: less work for it, fewer bytes. */
export interface Saving {
  battery: boolean;
  data: boolean;
}

export const kNoSaving: Saving = { battery: false, data: false };

/** So long after a way was mended both ends may still change to it. */
export const kMendedMs = 3_000;

/** The best that is sent, and asked for, by who saves. */
export const kSavingStep = 3;

/** Pictures a second that a device asks for where its own ladder has no lower step that moves. To show them costs what it takes to send as many. */
export const kSparedFps = 10;

/** What a relay lets through is not all for the picture. */
export const kBesidePicture = 100_000;

/** What this end sends, at most, and why it is no more. A height of 0: the picture stands still. */
export interface Pace {
  height: number;
  fps: number;
  why: Why | null;
  /** This device has too much to do, be it with what it sends or with what it gets. */
  busy: boolean;
}

/** From this many lines on, and fewer, a device that has too much to do saves at its own picture as well. */
const kOwnHeight = kSteps[3]!.height;
/** Pictures a second that it then shows of it. */
export const kOwnFps = 1;

/**
 * Pictures a second that a page is to show this person of themselves where its browser paints them dearly; null: whatever the camera gives. To
 * paint 30 a second costs a Firefox (153) without a graphics processor nearly half as much as all else of a call at the lowest step that moves.
 */
export function ownFps(pace: Pace | null): number | null {
  return pace !== null && pace.busy && pace.height <= kOwnHeight ? kOwnFps : null;
}

export interface PacingEvents {
  say(message: Control): void;
  /** `seen`: by the clock, when a look first saw what makes the device busy. */
  change(pace: Pace, seen: number | null): void;
  fault(error: unknown): void;
}

/** Tells whether the device is short of time, where a browser knows. */
export type WatchPressure = (tell: (pressed: boolean) => void) => Cancel;

export class Pacing {
  private readonly clock: Clock;
  private readonly senders: Senders;
  private readonly events: PacingEvents;
  private readonly ladder = new Ladder();
  private readonly reception = new Reception();
  private readonly undecoded = new Undecoded();
  /** It gives what is sent of it. */
  private camera: MediaStreamTrack | null = null;
  private readonly stopPressure: Cancel;
  private readonly costs: CodecCosts;
  private pc: RTCPeerConnection | null = null;
  private saving = kNoSaving;
  private before: Counts | null = null;
  /** The way is broken: nothing that is counted says anything of the device. */
  private broken = false;
  private mendedAt = -Infinity;
  /** The picture is to begin anew, with a whole one. */
  private anew = false;
  private pressed = false;
  private asked: string | null = null;
  private limit: Most | null = null;
  private told: Pace | null = null;
  private toldStill = false;
  /** The step that the picture was last set to. */
  private setTo = kFirstStep;
  private cancel: Cancel = () => {};
  /** What is set now, and whether it is to be looked at again after that. */
  private applying: Promise<void> | null = null;
  private due = false;
  private stopped = false;

  constructor(clock: Clock, senders: Senders, events: PacingEvents, watchPressure?: WatchPressure, costs: CodecCosts = new Map()) {
    this.costs = costs;
    this.clock = clock;
    this.senders = senders;
    this.events = events;
    this.stopPressure = watchPressure?.((pressed) => (this.pressed = pressed)) ?? ((): void => {});
  }

  /** The connection works, for the first time or again. */
  handleConnected(pc: RTCPeerConnection): void {
    this.handleWay();
    if (this.pc === pc || this.stopped) return;
    this.pc = pc;
    this.plan(pc);
    this.settle();
  }

  /**
   * The way is broken, or carries something again, be it as it was. No picture goes into a broken one, so that the first that comes through is a
   * whole one: else Chromium (156) asks for the hundreds of packets that were lost first, and shows nothing for another 2 s.
   */
  handleBroken(is: boolean): void {
    if (is === this.broken) return;
    this.broken = is;
    if (!is) this.mendedAt = this.clock.now();
    this.handleWay();
    this.settle();
  }

  /** What this end sends goes another way from now on, perhaps later than the partner's: a first picture went into the broken one. */
  handleSwitch(): void {
    if (this.broken || this.clock.now() - this.mendedAt >= kMendedMs) return;
    this.anew = true;
    this.settle();
  }

  /** Another connection takes the place of the former, at both ends: what was asked over its channels is asked again. */
  handleRenewed(): void {
    this.cancel();
    this.pc = this.limit = null;
    this.ladder.keepWithin(this.clock.now(), null);
  }

  /** The partner can be told something, and knows nothing yet. */
  handleChannelOpen(): void {
    this.asked = null;
    this.undecoded.tellAgain();
    this.ask();
    if (this.stands) this.events.say({ kind: 'still', on: true });
  }

  /** What the partner can take; null is whatever there is. */
  handleLimit(most: Most | null): void {
    if (most?.height === this.limit?.height && most?.fps === this.limit?.fps) return;
    this.limit = most;
    this.ladder.keepWithin(this.clock.now(), most);
    this.settle();
  }

  /** What the operator lets through a relay, bits a second; null where the call uses none, or nothing is known. */
  handleRelay(bitrate: number | null): void {
    this.ladder.keepBelow(this.clock.now(), 'relay', bitrate === null ? null : stepFor(Math.max(0, bitrate - kBesidePicture)));
    this.settle();
  }

  setSaving(saving: Saving): void {
    this.saving = saving;
    this.ladder.keepBelow(this.clock.now(), 'choice', saving.battery || saving.data ? kSavingStep : null);
    this.ask();
    this.settle();
  }

  /** Another camera or a screen is sent, or nothing any more. */
  handleTrack(): void {
    this.ladder.handlePicture(this.clock.now());
    this.ask();
    this.settle();
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
    this.stopPressure();
    this.leaveCamera();
  }

  /** A page goes on with it, and the next call begins with it. */
  private leaveCamera(): void {
    if (this.camera) freeCamera(this.camera).catch(() => {});
    this.camera = null;
  }

  /** A second after the last look began: where there is little time to look and to set something, both take a part of it. */
  private plan(pc: RTCPeerConnection, last = this.clock.now()): void {
    const ms = Math.max(kRestMs, last + kLookMs - this.clock.now());
    this.cancel = this.clock.after(ms, () => void this.look(pc));
  }

  private async look(pc: RTCPeerConnection): Promise<void> {
    const began = this.clock.now();
    const report = this.broken ? null : await readStatistics(pc, this.clock);
    if (!this.isOn(pc)) return;
    const now = report && !this.broken ? readCounts(report) : null;
    if (now && this.before) this.judgeWay(this.before, now);
    this.before = now;
    await this.settle();
    // One that says nothing is not asked the sooner.
    if (this.isOn(pc)) this.plan(pc, report ? began : undefined);
  }

  /** What is known of the last seconds is of another way, or of none. */
  private handleWay(): void {
    this.before = null;
    this.ladder.handleWay(this.clock.now());
    this.reception.forget();
    this.undecoded.forget();
  }

  private judgeWay(before: Counts, now: Counts): void {
    const way = wayBetween(before, now);
    if (way === 'other') this.handleWay();
    else if (way === null) this.judge(before, now);
    else {
      // It is told of later, if it lasts: until then nothing is encoded, and nothing arrives.
      this.ladder.handleSilence();
      this.reception.forget();
      this.undecoded.forget();
    }
  }

  private isOn(pc: RTCPeerConnection): boolean {
    return this.pc === pc && !this.stopped;
  }

  private judge(before: Counts, now: Counts): void {
    const { track } = this;
    const nominal = track ? (track.getSettings().frameRate ?? kSteps[0]!.fps) : null;
    const signals = signalsBetween(before, now, { step: this.sent, nominal, screen: isScreen(track), pressed: this.pressed });
    if (signals) this.ladder.handle(this.clock.now(), signals);
    const cost = costBetween(before, now);
    if (cost) noteCost(this.costs, cost);
    this.reception.handle(this.clock.now(), arrivalBetween(before, now));
    const codec = this.undecoded.handle(this.clock.now(), undecodedBetween(before, now));
    if (codec !== null) this.events.say({ kind: 'undecoded', codec });
    this.ask();
  }

  private ask(): void {
    const saves = this.saving.battery || this.saving.data;
    // Whoever cannot encode more has as little time to decode and to show it.
    const strained = this.encodesTooMuch && this.ladder.step > kFirstStep ? Math.min(this.ladder.step, kStill - 1) : 0;
    const most = Math.max(this.reception.most, strained, saves ? kSavingStep : 0);
    const { height, fps } = kSteps[most]!;
    const spared = strained === kStill - 1 ? kSparedFps : fps;
    const message: Control = { kind: 'limit', most: most === 0 ? null : { height, fps: spared } };
    const text = JSON.stringify(message);
    // Whoever has asked for nothing yet need not take it back.
    if (text === (this.asked ?? kNothingAsked)) return;
    this.asked = text;
    this.events.say(message);
  }

  /** What is to be sent is what is set. One after the other: a browser takes one change at a time, and of many wishes the last counts. */
  private settle(): Promise<void> {
    this.tell();
    this.due = true;
    this.applying ??= this.applyDue();
    return this.applying;
  }

  private async applyDue(): Promise<void> {
    // It is known to be under way before it ends.
    await null;
    while (this.due) {
      this.due = false;
      if (this.pc && !this.stopped) await this.apply(this.pc);
    }
    this.applying = null;
  }

  private async apply(pc: RTCPeerConnection): Promise<void> {
    const [picture, sound] = [this.senders.sender('video'), this.senders.sender('audio')];
    if (sound) await this.set(pc, setSound(sound, this.soundShare));
    if (!picture || !this.isOn(pc)) return;
    if (this.broken || this.anew) {
      await this.set(pc, setPicture(picture, kSteps[kStill]!));
      this.due ||= this.anew && !this.broken;
      this.anew = false;
      return;
    }
    const { step } = this.ladder;
    // A camera takes a second to change where a device has too much to do: what is to be less is less before that.
    const isRefused = step > this.setTo && !(await this.set(pc, setPicture(picture, this.sent)));
    await this.fitCamera(picture.track);
    if (!this.isOn(pc) || isRefused) return;
    if (await this.set(pc, setPicture(picture, this.sent))) this.setTo = step;
  }

  /** What a connection refuses that is not in use any more is no fault. False when it is not set. */
  private set(pc: RTCPeerConnection, change: Promise<unknown>): Promise<boolean> {
    const refused = (error: unknown): false => {
      if (this.isOn(pc)) this.events.fault(error);
      return false;
    };
    return timely(this.clock, kSetLimitMs, change).then(() => true, refused);
  }

  /** One that cannot do it goes on with what it gives. */
  private async fitCamera(track: MediaStreamTrack | null): Promise<void> {
    if (this.camera !== track) this.leaveCamera();
    this.camera = track;
    if (track) await timely(this.clock, kSetLimitMs, fitCamera(track, this.ladder.step)).catch(() => {});
  }

  private get track(): MediaStreamTrack | null {
    return this.senders.sender('video')?.track ?? null;
  }

  /** What goes out now, at most. */
  private get sent(): Step {
    return this.ladder.sent(isScreen(this.track));
  }

  /** A device that has no picture to encode is busy with none. */
  private get encodesTooMuch(): boolean {
    return this.track !== null && this.ladder.isBusy(this.clock.now());
  }

  /** There is a picture, and it does not move. */
  private get stands(): boolean {
    return this.track !== null && this.ladder.step === kStill;
  }

  private get soundShare(): SoundShare {
    const { narrow, step } = this.ladder;
    // What an operator says holds for sound alone as well; what a way carries is known with a picture.
    if (step === kStill && (narrow === 'relay' || (narrow === 'network' && this.stands))) return 'least';
    return this.saving.data || (step >= kStill - 1 && narrow !== null) ? 'thin' : 'full';
  }

  private tell(): void {
    if (!this.pc || this.stopped) return;
    const { stands } = this;
    if (stands !== this.toldStill) this.events.say({ kind: 'still', on: stands });
    this.toldStill = stands;
    const { height, fps } = this.sent;
    const { why } = this.ladder;
    const pace: Pace = { height, fps, why, busy: this.encodesTooMuch || this.reception.isBusy(this.clock.now()) };
    const { told } = this;
    const isTold = told && told.height === height && told.fps === fps && told.why === why && told.busy === pace.busy;
    if (isTold) return;
    this.told = pace;
    const { ladder, reception } = this;
    this.events.change(pace, pace.busy ? (this.encodesTooMuch ? ladder : reception).seenAt : null);
  }
}

const kNothingAsked = JSON.stringify({ kind: 'limit', most: null });
