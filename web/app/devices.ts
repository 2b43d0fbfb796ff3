// This person's camera, microphone, speaker and screen: what is on, what was picked, and in words what stands in the way.

import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { Client } from '../core/client.ts';
import type { Track } from '../core/peer.ts';
import { choiceOf, needs, type Choice } from './media/choice.ts';
import {
  kNoDevices,
  nextCamera,
  readPicks,
  substitute,
  writePicks,
  type CameraWish,
  type Device,
  type DeviceKind,
  type DeviceList,
  type Picks,
} from './media/device_list.ts';
import { watchInterruption } from './media/interruption.ts';
import { listDevices, openDevices, openScreen } from './media/open.ts';
import { readPermission } from './media/permission.ts';
import { nameShareTrouble, type DeviceTrouble, type Wanted } from './media/trouble.ts';
import { settings } from './settings.ts';

export type { Choice } from './media/choice.ts';
export type { DeviceTrouble } from './media/trouble.ts';

const kInputs: Readonly<Record<Track, 'camera' | 'microphone'>> = { video: 'camera', audio: 'microphone' };

const kNothing: Wanted = { video: false, audio: false };
const idOf = (track: MediaStreamTrack | null): string | null => track?.getSettings().deviceId ?? null;

export class Devices {
  /** How this person joins, or would join next: what they chose, and what they have switched on and off since. */
  readonly choice = signal<Choice>('video');
  readonly starting = signal(false);
  readonly trouble = signal<DeviceTrouble | null>(null);
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
  private lost: Record<Track, string | null> = { video: null, audio: null };
  /** What was asked for in vain the last time, part of the choice or not. */
  private readonly refused = signal<Wanted>(kNothing);
  private sharing: object | null = null;
  /** Which `prepare` counts: the last one, until the person goes. */
  private preparing: object | null = null;

  constructor(client: Client) {
    this.client = client;
    navigator.mediaDevices.addEventListener?.('devicechange', () => void this.refresh());
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
    if (permission === 'denied') this.trouble.value = 'denied';
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

  /** Asks again for what did not start, be it part of the choice or only tried. */
  async retry(): Promise<void> {
    const { lacking } = this;
    this.trouble.value = null;
    await this.take(lacking);
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
    this.set('video', null);
    this.set('audio', null);
    this.muted.value = false;
    this.trouble.value = null;
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
      if (trouble && this.sharing === sharing) this.trouble.value = trouble;
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
    const trouble = this.trouble.value;
    if (trouble === 'share' || trouble === 'share_system') this.trouble.value = null;
  }

  private drop(choice: Choice): void {
    this.choice.value = choice;
    this.trouble.value = null;
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
    this.set(kind, null);
  }

  private reconsider(): void {
    if (this.mustAsk.value || this.trouble.value === 'denied') void this.prepare();
  }

  private async refresh(): Promise<void> {
    this.list.value = await listDevices();
  }

  private async take(wanted: Wanted, wish?: CameraWish): Promise<void> {
    if (!wanted.video && !wanted.audio) return this.tell();
    const kinds: Track[] = [...(wanted.video ? (['video'] as const) : []), ...(wanted.audio ? (['audio'] as const) : [])];
    const run = {};
    for (const kind of kinds) this.runs[kind] = run;
    this.starting.value = true;
    this.trouble.value = null;
    this.refused.value = kNothing;
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
    if (current.length > 0) this.trouble.value = isMissed ? trouble : null;
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
    const wanted = { video: kind === 'video', audio: kind === 'audio' };
    await this.take(wanted, wish);
    const why = this.trouble.value;
    if (why === null || held.value !== before) return;
    // The new one does not start: back to the old one, and say so.
    await this.take(wanted, id === null ? undefined : { deviceId: id });
    if (held.value === before) this.set(kind, null);
    // Switched off meanwhile: nothing is missing.
    else if (held.value === null) return;
    this.trouble.value = why;
  }

  private set(kind: Track, track: MediaStreamTrack | null): void {
    const held = kind === 'video' ? this.video : this.audio;
    if (held.value === track) return;
    this.unwatch[kind]();
    held.value?.stop();
    held.value = track;
    if (track) {
      this.want(kind, true);
      if (kind === 'audio') track.enabled = !this.muted.value;
      this.watch(kind, track);
    }
    this.send(kind);
  }

  private watch(kind: Track, track: MediaStreamTrack): void {
    // Unplugged, or taken away in the browser's own settings.
    track.onended = () => {
      this.lost = { ...this.lost, [kind]: idOf(track) };
      this.set(kind, null);
      this.trouble.value = kind === 'video' ? 'camera_gone' : 'microphone_gone';
      void this.refresh();
    };
    const stop = watchInterruption(track, () => {
      const id = idOf(track);
      if (id !== null) void this.replace(kind, { deviceId: id });
    });
    this.unwatch[kind] = () => {
      track.onended = null;
      stop();
    };
  }

  private findSpare(): Device | null {
    const trouble = this.trouble.value;
    if (trouble !== 'camera_gone' && trouble !== 'microphone_gone') return null;
    const kind: Track = trouble === 'camera_gone' ? 'video' : 'audio';
    return substitute(this.list.value[kInputs[kind]], this.lost[kind]);
  }

  private send(kind: Track = 'video'): void {
    this.client.setTrack(kind, kind === 'video' ? this.picture.value : this.audio.value);
    this.tell();
  }

  private tell(): void {
    const sound = this.audio.value !== null && !this.muted.value;
    this.client.setMediaOn({ video: this.picture.value !== null, sound, screen: this.screen.value !== null });
  }
}

interface SpeakerPicker {
  selectAudioOutput(): Promise<{ deviceId: string }>;
}
