import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Client } from '../core/client.ts';
import { Devices } from './devices.ts';

// ---- a browser that answers when it is told to

class FakeTrack extends EventTarget {
  readonly kind: string;
  readonly deviceId: string;
  readyState = 'live';
  enabled = true;
  muted = false;
  onended: (() => void) | null = null;

  constructor(kind: string, deviceId: string) {
    super();
    this.kind = kind;
    this.deviceId = deviceId;
  }

  getSettings(): MediaTrackSettings {
    return { deviceId: this.deviceId };
  }

  stop(): void {
    this.readyState = 'ended';
  }
}

class FakeBrowser extends EventTarget {
  /** One for each question to the browser that is not answered yet. */
  readonly questions: { video: boolean; audio: boolean; camera: unknown; allow: () => void; refuse: (error: Error) => void }[] = [];
  readonly opened: FakeTrack[] = [];
  readonly permission = Object.assign(new EventTarget(), { state: 'granted' });
  private made = 0;

  readonly getUserMedia = (wish: MediaStreamConstraints): Promise<unknown> =>
    new Promise((resolve, refuse) => {
      const [video, audio] = [Boolean(wish.video), Boolean(wish.audio)];
      const allow = (): void => {
        const kinds = [...(audio ? ['audio'] : []), ...(video ? ['video'] : [])];
        const tracks = kinds.map((kind) => new FakeTrack(kind, `${kind} ${++this.made}`));
        this.opened.push(...tracks);
        resolve({ getTracks: () => tracks });
      };
      const { deviceId } = (wish.video || {}) as MediaTrackConstraints;
      this.questions.push({ video, audio, camera: (deviceId as ConstrainDOMStringParameters | undefined)?.exact, allow, refuse });
    });

  readonly enumerateDevices = (): Promise<unknown[]> =>
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
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let browser: FakeBrowser;
let told: { video: boolean; sound: boolean; screen: boolean } | undefined;
let devices: Devices;

beforeEach(() => {
  browser = new FakeBrowser();
  told = undefined;
  const navigator = { mediaDevices: browser, permissions: { query: () => Promise.resolve(browser.permission) } };
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  Object.defineProperty(globalThis, 'document', { value: document, configurable: true });
  const client = { setTrack: () => {}, setMediaOn: (on: typeof told) => void (told = on) };
  devices = new Devices(client as unknown as Client);
});

// ---- before a call

test('what may be had without a question is on at once', async () => {
  void devices.prepare('video');
  await settled();
  assert.deepEqual(await browser.allow(), { video: true, audio: true });
  assert.equal(devices.ready, true);
  assert.deepEqual(told, { video: true, sound: true, screen: false });
});

test('nothing turns on for a person who has gone while the page looked what it may have', async () => {
  void devices.prepare('video');
  devices.release();
  await settled();
  assert.deepEqual(browser.questions, []);
  assert.equal(devices.starting.value, false);
});

test('nothing turns on at home when the person allows it later', async () => {
  browser.permission.state = 'prompt';
  void devices.prepare('video');
  await settled();
  assert.equal(devices.mustAsk.value, true);
  devices.release();
  assert.equal(devices.mustAsk.value, false);
  browser.permission.state = 'granted';
  browser.permission.dispatchEvent(new Event('change'));
  await settled();
  assert.deepEqual(browser.questions, []);
});

test('who joins with neither is asked for nothing', async () => {
  browser.permission.state = 'prompt';
  void devices.prepare('video');
  await settled();
  assert.equal(devices.asks, true);
  await devices.choose('none');
  assert.deepEqual([devices.asks, browser.questions], [false, []]);
});

test('what is allowed while the page waits for it turns on', async () => {
  browser.permission.state = 'prompt';
  void devices.prepare('video');
  await settled();
  browser.permission.state = 'granted';
  browser.permission.dispatchEvent(new Event('change'));
  await settled();
  await browser.allow();
  assert.equal(devices.ready, true);
});

// ---- on and off

async function bothOn(): Promise<void> {
  void devices.prepare('video');
  await settled();
  await browser.allow();
}

test('a camera that is switched off while another starts stays off', async () => {
  await bothOn();
  void devices.pick('camera', 'two');
  await devices.toggleCamera();
  assert.equal(told?.video, false);
  await browser.allow();
  assert.deepEqual(browser.live, ['audio']);
  assert.equal(told?.video, false);
  assert.equal(devices.starting.value, false);
});

test('a camera that is switched off while the old one comes back stays off, and nothing is amiss', async () => {
  await bothOn();
  void devices.pick('camera', 'two');
  await browser.refuse('NotReadableError');
  await devices.toggleCamera();
  await browser.allow();
  assert.deepEqual(browser.live, ['audio']);
  assert.equal(devices.trouble.value, null);
});

test('the camera alone is a way to join: the microphone is not asked for', async () => {
  await devices.choose('none');
  void devices.toggleCamera();
  assert.deepEqual(await browser.allow(), { video: true, audio: false });
  assert.equal(devices.choice.value, 'camera');
  assert.equal(devices.ready, true);
  await devices.complete();
  void devices.prepare();
  await settled();
  assert.deepEqual(browser.questions, []);
  assert.deepEqual(told, { video: true, sound: false, screen: false });
});

test('what is switched on and off is how a person joins next', async () => {
  await bothOn();
  await devices.toggleCamera();
  assert.equal(devices.choice.value, 'sound');
  void devices.toggleCamera();
  await browser.refuse('NotReadableError');
  assert.equal(devices.choice.value, 'sound', 'a camera that does not come is not waited for');
  assert.equal(devices.ready, true);
  void devices.toggleCamera();
  await browser.allow();
  assert.equal(devices.choice.value, 'video');
  devices.release();
  assert.equal(devices.choice.value, 'video');
});

test('a camera that is switched off while both start leaves the microphone to come', async () => {
  void devices.choose('video');
  await devices.toggleCamera();
  await browser.allow();
  assert.equal(devices.choice.value, 'sound');
  assert.deepEqual(browser.live, ['audio']);
  assert.equal(devices.ready, true);
});

test('a camera that is switched off while both start is not missed when it would not have started', async () => {
  void devices.choose('video');
  await devices.toggleCamera();
  await browser.refuse('NotReadableError');
  await browser.allow();
  await browser.refuse('NotReadableError');
  assert.deepEqual([devices.trouble.value, devices.ready], [null, true]);
  assert.deepEqual(devices.lacking, { video: false, audio: false });
});

test('a camera that is switched off while both start is not asked for again when the microphone does not start', async () => {
  void devices.choose('video');
  await devices.toggleCamera();
  await browser.refuse('NotAllowedError');
  assert.equal(devices.trouble.value, 'denied');
  assert.deepEqual(devices.lacking, { video: false, audio: true });
});

// ---- what did not start

test('what was tried is tried again, also where it is no part of how the person joins', async () => {
  await devices.choose('none');
  void devices.toggleCamera();
  await browser.refuse('NotReadableError');
  assert.equal(devices.trouble.value, 'in_use');
  assert.equal(devices.ready, true, 'it does not keep the person from going on');
  void devices.retry();
  assert.deepEqual(await browser.allow(), { video: true, audio: false });
  assert.equal(devices.trouble.value, null);
  assert.equal(devices.choice.value, 'camera');
});

test('only what is missing is asked for again', async () => {
  void devices.choose('video');
  await browser.refuse('NotReadableError');
  assert.deepEqual(await browser.allow(), { video: false, audio: true });
  await browser.refuse('NotReadableError');
  assert.deepEqual(devices.lacking, { video: true, audio: false });
  void devices.retry();
  assert.deepEqual(await browser.allow(), { video: true, audio: false });
  assert.deepEqual(devices.lacking, { video: false, audio: false });
});

test('a microphone that is not there keeps nobody from joining with the camera', async () => {
  void devices.choose('video');
  await browser.refuse('NotFoundError');
  await browser.refuse('NotFoundError');
  await browser.allow();
  assert.equal(devices.trouble.value, 'no_microphone');
  assert.equal(devices.ready, false, 'the person is told first');
  await devices.choose('camera');
  assert.equal(devices.ready, true);
  assert.deepEqual(browser.live, ['video']);
});

// ---- which one

test('of two cameras that are picked one after the other the last one counts, also before the first has started', async () => {
  void devices.choose('video');
  void devices.pick('camera', 'two');
  void devices.pick('camera', 'one');
  const asked = browser.questions.map(({ video, audio, camera }) => ({ video, audio, camera }));
  assert.deepEqual(asked, [
    { video: true, audio: true, camera: undefined },
    { video: true, audio: false, camera: 'two' },
    { video: true, audio: false, camera: 'one' },
  ]);
  for (const _ of asked) await browser.allow();
  assert.deepEqual(browser.live, ['audio', 'video']);
  assert.equal(devices.video.value, browser.opened.at(-1) as unknown as MediaStreamTrack);
  assert.equal(devices.starting.value, false);
});
