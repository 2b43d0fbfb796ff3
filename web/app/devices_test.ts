import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Client } from '../core/client.ts';
import { FakeClock } from '../core/testing/fake_clock.ts';
import { Devices } from './devices.ts';
import { settings } from './settings.ts';
import { FakeBrowser, FakeTrack, settled } from './testing/fake_browser.ts';

let browser: FakeBrowser;
let told: { video: boolean; sound: boolean; screen: boolean } | undefined;
let devices: Devices;
let clock: FakeClock;

beforeEach(() => {
  browser = new FakeBrowser();
  told = undefined;
  settings.devices.value = null;
  const navigator = { mediaDevices: browser, permissions: { query: () => Promise.resolve(browser.permission) } };
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  Object.defineProperty(globalThis, 'document', { value: document, configurable: true });
  clock = new FakeClock();
  const client = { ports: { clock }, setTrack: () => {}, setMediaOn: (on: typeof told) => void (told = on) };
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

/** The one question that waits: the camera and the side of the phone it asks for. */
const askedFor = (): unknown[] => browser.questions.map(({ video, audio, camera, facing }) => ({ video, audio, camera, facing }));
const running = (): string | undefined => devices.video.value?.getSettings().deviceId;

async function startCamera(): Promise<void> {
  void devices.choose('video');
  await browser.allow();
}

test('switching the camera takes the next one of the list, lets go of the old one first, and is not remembered', async () => {
  await startCamera();
  assert.equal(devices.canSwitchCamera, true);
  for (const next of ['one', 'two', 'one']) {
    void devices.switchCamera();
    assert.deepEqual(askedFor(), [{ video: true, audio: false, camera: next, facing: undefined }]);
    assert.deepEqual(browser.live, ['audio'], 'a phone has to let go of one camera before it takes the other');
    await browser.allow();
    assert.equal(running(), next);
    assert.deepEqual(browser.live, ['audio', 'video']);
  }
  assert.equal(devices.picks.value.camera, null);
  assert.deepEqual(told, { video: true, sound: true, screen: false });
});

test('switching the camera of a phone turns to its other side, and back', async () => {
  browser.facing = 'user';
  await startCamera();
  for (const side of ['environment', 'user']) {
    void devices.switchCamera();
    assert.deepEqual(askedFor(), [{ video: true, audio: false, camera: undefined, facing: side }]);
    await browser.allow();
    assert.equal(devices.video.value?.getSettings().facingMode, side);
  }
});

test('where the other camera does not start the one before comes back, and it is said', async () => {
  await startCamera();
  const before = running();
  void devices.switchCamera();
  await browser.refuse('NotReadableError');
  assert.deepEqual(askedFor(), [{ video: true, audio: false, camera: before, facing: undefined }]);
  await browser.allow();
  assert.deepEqual([running(), devices.trouble.value], [before, 'in_use']);
});

test('there is nothing to switch with one camera, or with none on', async () => {
  await devices.choose('none');
  assert.equal(devices.canSwitchCamera, false);
  await devices.switchCamera();
  browser.enumerateDevices = () => Promise.resolve([{ kind: 'videoinput', deviceId: 'one', label: 'One' }]);
  await startCamera();
  assert.equal(devices.canSwitchCamera, false);
  await devices.switchCamera();
  assert.deepEqual(browser.questions, []);
});

// ---- the speaker

const kSpeakers = ['loud', 'quiet'].map((deviceId) => ({ kind: 'audiooutput', deviceId, label: deviceId }));

async function listed(speakers: readonly unknown[]): Promise<void> {
  browser.enumerateDevices = () => Promise.resolve([...speakers]);
  browser.dispatchEvent(new Event('devicechange'));
  await settled();
}

test('a speaker that was picked plays until it is gone, and again when it is back', async () => {
  await listed(kSpeakers);
  assert.equal(devices.speaker.value, null, 'the browser’s own choice');
  await devices.pick('speaker', 'quiet');
  assert.equal(devices.speaker.value, 'quiet');
  assert.deepEqual(browser.questions, [], 'nothing is opened for it');
  await listed(kSpeakers.slice(0, 1));
  assert.equal(devices.speaker.value, null);
  await listed(kSpeakers);
  assert.equal(devices.speaker.value, 'quiet');
  assert.equal(devices.picks.value.speaker, 'quiet');
});

test('a browser that names speakers one by one is asked, and what the person picks there is used', async () => {
  let answer: (speaker: { deviceId: string } | null) => void = () => {};
  const selectAudioOutput = (): Promise<unknown> =>
    new Promise((resolve, reject) => (answer = (speaker) => (speaker ? resolve(speaker) : reject(new Error('closed')))));
  Object.assign(browser, { selectAudioOutput });
  await listed([]);
  const closed = devices.askForSpeaker();
  answer(null);
  await closed;
  assert.deepEqual([devices.speaker.value, devices.picks.value.speaker], [null, null], 'who closes the list changes nothing');
  const picked = devices.askForSpeaker();
  browser.enumerateDevices = () => Promise.resolve(kSpeakers.slice(1));
  answer({ deviceId: 'quiet' });
  await picked;
  assert.equal(devices.speaker.value, 'quiet');
});

// ---- the screen

test('that a screen could not be shared is said until the next try, or until the call is over', async () => {
  let answer: (track: FakeTrack) => void = () => {};
  let refuse: (error: Error) => void = () => {};
  const getDisplayMedia = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      answer = (track) => resolve({ getTracks: () => [track], getVideoTracks: () => [track] });
      refuse = reject;
    });
  Object.assign(browser, { getDisplayMedia });
  const fails = async (message: string): Promise<void> => {
    void devices.shareScreen();
    refuse(Object.assign(new Error(message), { name: message === 'test' ? 'NotReadableError' : 'NotAllowedError' }));
    await settled();
  };
  await fails('test');
  assert.equal(devices.trouble.value, 'share');
  void devices.shareScreen();
  assert.equal(devices.trouble.value, null, 'with the next try');
  answer(new FakeTrack('video', 'screen'));
  await settled();
  assert.deepEqual([devices.screen.value !== null, devices.trouble.value], [true, null]);
  await fails('Permission denied by system');
  assert.equal(devices.trouble.value, 'share_system');
  devices.stopSharing(); // as at the end of a call
  assert.equal(devices.trouble.value, null);
  await fails('test');
  devices.stopSharing();
  assert.equal(devices.trouble.value, null, 'also where nothing is shared');
});

test('what is wrong with a camera is not forgotten with the screen', async () => {
  await startCamera();
  browser.opened.at(-1)!.onended!();
  await settled();
  assert.equal(devices.trouble.value, 'camera_gone');
  devices.stopSharing();
  assert.equal(devices.trouble.value, 'camera_gone');
});

// ---- what becomes of a device in use

/** Both are on, by names that the list has, and have worked for a while. */
async function bothInUse(): Promise<{ camera: FakeTrack; microphone: FakeTrack }> {
  await bothOn();
  await clock.pass(20_000);
  return { camera: browser.opened.find(({ kind }) => kind === 'video')!, microphone: browser.opened.find(({ kind }) => kind === 'audio')! };
}

const kInfos = { video: 'videoinput', audio: 'audioinput' };

/** The browser lists these from now on, and says that something changed. */
async function plugged(...tracks: FakeTrack[]): Promise<void> {
  browser.enumerateDevices = () =>
    Promise.resolve(tracks.map(({ kind, deviceId }) => ({ kind: kInfos[kind as 'video'], deviceId, label: deviceId })));
  browser.dispatchEvent(new Event('devicechange'));
  await settled();
}

async function show(state: 'visible' | 'hidden'): Promise<void> {
  Object.assign(document, { visibilityState: state });
  document.dispatchEvent(new Event('visibilitychange'));
  await settled();
}

test('what something else takes is missing to the other at once, to the person after a moment, and nothing is wrong once it is back', async () => {
  const { camera, microphone } = await bothInUse();
  camera.mute(true);
  assert.deepEqual(told, { video: false, sound: true, screen: false });
  assert.equal(devices.trouble.value, null);
  await clock.pass(1_000);
  assert.equal(devices.trouble.value, 'camera_taken');
  microphone.mute(true);
  await clock.pass(1_000);
  assert.deepEqual([devices.trouble.value, told], ['both_taken', { video: false, sound: false, screen: false }]);
  camera.mute(false);
  assert.equal(devices.trouble.value, 'microphone_taken');
  microphone.mute(false);
  assert.deepEqual([devices.trouble.value, told], [null, { video: true, sound: true, screen: false }]);
  await clock.pass(60_000);
  assert.deepEqual([browser.questions, browser.live], [[], ['audio', 'video']]);
});

test('what is not given back is asked for anew beside it, once, and the new one is kept where it works', async () => {
  const { camera } = await bothInUse();
  camera.mute(true);
  await clock.pass(3_000);
  assert.deepEqual(askedFor(), [{ video: true, audio: false, camera: camera.deviceId, facing: undefined }]);
  assert.equal(camera.readyState, 'live', 'it may yet come back');
  await browser.allow();
  assert.deepEqual([camera.readyState, devices.trouble.value, told?.video], ['ended', null, true]);
  assert.equal(devices.video.value, browser.opened.at(-1) as unknown as MediaStreamTrack);
});

test('a new one that is as silent is given back, and no other is asked for until the person asks', async () => {
  const { microphone } = await bothInUse();
  microphone.mute(true);
  await clock.pass(3_000);
  browser.mutes = true;
  await browser.allow();
  await clock.pass(600_000);
  assert.deepEqual([browser.questions, browser.live], [[], ['audio', 'video']]);
  assert.deepEqual([devices.audio.value, devices.trouble.value], [microphone, 'microphone_taken']);
  void devices.retry();
  browser.mutes = false;
  await browser.allow();
  assert.deepEqual([microphone.readyState, devices.trouble.value], ['ended', null]);
});

test('where the browser would ask, the page asks for nothing by itself', async () => {
  const { camera, microphone } = await bothInUse();
  browser.permission.state = 'prompt';
  microphone.mute(true);
  await clock.pass(60_000);
  await plugged(camera, microphone);
  camera.end();
  await plugged(microphone);
  await plugged(camera, microphone);
  assert.deepEqual(browser.questions, []);
  assert.deepEqual([devices.trouble.value, devices.spare.value?.id], ['camera_gone', camera.deviceId]);
  void devices.useSpare();
  await browser.allow();
  assert.deepEqual([devices.trouble.value, running()], ['microphone_taken', camera.deviceId]);
});

test('out of view a camera is muted and nothing is said; in view it is given a moment', async () => {
  const { camera } = await bothInUse();
  await show('hidden');
  camera.mute(true);
  await clock.pass(600_000);
  assert.deepEqual([devices.trouble.value, browser.questions, told?.video], [null, [], false]);
  await show('visible');
  camera.mute(false);
  await clock.pass(600_000);
  assert.deepEqual([devices.trouble.value, browser.questions, told?.video], [null, [], true]);
});

test('what is plugged in again is taken up by itself, muted as it was', async () => {
  const { camera, microphone } = await bothInUse();
  await plugged(camera, microphone);
  await devices.toggleSound();
  microphone.end();
  await plugged(camera);
  assert.deepEqual([devices.trouble.value, told], ['microphone_gone', { video: true, sound: false, screen: false }]);
  await plugged(camera, microphone);
  await browser.allow();
  assert.deepEqual([devices.trouble.value, told?.sound], [null, false]);
  const again = browser.opened.at(-1)!;
  assert.deepEqual([again.deviceId, again.enabled, devices.audio.value], [microphone.deviceId, false, again]);
  await devices.toggleSound();
  assert.equal(told?.sound, true);
});

test('what the person has turned off, or replaced, is left where it is', async () => {
  const { camera, microphone } = await bothInUse();
  await plugged(camera, microphone);
  await devices.toggleCamera();
  await plugged(microphone);
  await plugged(camera, microphone);
  assert.deepEqual(browser.questions, []);
  void devices.toggleCamera();
  await browser.allow();
  const second = browser.opened.at(-1)!;
  await plugged(second, microphone);
  second.end();
  await plugged(camera, microphone);
  assert.equal(devices.spare.value?.id, camera.deviceId);
  void devices.useSpare();
  await browser.allow();
  await plugged(camera, second, microphone);
  assert.deepEqual(browser.questions, []);
  assert.equal(running(), camera.deviceId);
});

test('a device that does not start when it is back is no new trouble, and is not asked for on and on', async () => {
  const { camera, microphone } = await bothInUse();
  await plugged(camera, microphone);
  camera.end();
  await plugged(microphone);
  await plugged(camera, microphone);
  await browser.refuse('NotReadableError');
  assert.equal(devices.trouble.value, 'camera_gone');
  for (let turn = 0; turn < 3; turn++) await plugged(camera, microphone);
  assert.deepEqual(browser.questions, []);
});

test('what was plugged in while nobody looked is found at the return', async () => {
  const { camera, microphone } = await bothInUse();
  await plugged(camera, microphone);
  camera.end();
  await plugged(microphone);
  await show('hidden');
  browser.enumerateDevices = () => Promise.resolve([{ kind: 'videoinput', deviceId: camera.deviceId, label: 'Camera' }]);
  await show('visible');
  await browser.allow();
  assert.equal(running(), camera.deviceId);
});

test('a permission that was taken back is called that, and nothing comes back by itself', async () => {
  const { camera, microphone } = await bothInUse();
  await plugged(camera, microphone);
  browser.permission.state = 'denied';
  camera.end();
  await settled();
  assert.equal(devices.trouble.value, 'denied');
  await plugged();
  browser.permission.state = 'granted';
  await plugged(camera, microphone);
  assert.deepEqual(browser.questions, []);
});

test('a notice that was closed is not said again of the same trouble, nor does closing it give the device up', async () => {
  const { camera, microphone } = await bothInUse();
  await plugged(camera, microphone);
  camera.mute(true);
  await clock.pass(1_000);
  devices.closeNotice();
  assert.equal(devices.trouble.value, null);
  await clock.pass(3_000);
  browser.mutes = true;
  await browser.allow();
  browser.mutes = false;
  await show('hidden');
  await show('visible');
  await clock.pass(60_000);
  assert.deepEqual([devices.trouble.value, browser.questions], [null, []]);
  microphone.end();
  await plugged(camera);
  assert.equal(devices.trouble.value, 'microphone_gone', 'another one is news');
  devices.closeNotice();
  await plugged(camera);
  assert.equal(devices.trouble.value, null);
  await plugged(camera, microphone);
  await browser.allow();
  assert.equal(told?.sound, true);
});

test('what the person tries in vain is said in place of what was wrong before', async () => {
  const { camera, microphone } = await bothInUse();
  await plugged(camera, microphone);
  camera.end();
  await plugged(microphone);
  void devices.retry();
  await browser.refuse('NotFoundError');
  assert.equal(devices.trouble.value, 'no_camera');
  devices.closeNotice();
  assert.equal(devices.trouble.value, null);
  await plugged(camera, microphone);
  await browser.allow();
  assert.deepEqual([running(), devices.trouble.value], [camera.deviceId, null], 'and it is still waited for');
});

test('a camera that is switched off while it is asked for anew stays off', async () => {
  const { camera } = await bothInUse();
  camera.mute(true);
  await clock.pass(3_000);
  await devices.toggleCamera();
  await browser.allow();
  assert.deepEqual([browser.live, devices.video.value, devices.trouble.value], [['audio'], null, null]);
});

test('who goes home is bothered by no device any more', async () => {
  const { camera, microphone } = await bothInUse();
  camera.mute(true);
  devices.release();
  await clock.pass(60_000);
  await plugged(camera, microphone);
  assert.deepEqual([devices.trouble.value, browser.questions, clock.next()], [null, [], null]);
});
