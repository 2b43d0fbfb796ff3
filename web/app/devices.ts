// This person's camera and microphone: what is on, and in words what stands in the way.

import { signal } from '@preact/signals';
import type { Client } from '../core/client.ts';
import type { Track } from '../core/peer.ts';

export type Choice = 'video' | 'sound' | 'none';
export type DeviceTrouble = 'no_camera' | 'no_microphone' | 'denied' | 'in_use' | 'device';

// What every camera has, what a weak device can encode, and what the first second's bandwidth can carry: a call starts at about
// 300 kbit/s, and a larger picture would first be thrown away and then sent smaller than this.
const kVideo: MediaTrackConstraints = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
const kAudio: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export class Devices {
  readonly choice = signal<Choice>('video');
  readonly starting = signal(false);
  readonly trouble = signal<DeviceTrouble | null>(null);
  readonly video = signal<MediaStreamTrack | null>(null);
  readonly audio = signal<MediaStreamTrack | null>(null);
  readonly muted = signal(false);

  private readonly client: Client;
  private asked = 0;

  constructor(client: Client) {
    this.client = client;
  }

  /** Takes what the choice needs and gives back what it does not. */
  async choose(choice: Choice): Promise<void> {
    this.choice.value = choice;
    this.trouble.value = null;
    this.muted.value = false;
    if (choice !== 'video') this.set('video', null);
    if (choice === 'none') this.set('audio', null);
    await this.take({ video: choice === 'video' && !this.video.value, audio: choice !== 'none' && !this.audio.value });
  }

  /** True when the choice is what is really on. */
  get ready(): boolean {
    if (this.starting.value) return false;
    const needsVideo = this.choice.value === 'video';
    const needsAudio = this.choice.value !== 'none';
    return (!needsVideo || this.video.value !== null) && (!needsAudio || this.audio.value !== null);
  }

  async toggleCamera(): Promise<void> {
    // Stopped, not only hidden: the lamp goes out.
    if (this.video.value) this.set('video', null);
    else await this.take({ video: true, audio: false });
  }

  async toggleSound(): Promise<void> {
    if (!this.audio.value) return this.take({ video: false, audio: true });
    this.muted.value = !this.muted.value;
    this.audio.value.enabled = !this.muted.value;
    this.tell();
  }

  release(): void {
    this.asked += 1;
    this.starting.value = false;
    this.set('video', null);
    this.set('audio', null);
    this.muted.value = false;
    this.trouble.value = null;
  }

  private async take(wanted: { video: boolean; audio: boolean }): Promise<void> {
    const asked = ++this.asked;
    if (!wanted.video && !wanted.audio) return this.tell();
    this.starting.value = true;
    try {
      const constraints = { video: wanted.video && kVideo, audio: wanted.audio && kAudio };
      const stream = await navigator.mediaDevices.getUserMedia(constraints);
      if (asked !== this.asked) return stream.getTracks().forEach((track) => track.stop());
      for (const track of stream.getTracks()) this.set(track.kind as Track, track);
      this.trouble.value = null;
    } catch (error) {
      const trouble = await nameTrouble(error, wanted);
      if (asked === this.asked) this.trouble.value = trouble;
    } finally {
      if (asked === this.asked) this.starting.value = false;
    }
  }

  private set(kind: Track, track: MediaStreamTrack | null): void {
    const held = kind === 'video' ? this.video : this.audio;
    if (held.value === track) return;
    held.value?.stop();
    held.value = track;
    if (track) {
      if (kind === 'audio') track.enabled = !this.muted.value;
      // Unplugged, or taken away in the browser's own settings.
      track.onended = () => {
        if (held.value !== track) return;
        this.set(kind, null);
        this.trouble.value = 'device';
      };
    }
    this.client.setTrack(kind, track);
    this.tell();
  }

  private tell(): void {
    this.client.setMediaOn({ video: this.video.value !== null, sound: this.audio.value !== null && !this.muted.value });
  }
}

async function nameTrouble(error: unknown, wanted: { video: boolean; audio: boolean }): Promise<DeviceTrouble> {
  switch (error instanceof Error ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotReadableError':
    case 'AbortError':
      return 'in_use';
    case 'NotFoundError': {
      const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
      const hasCamera = devices.some((device) => device.kind === 'videoinput');
      return wanted.video && (!hasCamera || !wanted.audio) ? 'no_camera' : 'no_microphone';
    }
    default:
      return 'device';
  }
}
