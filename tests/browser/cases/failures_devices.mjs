// Every sentence about a camera, a microphone, a speaker or a screen that fails, before a call and in it, with the way on beside it.
import assert from 'node:assert/strict';
import { putForward } from '../lib/lost.mjs';
import { bothAccept, meetAtCard } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { assertSentence, partnerIs } from '../lib/seen.mjs';
import { sentence } from '../lib/sentences.mjs';
import { Stranger } from '../lib/stranger.mjs';
import { assertHelp, code, isGone, noticeIs, shows } from './failures.mjs';
import { bothOpen, freshRoom } from './talk.mjs';

const hasFocus = (person, selector) => person.page.evaluate((wanted) => document.activeElement.matches(wanted), selector);
const byTestId = (name) => `[data-testid="${name}"]`;

/** From now on devices fail as `window.vvFail` says, by kind; `gone` are kinds of which the browser lists none. */
function makeDevicesFailing() {
  const devices = MediaDevices.prototype;
  const { getUserMedia, enumerateDevices } = devices;
  window.vvFail = {};
  window.vvTaken = {};
  devices.getUserMedia = async function (constraints) {
    const failure = (constraints.video && window.vvFail.video) || (constraints.audio && window.vvFail.audio);
    if (failure) throw new DOMException(failure[1] ?? 'test', failure[0]);
    // A device that is only said to be there is any.
    if (constraints.video?.deviceId?.exact === 'spare') constraints = { video: true };
    const stream = await getUserMedia.call(this, constraints);
    for (const track of stream.getTracks()) window.vvTaken[track.kind] = track;
    return stream;
  };
  devices.enumerateDevices = async function () {
    const all = await enumerateDevices.call(this);
    const spare = window.vvFail.spare ? [{ kind: 'videoinput', deviceId: 'spare', label: 'Another camera', groupId: '' }] : [];
    return [...all.filter(({ kind }) => kind !== window.vvFail.gone), ...spare];
  };
}

const fail = (person, how) => person.page.evaluate((wanted) => void (window.vvFail = wanted), how);

const kDeviceFailures = [
  { code: 'no_camera', how: { video: ['NotFoundError'], gone: 'videoinput' }, way: 'notice-sound', passage: 'busy' },
  { code: 'no_microphone', how: { audio: ['NotFoundError'] }, way: 'notice-camera', passage: 'busy' },
  { code: 'denied', how: { video: ['NotAllowedError', 'Permission denied'] }, way: 'notice-sound', passage: 'denied' },
  { code: 'denied_system', how: { video: ['NotAllowedError', 'Permission denied by system'] }, way: 'notice-sound', passage: 'denied' },
  { code: 'dismissed', how: { video: ['NotAllowedError', 'Permission dismissed'] }, way: 'notice-sound', passage: 'denied' },
  { code: 'in_use', how: { video: ['NotReadableError'] }, way: 'notice-sound', passage: 'busy' },
  { code: 'device', how: { video: ['InvalidStateError'] }, way: 'notice-sound', passage: 'busy' },
];

async function devicesBeforeACall(server, one) {
  await bothOpen(server, one);
  await one.page.evaluate(makeDevicesFailing);
  await one.chooseRoom(await freshRoom(one));
  const hasPicture = () => one.page.evaluate(() => Boolean(document.querySelector('[data-testid=preview]')?.srcObject?.getVideoTracks().length));
  // What is the same for several of them is tried with the first.
  const looked = new Set();
  for (const { code: wanted, how, way, passage } of kDeviceFailures) {
    const begin = async () => {
      await one.press('media-none');
      await until('nothing is on', async () => !(await hasPicture()) && !(await one.has('level')));
      await fail(one, how);
      await one.press('media-video');
      await one.press('start');
      await noticeIs(one, wanted);
    };
    await begin();
    await assertSentence(one, 'notice', `notice.${wanted}`);
    if (!looked.has(passage)) await assertHelp(one, 'notice-help', passage);
    looked.add(passage);
    await noticeIs(one, wanted);
    await fail(one, {});
    await one.press('notice-retry');
    await until(`${wanted}: trying again helps`, async () => (await code(one)) === null && hasPicture());
    assert.equal(await hasFocus(one, 'h1'), true, `${wanted}: the focus does not go with the button`);
    if (looked.has(way)) continue;
    looked.add(way);
    await begin();
    await one.press(way);
    await until(`${wanted}: ${way} helps`, async () => (await code(one)) === null);
    assert.equal(await hasPicture(), way === 'notice-camera', `${wanted}: ${way} keeps the camera that works, and takes no other`);
  }
  await goneAtThePreview(one);
  await silentMicrophone(one);
  await goneWhileMeeting(server, one);
}

/** Unplugged while nobody is looked for yet: each of the two is said, and each way out works. */
async function goneAtThePreview(one) {
  const has = (kind) => one.page.evaluate((wanted) => window.vvTaken[wanted]?.readyState === 'live', kind);
  const begin = async () => {
    await one.press('media-none');
    await until('nothing is on', async () => !(await has('video')) && !(await has('audio')));
    await one.press('media-video');
    await until('both are on', async () => {
      if (await one.has('ask-now')) await one.press('ask-now');
      return (await has('video')) && (await has('audio'));
    });
  };
  const pullOut = (kind) =>
    one.page.evaluate((wanted) => {
      window.vvTaken[wanted].stop();
      window.vvTaken[wanted].dispatchEvent(new Event('ended'));
    }, kind);

  await fail(one, { spare: true });
  for (const [kind, wanted, ways] of [
    ['video', 'camera_gone', { 'notice-spare': ['video', 'audio'], 'notice-sound': ['audio'] }],
    ['audio', 'microphone_gone', { 'notice-camera': ['video'] }],
  ]) {
    for (const [way, left] of Object.entries(ways)) {
      await begin();
      await pullOut(kind);
      await noticeIs(one, wanted);
      await assertSentence(one, 'notice', `notice.${wanted}`);
      await one.press(way);
      await noticeIs(one, null);
      await until(`${wanted}, ${way}: ${left}`, async () => {
        const on = [];
        for (const each of ['video', 'audio']) if (await has(each)) on.push(each);
        return String(on) === String(left);
      });
    }
  }
  await fail(one, {});
}

/** Whether the browser would ask is known only after a moment: it is let ask, and then the thing is there. */
async function askedOrThere(person, name) {
  await until(`${name}, or the question before it`, async () => (await person.has(name)) || person.has('ask-now'));
  if (await person.has('ask-now')) await person.press('ask-now');
  await shows(person, name);
}

/** A microphone that is there, and of which nothing is heard. */
async function silentMicrophone(one) {
  await one.press('media-none');
  await one.page.evaluate(() => {
    const { getUserMedia } = MediaDevices.prototype;
    MediaDevices.prototype.getUserMedia = async function (constraints) {
      if (constraints.video) return getUserMedia.call(this, constraints);
      return new AudioContext().createMediaStreamDestination().stream;
    };
  });
  await one.press('media-sound');
  await askedOrThere(one, 'level');
  const hearing = (wanted) => until(`the microphone is ${wanted}`, () => one.page.evaluate((state) => document.querySelector(`[data-hearing=${state}]`) !== null, wanted));
  await hearing('listening');
  await putForward(one, 6);
  await hearing('silent');
  await assertSentence(one, 'level', 'device.level.silent');
}

/** Unplugged while somebody is looked for: that is said there, at the card, and after the meeting. */
async function goneWhileMeeting(server, one) {
  await one.press('media-none');
  await one.press('media-video');
  await one.start();
  await one.state('waiting');
  await one.nextReceived('waiting');
  const { room } = (await one.sent('seek')).at(-1);
  await one.page.evaluate(() => {
    const [track] = document.querySelector('[data-testid=preview]').srcObject.getVideoTracks();
    track.stop();
    track.dispatchEvent(new Event('ended'));
  });
  const isSaid = async () => {
    await noticeIs(one, 'camera_gone');
    await assertSentence(one, 'notice', 'notice.camera_gone');
  };
  await isSaid();
  const stranger = await Stranger.meets(server, one, room);
  try {
    await isSaid();
    await one.press('decline');
    await one.state('ended');
    await isSaid();
  } finally {
    stranger.close();
  }
}

async function devicesInACall(server, one, other) {
  await bothOpen(server, one, other);
  await one.page.evaluate(makeDevicesFailing);
  await meetAtCard(one, other, await freshRoom(one));
  await bothAccept(one, other);
  await other.seesAndHears();
  const pullOut = (kind) =>
    one.page.evaluate((wanted) => {
      const { track } = visavis.pc.getSenders().find((sender) => sender.track?.kind === wanted);
      track.stop();
      track.dispatchEvent(new Event('ended'));
    }, kind);

  await fail(one, { spare: true });
  const ownCamera = () => one.page.evaluate(() => document.querySelector('[data-testid=own-video]').srcObject.getVideoTracks()[0]?.id);
  const first = await ownCamera();
  await one.page.evaluate(() => void navigator.mediaDevices.dispatchEvent(new Event('devicechange')));
  await one.press('switch-camera');
  await until('the other camera', async () => ![undefined, first].includes(await ownCamera()));
  await other.seesAndHears();

  await pullOut('video');
  await noticeIs(one, 'camera_gone');
  await assertSentence(one, 'notice', 'notice.camera_gone.call');
  await one.press('notice-spare');
  await noticeIs(one, null);
  await other.seesAndHears();

  await fail(one, { video: ['NotReadableError'], gone: 'videoinput' });
  await pullOut('video');
  await noticeIs(one, 'camera_gone');
  await one.press('notice-retry');
  await noticeIs(one, 'in_use');
  await fail(one, {});
  await one.press('notice-retry');
  await noticeIs(one, null);
  await other.seesAndHears();

  await pullOut('audio');
  await noticeIs(one, 'microphone_gone');
  await assertSentence(one, 'notice', 'notice.microphone_gone.call');
  await one.press('notice-close');
  await noticeIs(one, null);
  assert.equal(await hasFocus(one, 'h1'), true, 'the focus does not go with the notice');
  await partnerIs(other, 'sound');
  await one.press('mute');
  await partnerIs(other, null);

  for (const [wanted, name, message] of [['share', 'NotReadableError', 'test'], ['share_system', 'NotAllowedError', 'Permission denied by system']]) {
    await one.page.evaluate((failure) => {
      MediaDevices.prototype.getDisplayMedia = () => Promise.reject(new DOMException(...failure));
    }, [message, name]);
    await one.press('share');
    await noticeIs(one, wanted);
    await assertSentence(one, 'notice', `notice.${wanted}`);
    assert.equal(await one.has('notice-retry'), false, 'a screen is shared by its own button');
    await one.page.evaluate(() => {
      window.vvRefuses = MediaDevices.prototype.getDisplayMedia;
      MediaDevices.prototype.getDisplayMedia = async () => document.createElement('canvas').captureStream(5);
    });
    await one.press('share');
    await shows(one, 'sharing');
    assert.equal(await code(one), null, `${wanted}: what works takes the sentence away`);
    await one.press('share-stop');
    await isGone(one, 'sharing');
    await one.page.evaluate(() => void (MediaDevices.prototype.getDisplayMedia = window.vvRefuses));
    await one.press('share');
    await noticeIs(one, wanted);
  }

  await one.press('more');
  await one.press('devices-open');
  await one.page.evaluate(() => {
    HTMLMediaElement.prototype.play = () => Promise.reject(new DOMException('test', 'NotSupportedError'));
  });
  const test = byTestId('device-speaker-test');
  await one.press('device-speaker-test');
  const said = () => one.page.evaluate((selector) => document.querySelector(selector).parentElement.querySelector('[role=status]').textContent, test);
  await until('nothing could be played', async () => (await said()) === sentence('device.speaker.failed'));
  assert.equal(await one.page.evaluate((selector) => document.querySelector(selector).disabled, test), false, 'it can be tried again');
  await one.press('devices-done');

  assert.equal(await code(one), 'share_system');
  await one.press('leave');
  await one.state('ended');
  await noticeIs(one, null);
}

export function deviceFailureCases(scenario) {
  for (const kind of ['chromium', 'firefox']) {
    scenario('devices that fail before a call', [kind], devicesBeforeACall);
    scenario('devices that fail in a call', [kind, 'chromium'], devicesInACall);
  }
}
