// A browser's devices, which answer when a test says so.

import assert from 'node:assert/strict';

export class FakeTrack {
  readonly kind: string;
  readonly deviceId: string;
  readyState = 'live';
  enabled = true;
  muted = false;
  onended: (() => void) | null = null;
  onmute: (() => void) | null = null;
  onunmute: (() => void) | null = null;

  readonly facing: string | undefined;

  constructor(kind: string, deviceId: string, facing?: string) {
    this.kind = kind;
    this.deviceId = deviceId;
    this.facing = facing;
  }

  getSettings(): MediaTrackSettings {
    return { deviceId: this.deviceId, ...(this.facing ? { facingMode: this.facing } : {}) };
  }

  stop(): void {
    this.readyState = 'ended';
  }

  /** As a system does that takes a device, or gives it back. */
  mute(on: boolean): void {
    this.muted = on;
    (on ? this.onmute : this.onunmute)?.();
  }

  /** As a browser does when a device is gone. */
  end(): void {
    this.readyState = 'ended';
    this.onended!();
  }
}

export class FakeBrowser extends EventTarget {
  /** One for each question to the browser that is not answered yet. */
  readonly questions: { video: boolean; audio: boolean; camera: unknown; facing: unknown; allow: () => void; refuse: (error: Error) => void }[] = [];
  readonly opened: FakeTrack[] = [];
  readonly permission = Object.assign(new EventTarget(), { state: 'granted' });
  /** Which side of a phone its cameras look to, where it has sides. */
  facing: string | undefined;
  /** What is opened from now on comes muted. */
  mutes = false;
  private made = 0;

  readonly getUserMedia = (wish: MediaStreamConstraints): Promise<unknown> =>
    new Promise((resolve, refuse) => {
      const [video, audio] = [Boolean(wish.video), Boolean(wish.audio)];
      const { deviceId, facingMode } = (wish.video || {}) as MediaTrackConstraints;
      const id = (deviceId as ConstrainDOMStringParameters | undefined)?.exact as string | undefined;
      const side = typeof facingMode === 'string' ? facingMode : ((facingMode as ConstrainDOMStringParameters | undefined)?.exact as string | undefined);
      const heard = ((wish.audio || {}) as MediaTrackConstraints).deviceId as ConstrainDOMStringParameters | undefined;
      const ids: Record<string, string | undefined> = { video: id, audio: heard?.exact as string | undefined };
      const allow = (): void => {
        const kinds = [...(audio ? ['audio'] : []), ...(video ? ['video'] : [])];
        const tracks = kinds.map((kind) => new FakeTrack(kind, ids[kind] ?? `${kind} ${++this.made}`, this.facing && (side ?? this.facing)));
        for (const track of tracks) track.muted = this.mutes;
        this.opened.push(...tracks);
        resolve({ getTracks: () => tracks });
      };
      this.questions.push({ video, audio, camera: id, facing: side, allow, refuse });
    });

  enumerateDevices = (): Promise<unknown[]> =>
    Promise.resolve([
      { kind: 'videoinput', deviceId: 'one', label: 'One' },
      { kind: 'videoinput', deviceId: 'two', label: 'Two' },
    ]);

  /** What the page asked for, answered with yes. */
  async allow(): Promise<{ video: boolean; audio: boolean }> {
    const { video, audio, allow } = this.question();
    allow();
    await settled();
    return { video, audio };
  }

  async refuse(name: string, message = ''): Promise<void> {
    this.question().refuse(Object.assign(new Error(message), { name }));
    await settled();
  }

  get live(): string[] {
    return this.opened.filter(({ readyState }) => readyState === 'live').map(({ kind }) => kind);
  }

  private question() {
    const question = this.questions.shift();
    assert.ok(question, 'the page has asked the browser');
    return question;
  }
}

/** Everything that follows from what has happened so far. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
