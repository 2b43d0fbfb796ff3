// Cameras and microphones that are refused, busy, missing or pulled out: a sentence and a way on.
import assert from 'node:assert/strict';
import { hideSecondCamera, kChromiumWithCameras } from '../lib/launch.mjs';
import { until } from '../lib/poll.mjs';
import { bothAccept, meetAtCard } from '../lib/person.mjs';
import { partnerIs } from '../lib/seen.mjs';
import { bothOpen, freshRoom } from './talk.mjs';

/** From now on the browser fails as `fail` says: by kind, the name and message of the error. */
function breakDevices(fail) {
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  MediaDevices.prototype.getUserMedia = function (constraints) {
    const kind = constraints.video && fail.video ? 'video' : constraints.audio && fail.audio ? 'audio' : null;
    if (!kind) return real(constraints);
    return Promise.reject(new DOMException(fail[kind].message ?? 'test', fail[kind].name));
  };
}

const kinds = (person) => person.page.evaluate(() => [...document.querySelectorAll('video')].flatMap((video) => video.srcObject?.getTracks().map(({ kind }) => kind) ?? []));
const code = (person) => person.page.evaluate(() => document.querySelector('[data-testid="notice"]')?.dataset.code ?? null);

async function atReady(server, person, fail) {
  await bothOpen(server, person);
  if (fail) await person.page.evaluate(breakDevices, fail);
  await person.chooseRoom(await freshRoom(person));
}

/** Runs in the page: speakers are named by the browser's own list, as in Firefox, and what plays where is kept at each player. */
function speakersAsListed() {
  const devices = MediaDevices.prototype;
  const { enumerateDevices } = devices;
  window.vvSpeakers = [];
  devices.enumerateDevices = async function () {
    const others = (await enumerateDevices.call(this)).filter(({ kind }) => kind !== 'audiooutput');
    return [...others, ...window.vvSpeakers.map((deviceId) => ({ kind: 'audiooutput', deviceId, label: deviceId, groupId: '' }))];
  };
  devices.selectAudioOutput = async () => {
    window.vvSpeakers = ['loud', 'quiet'];
    return { deviceId: 'loud' };
  };
  const { prototype } = HTMLMediaElement;
  Object.defineProperty(prototype, 'sinkId', { configurable: true, get() { return this.vvSink ?? ''; } });
  prototype.setSinkId = async function (id) {
    this.vvSink = id;
  };
}

export function deviceCases(scenario) {
  const refusals = [
    { what: 'denied', fail: { video: { name: 'NotAllowedError', message: 'Permission denied' } }, code: 'denied' },
    { what: 'denied by the system', fail: { video: { name: 'NotAllowedError', message: 'Permission denied by system' } }, code: 'denied_system' },
    { what: 'left unanswered', fail: { video: { name: 'NotAllowedError', message: 'Permission dismissed' } }, code: 'dismissed' },
  ];
  for (const { what, fail, code: wanted } of refusals) {
    scenario(`the camera is ${what}: join with sound only`, ['chromium'], async (server, person) => {
      await atReady(server, person, fail);
      await person.press('start');
      await until('the sentence', async () => (await code(person)) === wanted);
      assert.ok((await person.text('notice'))?.trim());
      await person.press('notice-sound');
      await until('no trouble left', async () => (await code(person)) === null);
      await person.press('start');
      await person.state('waiting');
      // The server is greeted anew first, by the token that was made for the room.
      const { prefs } = await until('the search is sent', async () => (await person.sent('seek'))[0]);
      assert.equal(prefs.media, 'sound');
    });
  }

  for (const kind of ['chromium', 'firefox']) {
    scenario('the camera is busy, the microphone is not', [kind], async (server, person) => {
      await atReady(server, person, { video: { name: 'NotReadableError' } });
      await person.press('start');
      await until('the sentence', async () => (await code(person)) === 'in_use');
      await until('the microphone runs all the same', () => person.page.evaluate(() => document.querySelector('[data-testid="level"]') !== null));
    });
  }

  scenario('there is no camera', ['chromium'], async (server, person) => {
    await bothOpen(server, person);
    await person.page.evaluate(breakDevices, { video: { name: 'NotFoundError' } });
    await person.page.evaluate(() => {
      const all = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
      MediaDevices.prototype.enumerateDevices = async () => (await all()).filter(({ kind }) => kind !== 'videoinput');
    });
    await person.chooseRoom(await freshRoom(person));
    await person.press('start');
    await until('the sentence', async () => (await code(person)) === 'no_camera');
  });

  scenario('a camera that was picked is used again, until it is gone', [kChromiumWithCameras], async (server, person) => {
    await person.page.beforeLoad(hideSecondCamera);
    await atReady(server, person);
    // In a low window it may lie below the bar that stays in view.
    await person.page.evaluate(() => document.querySelector('[data-testid="media-video"]').scrollIntoView({ block: 'center' }));
    await person.press('media-video');
    const list = () => person.page.evaluate(() => [...(document.querySelector('[data-testid="device-camera"]')?.options ?? [])].map(({ value }) => value));
    const [one, another] = await until('the list of cameras', async () => {
      // Whether the browser has to be asked first is known only after a moment.
      await person.page.evaluate(() => document.querySelector('[data-testid="ask-now"]')?.click());
      const seen = await list();
      return seen.length > 1 && seen;
    });
    const running = (wanted) =>
      until(`the camera ${wanted}`, async () => {
        const seen = await person.page.evaluate(() => document.querySelector('[data-testid=preview]')?.srcObject?.getVideoTracks()[0]?.getSettings().deviceId);
        if (seen === wanted) return true;
        throw new Error(String(seen));
      });
    await running(one);
    await person.page.evaluate((id) => {
      const select = document.querySelector('[data-testid="device-camera"]');
      select.value = id;
      select.dispatchEvent(new Event('change', { bubbles: true }));
    }, another);
    await running(another);
    await until('it is kept', async () => (await person.page.evaluate(() => localStorage.getItem('visavis.devices')))?.includes(another));
    await person.open(`${server.origin}/`);
    await person.chooseRoom(await freshRoom(person));
    await person.press('start');
    await person.state('waiting');
    await running(another);
    await person.press('waiting-cancel');
    await person.page.evaluate(() => localStorage.setItem('visavis.devices', JSON.stringify({ camera: 'gone', microphone: null, speaker: null })));
    await person.open(`${server.origin}/`);
    await person.chooseRoom(await freshRoom(person));
    await person.press('start');
    await person.state('waiting');
    assert.deepEqual(await kinds(person), ['video'], 'another camera took its place');
    await running(one);
  });

  scenario('the other sees the camera that is switched to', [kChromiumWithCameras, 'firefox'], async (server, first, second) => {
    await first.page.beforeLoad(hideSecondCamera);
    await bothOpen(server, first, second);
    await meetAtCard(first, second, await freshRoom(first));
    await bothAccept(first, second);
    await second.seesAndHears();
    const running = () => first.page.evaluate(() => document.querySelector('[data-testid="own-video"]').srcObject.getVideoTracks()[0]?.getSettings().deviceId);
    const before = await running();
    await first.press('switch-camera');
    const other = await until('the other camera', async () => (await running()) !== before && running());
    assert.ok(other);
    await second.seesAndHears();
    await first.press('switch-camera');
    await until('the one before', async () => (await running()) === before);
    await second.seesAndHears();
  });

  for (const pair of [['chromium', 'firefox'], ['firefox', 'chromium']]) {
    scenario('the speaker that was picked plays the other, until it is gone', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      await first.page.evaluate(speakersAsListed);
      await first.chooseRoom(await freshRoom(first));
      await until('the microphone, or the question before it', async () => (await first.has('level')) || (await first.has('ask-now')));
      if (await first.has('ask-now')) await first.press('ask-now');
      await until('the microphone', () => first.has('level'));
      // Named by the browser's own list: there is none to pick from before.
      assert.equal(await first.has('device-speaker'), false);
      await first.press('device-speaker-choose');
      const shown = () => first.page.evaluate(() => document.querySelector('[data-testid="device-speaker"]')?.value ?? null);
      await until('what was picked there', async () => (await shown()) === 'loud');
      await first.page.evaluate(() => {
        const select = document.querySelector('[data-testid="device-speaker"]');
        select.value = 'quiet';
        select.dispatchEvent(new Event('change', { bubbles: true }));
      });
      const kept = () => first.page.evaluate(() => JSON.parse(localStorage.getItem('visavis.devices') ?? '{}').speaker);
      await until('it is kept', async () => (await kept()) === 'quiet');
      await first.start();
      await first.state('waiting');
      const { room } = await until('the search is sent', async () => (await first.sent('seek')).at(-1));
      await second.chooseRoom(room);
      await second.start();
      await Promise.all([first.state('card'), second.state('card')]);
      await bothAccept(first, second);
      const plays = (sink) =>
        until(`the other is played by "${sink}"`, () => first.page.evaluate((wanted) => document.querySelector('[data-testid="remote-video"]').vvSink === wanted, sink));
      await plays('quiet');
      await first.page.evaluate(() => {
        window.vvSpeakers = ['loud'];
        navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
      });
      await plays('');
      assert.equal(await kept(), 'quiet', 'it may come back');
      await second.seesAndHears();
    });
  }

  scenario('a camera is pulled out in a call', ['chromium', 'firefox'], async (server, first, second) => {
    await bothOpen(server, first, second);
    await meetAtCard(first, second, await freshRoom(first));
    await bothAccept(first, second);
    await second.seesAndHears();
    await first.page.evaluate(() => {
      const [track] = document.querySelector('[data-testid="own-video"]').srcObject.getVideoTracks();
      track.stop();
      track.dispatchEvent(new Event('ended'));
    });
    await until('the sentence', async () => (await code(first)) === 'camera_gone');
    await partnerIs(second, 'video');
    await first.press('camera');
    await partnerIs(second, null);
    await second.seesAndHears();
    assert.equal(await code(first), null);
  });
}
