// This person's camera, microphone, speaker and screen: what is on, what was picked, and in words what stands in the way.

import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { Client } from '../core/client.ts';
import type { Track } from '../core/peer.ts';
import type { Cancel } from '../core/ports.ts';
import { choiceOf, needs, type Choice } from './media/choice.ts';
import {
  kNoDevices,
  nextCamera,
  properName,
  readPicks,
  substitute,
  writePicks,
  type CameraWish,
  type Device,
  type DeviceKind,
  type DeviceList,
  type Picks,
} from './media/device_list.ts';
import { Held, type Lack } from './media/held.ts';
import { listDevices, openDevices, openScreen } from './media/open.ts';
import { readPermission } from './media/permission.ts';
import { kNothing, lackTrouble, nameShareTrouble, type DeviceTrouble, type Wanted } from './media/trouble.ts';
import { settings } from './settings.ts';

export type { Choice } from './media/choice.ts';
export type { DeviceTrouble } from './media/trouble.ts';

const kInputs: Readonly<Record<Track, 'camera' | 'microphone'>> = { video: 'camera', audio: 'microphone' };

const kTracks: readonly Track[] = ['video', 'audio'];
const only = (kind: Track): Wanted => ({ video: kind === 'video', audio: kind === 'audio' });
const idOf = (track: MediaStreamTrack | null): string | null => track?.getSettings().deviceId ?? null;
const isInView = (): boolean => document.visibilityState === 'visible';

export class Devices {
  /** How this person joins, or would join next: what they chose, and what they have switched on and off since. */
  readonly choice = signal<Choice>('video');
  readonly starting = signal(false);
  /** What the person tried in vain, else what has become of the devices in use. */
  readonly trouble: ReadonlySignal<DeviceTrouble | null> = computed(() => this.tried.value ?? lackTrouble(this.lacks.value.video, this.lacks.value.audio));
  /** The browser would have to ask: the page explains first. */
  readonly mustAsk = signal(false);
  readonly video = signal<MediaStreamTrack | null>(null);
  readonly audio = signal<MediaStreamTrack | null>(null);
  readonly muted = signal(false);
  readonly screen = signal<MediaStreamTrack | null>(null);
  readonly list = signal<DeviceList>(kNoDevices);
  readonly picks: ReadonlySignal<Picks> = computed(() => readPicks(settings.devices.value));
  /** What the partner sees: the screen while it is shared, else the camera. */
  readonly picture: ReadonlySignal<MediaStreamTrack | null> = computed(() => this.screen.value ?? this.video.value);
  /** What plays the partner; null is the browser's own choice. */
  readonly speaker = computed(() => {
    const { speaker } = this.picks.value;
    return this.list.value.speaker.some(({ id }) => id === speaker) ? speaker : null;
  });
  /** Another device of the kind that has just gone. */
  readonly spare = computed(() => this.findSpare());

  private readonly client: Client;
  private readonly runs: Record<Track, object | null> = { video: null, audio: null };
  private readonly unwatch: Record<Track, () => void> = { video: () => {}, audio: () => {} };
  private readonly tried = signal<DeviceTrouble | null>(null);
  private readonly held: Readonly<Record<Track, Held>>;
  private readonly lacks = signal<Record<Track, Lack | null>>({ video: null, audio: null });
  private cancelJudge: Cancel = () => {};
  /** What was asked for in vain the last time, part of the choice or not. */
  private readonly refused = signal<Wanted>(kNothing);
  private sharing: object | null = null;
  /** Which `prepare` counts: the last one, until the person goes. */
  private preparing: object | null = null;

  constructor(client: Client) {
    this.client = client;
    this.held = { video: new Held(isInView()), audio: new Held(isInView()) };
    navigator.mediaDevices.addEventListener?.('devicechange', () => void this.refresh());
    document.addEventListener('visibilitychange', () => this.handleVisibility());
  }

  // ---- before a call

  /** Chooses without a question from the browser: takes what it may at once, and else leaves it to the person to say when. */
  async prepare(choice: Choice = this.choice.value): Promise<void> {
    const preparing = (this.preparing = {});
    this.drop(choice);
    const wanted = this.missing;
    if (!wanted.video && !wanted.audio) {
      this.mustAsk.value = false;
      return this.tell();
    }
    await this.refresh();
    const permission = await readPermission(wanted, () => {
      if (this.preparing === preparing) this.reconsider();
    });
    if (this.preparing !== preparing) return;
    const missing = this.missing;
    if (this.starting.value || (!missing.video && !missing.audio)) return;
    // A browser that does not say names devices once it has let the page have one.
    const isNamed = this.list.value.camera.concat(this.list.value.microphone).some(({ label }) => label !== '');
    this.mustAsk.value = permission === 'prompt' || (permission === 'unknown' && !isNamed);
    if (permission === 'denied') this.tried.value = 'denied';
    else if (!this.mustAsk.value) await this.take(missing);
  }

  /** Takes what the choice needs and gives back what it does not. */
  async choose(choice: Choice): Promise<void> {
    this.drop(choice);
    await this.complete();
  }

  /** Takes what is still missing. */
  async complete(): Promise<void> {
    await this.take(this.missing);
  }

  /** Asks again for what did not start, be it part of the choice or only tried, or for what something else has. */
  async retry(): Promise<void> {
    const { lacking } = this;
    const taken = kTracks.filter((kind) => this.tried.value === null && this.lacks.value[kind] === 'taken');
    if (!lacking.video && !lacking.audio && taken.length > 0) {
      for (const kind of taken) await this.reopen(kind);
      return;
    }
    this.tried.value = null;
    await this.take(lacking);
  }

  /** The person has read it. Of that device nothing is said again until it has worked for a while. */
  closeNotice(): void {
    if (this.tried.value !== null) {
      this.tried.value = null;
      return;
    }
    for (const kind of kTracks) if (this.lacks.value[kind] !== null) this.held[kind].close();
    this.judge();
  }

  /** What stands in the way of going on: what is missing, and what was asked for in vain. */
  get lacking(): Wanted {
    const [needed, refused] = [needs(this.choice.value), this.refused.value];
    return { video: !this.video.value && (needed.video || refused.video), audio: !this.audio.value && (needed.audio || refused.audio) };
  }

  /** What the choice needs and is not on. */
  get missing(): Wanted {
    const { video, audio } = needs(this.choice.value);
    return { video: video && !this.video.value, audio: audio && !this.audio.value };
  }

  /** True when the choice is what is really on. */
  get ready(): boolean {
    const { video, audio } = this.missing;
    return !this.starting.value && !video && !audio;
  }

  /** The page explains before the browser asks, where there is something to ask for. What went wrong is said elsewhere. */
  get asks(): boolean {
    const { video, audio } = this.missing;
    return this.mustAsk.value && !this.starting.value && this.trouble.value === null && (video || audio);
  }

  release(): void {
    this.preparing = null;
    this.mustAsk.value = false;
    this.runs.video = this.runs.audio = null;
    this.starting.value = false;
    this.stopSharing();
    for (const kind of kTracks) this.turnOff(kind);
    this.muted.value = false;
    this.tried.value = null;
    this.refused.value = kNothing;
  }

  // ---- on and off

  async toggleCamera(): Promise<void> {
    // Stopped, not only hidden: the lamp goes out. One that is still to come is not taken either.
    if (this.video.value || this.runs.video) {
      this.want('video', false);
      return this.forget('video');
    }
    await this.take({ video: true, audio: false });
  }

  async toggleSound(): Promise<void> {
    if (!this.audio.value) {
      this.muted.value = false;
      return this.take({ video: false, audio: true });
    }
    this.muted.value = !this.muted.value;
    this.audio.value.enabled = !this.muted.value;
    this.tell();
  }

  // ---- which one

  /** Used from now on, and remembered on this device. */
  async pick(kind: DeviceKind, id: string): Promise<void> {
    settings.devices.value = writePicks({ ...this.picks.value, [kind]: id });
    if (kind === 'speaker') return;
    const track: Track = kind === 'camera' ? 'video' : 'audio';
    const held = track === 'video' ? this.video : this.audio;
    if (held.value || this.runs[track]) await this.replace(track, { deviceId: id });
  }

  get canSwitchCamera(): boolean {
    return this.video.value !== null && this.list.value.camera.length > 1;
  }

  /** Not remembered: who turned to the back camera for a moment does not expect to begin the next call with it. */
  async switchCamera(): Promise<void> {
    const track = this.video.value;
    const wish = nextCamera(this.list.value.camera, { id: idOf(track), facing: track?.getSettings().facingMode ?? null });
    if (wish) await this.replace('video', wish);
  }

  /** Takes the spare in place of the device that has gone. */
  async useSpare(): Promise<void> {
    const spare = this.spare.value;
    if (!spare) return;
    const camera = this.trouble.value === 'camera_gone';
    await this.take({ video: camera, audio: !camera }, { deviceId: spare.id });
  }

  /** Firefox names speakers one by one, as the person picks them in its own list. */
  async askForSpeaker(): Promise<void> {
    try {
      const { deviceId } = await (navigator.mediaDevices as Partial<SpeakerPicker>).selectAudioOutput!();
      await this.refresh();
      await this.pick('speaker', deviceId);
    } catch {
      // The person closed the list: nothing changes.
    }
  }

  // ---- the screen

  async shareScreen(): Promise<void> {
    const sharing = (this.sharing = {});
    this.forgetShareTrouble();
    try {
      const track = await openScreen();
      if (this.sharing !== sharing) return track.stop();
      // The browser's own bar has a button that ends it.
      track.onended = () => this.stopSharing();
      this.screen.value = track;
      this.send();
    } catch (error) {
      const trouble = nameShareTrouble(error);
      if (trouble && this.sharing === sharing) this.tried.value = trouble;
    }
  }

  stopSharing(): void {
    this.sharing = null;
    this.forgetShareTrouble();
    const track = this.screen.value;
    if (!track) return;
    track.onended = null;
    track.stop();
    this.screen.value = null;
    this.send();
  }

  // ---- inside

  /** Said until the next try, and no longer than the call. */
  private forgetShareTrouble(): void {
    const trouble = this.tried.value;
    if (trouble === 'share' || trouble === 'share_system') this.tried.value = null;
  }

  private drop(choice: Choice): void {
    this.choice.value = choice;
    this.tried.value = null;
    this.refused.value = kNothing;
    const wanted = needs(choice);
    if (!wanted.video) this.forget('video');
    if (wanted.audio) return;
    this.muted.value = false;
    this.forget('audio');
  }

  private want(kind: Track, on: boolean): void {
    this.choice.value = choiceOf({ ...needs(this.choice.value), [kind]: on });
  }

  private forget(kind: Track): void {
    this.runs[kind] = null;
    this.starting.value = this.runs.video !== null || this.runs.audio !== null;
    this.turnOff(kind);
  }

  private turnOff(kind: Track): void {
    this.held[kind].handleOff();
    this.set(kind, null);
    this.judge();
  }

  private reconsider(): void {
    if (this.mustAsk.value || this.tried.value === 'denied') void this.prepare();
  }

  private async refresh(): Promise<void> {
    const list = await listDevices();
    const back = kTracks.filter((kind) => {
      const name = this.nameOf(this.trackOf(kind), list[kInputs[kind]]);
      if (name !== null) this.held[kind].handleName(name);
      return this.held[kind].handleList(list[kInputs[kind]].map(({ id }) => id));
    });
    this.list.value = list;
    for (const kind of back) void this.reopenQuietly(kind);
  }

  private nameOf(track: MediaStreamTrack | null, devices: readonly Device[]): string | null {
    return properName(devices, { id: idOf(track), group: track?.getSettings().groupId ?? null });
  }

  private trackOf(kind: Track): MediaStreamTrack | null {
    return kind === 'video' ? this.video.value : this.audio.value;
  }

  private async take(wanted: Wanted, wish?: CameraWish): Promise<void> {
    if (!wanted.video && !wanted.audio) return this.tell();
    const kinds: Track[] = [...(wanted.video ? (['video'] as const) : []), ...(wanted.audio ? (['audio'] as const) : [])];
    const run = {};
    for (const kind of kinds) this.runs[kind] = run;
    this.starting.value = true;
    this.tried.value = null;
    this.refused.value = kNothing;
    // What comes of this is said in place of what was wrong before.
    for (const kind of kinds) this.held[kind].close();
    this.judge();
    const { tracks, trouble } = await openDevices(wanted, { picks: this.picks.value, list: this.list.value, wish });
    for (const track of tracks) {
      // Another wish for the same device has come meanwhile, or the person has gone.
      if (this.runs[track.kind as Track] === run) this.set(track.kind as Track, track);
      else track.stop();
    }
    const current = kinds.filter((kind) => this.runs[kind] === run);
    for (const kind of current) this.runs[kind] = null;
    // What was switched off meanwhile is missed by nobody, and what is wrong with it is nothing to say.
    const isMissed = current.some((kind) => !tracks.some((track) => track.kind === kind));
    if (current.length > 0) this.tried.value = isMissed ? trouble : null;
    if (isMissed && trouble) this.refused.value = { video: current.includes('video'), audio: current.includes('audio') };
    if (tracks.length > 0) this.mustAsk.value = false;
    await this.refresh();
    this.starting.value = this.runs.video !== null || this.runs.audio !== null;
  }

  /** Another device in place of the one that runs. A phone has to let go of one camera before it takes the other. */
  private async replace(kind: Track, wish: CameraWish): Promise<void> {
    const held = kind === 'video' ? this.video : this.audio;
    const before = held.value;
    const id = idOf(before);
    this.unwatch[kind]();
    before?.stop();
    const wanted = only(kind);
    await this.take(wanted, wish);
    const why = this.tried.value;
    if (why === null || held.value !== before) return;
    // The new one does not start: back to the old one, and say so.
    await this.take(wanted, id === null ? undefined : { deviceId: id });
    if (held.value === before) this.turnOff(kind);
    // Switched off meanwhile: nothing is missing.
    else if (held.value === null) return;
    this.tried.value = why;
  }

  /** `anew`: the person has asked for it, and not the page by itself. */
  private set(kind: Track, track: MediaStreamTrack | null, anew = true): void {
    const held = kind === 'video' ? this.video : this.audio;
    if (held.value === track) return;
    this.unwatch[kind]();
    held.value?.stop();
    held.value = track;
    if (track) {
      this.want(kind, true);
      if (kind === 'audio') track.enabled = !this.muted.value;
      this.watch(kind, track, anew);
    }
    this.send(kind);
  }

  // ---- what becomes of a device in use

  private watch(kind: Track, track: MediaStreamTrack, anew: boolean): void {
    const held = this.held[kind];
    held.handleOn(this.nameOf(track, this.list.value[kInputs[kind]]) ?? idOf(track), track.muted, anew, this.now);
    track.onended = () => void this.handleEnded(kind);
    const handleMuted = (): void => {
      held.handleMuted(track.muted, this.now);
      this.judge();
      // The other is to know that the picture is away, and not stand before a frozen one.
      this.tell();
    };
    track.onmute = track.onunmute = handleMuted;
    this.unwatch[kind] = () => (track.onended = track.onmute = track.onunmute = null);
    this.judge();
  }

  /** Unplugged, or taken away in the browser's own settings. */
  private async handleEnded(kind: Track): Promise<void> {
    const held = this.held[kind];
    held.handleEnded(this.now);
    this.set(kind, null);
    this.judge();
    const permission = await readPermission(only(kind));
    await this.refresh();
    held.handleCause(permission);
    this.judge();
  }

  private handleVisibility(): void {
    for (const kind of kTracks) this.held[kind].handleSeen(isInView(), this.now);
    this.judge();
    // Not every browser says what was plugged in while nobody looked.
    if (isInView() && kTracks.some((kind) => this.held[kind].isGone)) void this.refresh();
  }

  /** Says what is to be said by now, does what is due, and comes again when there is more. */
  private judge(): void {
    const { now } = this;
    const lacks = { video: this.held.video.lack(now), audio: this.held.audio.lack(now) };
    if (kTracks.some((kind) => lacks[kind] !== this.lacks.value[kind])) this.lacks.value = lacks;
    for (const kind of kTracks) if (this.held[kind].wantsReopen(now)) void this.reopenQuietly(kind);
    const due = kTracks.flatMap((kind) => this.held[kind].pollTimeout(now) ?? []);
    this.cancelJudge();
    this.cancelJudge = due.length > 0 ? this.client.ports.clock.after(Math.min(...due) - now, () => this.judge()) : () => {};
  }

  private get now(): number {
    return this.client.ports.clock.now();
  }

  /** By the page itself: never where the browser would ask the person, who has asked for nothing. */
  private async reopenQuietly(kind: Track): Promise<void> {
    const before = this.trackOf(kind);
    if ((await readPermission(only(kind))) !== 'granted') return;
    const isMissed = this.held[kind].isGone || this.held[kind].isTaken;
    if (isMissed && this.trackOf(kind) === before) await this.reopen(kind, false);
  }

  /** Beside the one that is away, which is let go of only for one that works: it may yet come back. */
  private async reopen(kind: Track, anew = true): Promise<void> {
    if (this.runs[kind]) return;
    const run = (this.runs[kind] = {});
    const before = this.trackOf(kind);
    const { id } = this.held[kind];
    const wish = id ? { deviceId: id } : undefined;
    const { tracks } = await openDevices(only(kind), { picks: this.picks.value, list: this.list.value, wish });
    const [track] = tracks;
    const isWanted = this.runs[kind] === run && this.trackOf(kind) === before;
    if (this.runs[kind] === run) this.runs[kind] = null;
    if (track && isWanted && !(before && track.muted)) this.set(kind, track, anew);
    else track?.stop();
    await this.refresh();
  }

  private findSpare(): Device | null {
    const trouble = this.trouble.value;
    if (trouble !== 'camera_gone' && trouble !== 'microphone_gone') return null;
    const kind: Track = trouble === 'camera_gone' ? 'video' : 'audio';
    const { id, isBack } = this.held[kind];
    const devices = this.list.value[kInputs[kind]];
    // The same one again, where the browser would ask the person and the page has left it to them.
    return (isBack && devices.find((device) => device.id === id)) || substitute(devices, id);
  }

  private send(kind: Track = 'video'): void {
    this.client.setTrack(kind, kind === 'video' ? this.picture.value : this.audio.value);
    this.tell();
  }

  private tell(): void {
    const sound = this.audio.value !== null && !this.muted.value && !this.held.audio.isTaken;
    const screen = this.screen.value !== null;
    this.client.setMediaOn({ video: screen || (this.video.value !== null && !this.held.video.isTaken), sound, screen });
  }
}

interface SpeakerPicker {
  selectAudioOutput(): Promise<{ deviceId: string }>;
}
