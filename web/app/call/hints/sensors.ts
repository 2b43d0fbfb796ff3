// What the detectors are told: levels of sound, the light of the own picture and how many the camera gave, and what has arrived. All of it is looked at seldom, and sound is
// listened to only while there is something to find out: a device that is weak has other things to do.

import { signal } from '@preact/signals';
import { readHeard } from '../../../core/heard.ts';
import { readCounts } from '../../../core/media_signals.ts';
import { listen } from '../../media/listen.ts';
import type { Model } from '../../model.ts';
import { settings } from '../../settings.ts';
import { BlackCamera, Echo, FrozenCamera, Hearing, kEchoTickMs, listens, meanLuma, SilentMicrophone, TalkingMuted } from './detectors.ts';
import { Hints, type Hint } from './hints.ts';

const kLookMs = 1_000;
const kLightMs = 2_000;
const kPacketsMs = 3_000;
/** An echo is listened for this often; it takes a quarter of a minute each time. */
const kEchoEveryMs = 120_000;
const kEchoFirstMs = 20_000;
/** As large as the answer needs. */
const kWidth = 32;
const kHeight = 18;

export class Sensors {
  readonly hint = signal<Hint | null>(null);

  private readonly model: Model;
  private readonly ownVideo: () => HTMLVideoElement | null;
  private readonly isBlocked: () => boolean;
  private readonly hints = new Hints();
  private talking = new TalkingMuted();
  private readonly hearing = new Hearing();
  private silent = new SilentMicrophone();
  private black = new BlackCamera();
  private frozen = new FrozenCamera();
  private echo: { run: Echo; levels: { own: number; partner: number }; stop: () => void } | null = null;
  private readonly found = new Set<Hint>();
  private ear: { track: MediaStreamTrack; stop: () => void } | null = null;
  private camera: MediaStreamTrack | null = null;
  private microphone: MediaStreamTrack | null = null;
  private litAt = 0;
  private countedAt = 0;
  private echoAt: number | null = null;
  private told = true;
  private pc: RTCPeerConnection | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly canvas = document.createElement('canvas');

  constructor(model: Model, ownVideo: () => HTMLVideoElement | null, isBlocked: () => boolean) {
    this.model = model;
    this.ownVideo = ownVideo;
    this.isBlocked = isBlocked;
    this.canvas.width = kWidth;
    this.canvas.height = kHeight;
  }

  /** Until the returned function is called. */
  follow(): () => void {
    this.timer = setInterval(() => void this.look(performance.now()), kLookMs);
    return () => {
      clearInterval(this.timer);
      this.stopEcho();
      this.stopListening();
    };
  }

  close(): void {
    this.hints.close(performance.now());
    this.update(performance.now());
  }

  private async look(now: number): Promise<void> {
    const { call, picture, partnerHears } = this.model.view.value;
    if (call.phase !== 'connected') return;
    this.lookAtSound(now);
    this.lookAtLight(now);
    this.listenForEcho(now);
    this.mark('deaf', !partnerHears && this.model.devices.audio.value !== null && !this.model.devices.muted.value);
    const isNarrow = picture.own?.why === 'network' || picture.own?.why === 'relay';
    this.mark('still', isNarrow && picture.own?.height === 0 && this.model.devices.picture.value !== null);
    this.mark('slow', picture.own?.busy === true);
    this.update(now);
    await this.lookAtPackets(now);
  }

  private mark(hint: Hint, on: boolean): void {
    if (on) this.found.add(hint);
    else this.found.delete(hint);
  }

  private update(now: number): void {
    this.hint.value = this.hints.handle(now, this.found);
  }

  // ---- sound

  private lookAtSound(now: number): void {
    const { devices } = this.model;
    const [track, muted] = [devices.audio.value, devices.muted.value];
    if (track !== this.microphone) {
      this.microphone = track;
      this.silent = new SilentMicrophone();
      this.mark('silent', false);
      this.stopListening();
    }
    if (!muted) this.mark('talking', this.talking.handle(0, false, now));
    const isWanted = listens({ muted, works: this.silent.works, echoes: this.echo !== null, spared: this.isSpared });
    if (!isWanted || track?.readyState !== 'live') return this.stopListening();
    if (!this.ear) this.startListening(track);
  }

  /** To a copy: what is muted is silent to the page as well. It ends with the listening, and with it the microphone's use. */
  private startListening(track: MediaStreamTrack): void {
    const copy = track.clone();
    copy.enabled = true;
    const stop = listen(copy, (level, now) => {
      if (level !== null) this.hear(level, now);
    });
    // What is taken away from the page ends in every copy; what the page gives back itself does not.
    const handleEnd = (): void => this.stopListening();
    track.addEventListener('ended', handleEnd);
    this.ear = {
      track: copy,
      stop: () => {
        track.removeEventListener('ended', handleEnd);
        stop();
        copy.stop();
      },
    };
  }

  private stopListening(): void {
    this.ear?.stop();
    this.ear = null;
    // What is not listened for is not known any more.
    this.talking = new TalkingMuted();
    this.mark('talking', false);
    if (this.isSpared) this.mark('silent', false);
  }

  private get isSpared(): boolean {
    return settings.battery.value === 'on' || this.model.view.value.picture.own?.busy === true;
  }

  private hear(level: number, now: number): void {
    const muted = this.model.devices.muted.value;
    const track = this.model.devices.audio.value;
    // At once: a copy that lives on would keep the microphone from whoever takes it next.
    if (track === null || track !== this.microphone || track.readyState !== 'live') return this.stopListening();
    this.mark('talking', this.talking.handle(level, muted, now));
    this.mark('silent', this.silent.handle(level, now) && !muted);
    if (this.echo) this.echo.levels.own = level;
  }

  private listenForEcho(now: number): void {
    const partner = this.model.view.value.remoteTracks.find(({ kind }) => kind === 'audio');
    this.echoAt ??= now + kEchoFirstMs;
    const { devices } = this.model;
    if (this.isSpared) return this.stopEcho();
    if (this.echo || !partner || now < this.echoAt || devices.muted.value || !devices.audio.value) return;
    this.echoAt = now + kEchoEveryMs;
    const levels = { own: 0, partner: 0 };
    const stop = listen(partner, (level) => (levels.partner = level ?? 0));
    const run = new Echo();
    const tick = setInterval(() => {
      const found = this.model.devices.muted.value ? false : run.handle(levels.own, levels.partner);
      if (found === null) return;
      this.mark('echo', found);
      this.stopEcho();
    }, kEchoTickMs);
    this.echo = {
      run,
      levels,
      stop: () => {
        clearInterval(tick);
        stop();
      },
    };
  }

  private stopEcho(): void {
    this.echo?.stop();
    this.echo = null;
  }

  // ---- the own picture

  private lookAtLight(now: number): void {
    const camera = this.model.devices.screen.value ? null : this.model.devices.video.value;
    if (camera !== this.camera) {
      this.camera = camera;
      this.black = new BlackCamera();
      this.frozen = new FrozenCamera();
      this.mark('black', false);
      this.mark('frozen', false);
    }
    const video = this.ownVideo();
    if (!camera || !video || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || now - this.litAt < kLightMs) return;
    this.litAt = now;
    const context = this.canvas.getContext('2d', { willReadFrequently: true });
    if (!context) return;
    context.drawImage(video, 0, 0, kWidth, kHeight);
    this.mark('black', this.black.handle(meanLuma(context.getImageData(0, 0, kWidth, kHeight).data), now));
  }

  // ---- what arrives

  private async lookAtPackets(now: number): Promise<void> {
    if (now - this.countedAt < kPacketsMs) return;
    this.countedAt = now;
    const { client } = this.model;
    const { pc } = client;
    const report = await pc?.getStats().catch(() => null);
    if (!report || client.pc !== pc) return;
    // Over another connection nothing has been said yet.
    if (pc !== this.pc) this.told = true;
    this.pc = pc;
    const { call, partnerMedia } = this.model.view.value;
    const due = partnerMedia?.sound === true && !call.shaky;
    const hears = this.hearing.handle({ packets: readHeard(report as unknown as Map<string, unknown>), due, blocked: this.isBlocked() }, now);
    if (hears !== this.told && client.setHears(hears)) this.told = hears;
    this.lookAtFrames(report as unknown as Map<string, unknown>, now);
  }

  private lookAtFrames(report: Iterable<[string, unknown]>, now: number): void {
    const { camera } = this;
    const { shaky } = this.model.view.value.call;
    // Nothing is taken from it while the picture stands still; what the system has muted has a sentence of its own.
    const isTaken = this.model.view.value.picture.own?.height !== 0 && !shaky;
    const due = camera !== null && camera.readyState === 'live' && camera.enabled && !camera.muted && isTaken;
    this.mark('frozen', this.frozen.handle({ frames: readCounts(report)?.camera ?? null, due }, now));
  }
}
