// Devices in a call that something else takes and gives back, that are unplugged and plugged in again, or whose permission is taken back. No
// browser can be made to do that from here: its events are made by hand, and what it would say is put into its mouth.
import assert from 'node:assert/strict';
import { bothAccept, meetAtCard } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { assertSentence, partnerIs } from '../lib/seen.mjs';
import { sentence } from '../lib/sentences.mjs';
import { code, noticeIs } from './failures.mjs';
import { bothOpen, freshRoom } from './talk.mjs';

/**
 * Runs in the page. `vvMuted` are kinds that come muted, `vvAway` names of devices that are not listed; `vvAsked` are the kinds that were
 * asked for; `vvPermission` is what the browser says of them, null for what it says itself.
 */
function takeDevicesInHand() {
  window.vvMuted = {};
  window.vvAway = [];
  window.vvAsked = [];
  window.vvPermission = null;
  const silence = (track, muted) => Object.defineProperty(track, 'muted', { configurable: true, value: muted });
  window.vvMute = (kind, muted) => {
    window.vvMuted[kind] = muted;
    const { track } = visavis.pc.getSenders().find((sender) => sender.track?.kind === kind);
    silence(track, muted);
    track.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
  };
  window.vvEnd = (kind) => {
    const { track } = visavis.pc.getSenders().find((sender) => sender.track?.kind === kind);
    track.stop();
    track.dispatchEvent(new Event('ended'));
  };
  const devices = MediaDevices.prototype;
  const { getUserMedia, enumerateDevices } = devices;
  devices.getUserMedia = async function (constraints) {
    window.vvAsked.push(...['video', 'audio'].filter((kind) => constraints[kind]));
    // Chromium's fake “default” is no other name of one of its others, as that of a real machine is.
    if (constraints.audio && !constraints.audio.deviceId) {
      const list = await navigator.mediaDevices.enumerateDevices();
      const named = list.find(({ kind, deviceId }) => kind === 'audioinput' && !['', 'default'].includes(deviceId));
      if (named) constraints = { ...constraints, audio: { deviceId: { exact: named.deviceId } } };
    }
    const stream = await getUserMedia.call(this, constraints);
    for (const track of stream.getTracks()) if (window.vvMuted[track.kind]) silence(track, true);
    return stream;
  };
  devices.enumerateDevices = async function () {
    return (await enumerateDevices.call(this)).filter(({ deviceId }) => !window.vvAway.includes(deviceId));
  };
  window.vvPlug = (away) => {
    window.vvAway = away;
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
  };
  const { query } = Permissions.prototype;
  Permissions.prototype.query = async function (what) {
    const isDevice = what.name === 'camera' || what.name === 'microphone';
    if (!isDevice || window.vvPermission === null) return query.call(this, what);
    return Object.assign(new EventTarget(), { state: window.vvPermission });
  };
}

const inPage = (person, name, ...args) => person.page.evaluate((fn, list) => window[fn](...list), name, args);
const asked = (person) => person.page.evaluate(() => window.vvAsked.splice(0));
const permit = (person, state) => person.page.evaluate((wanted) => void (window.vvPermission = wanted), state);
/** The device that is sent, by the name it is listed under. */
const nameOf = (person, kind) =>
  person.page.evaluate((wanted) => visavis.pc.getSenders().find((sender) => sender.track?.kind === wanted).track.getSettings().deviceId, kind);

const labelOf = (person, name) =>
  person.page.evaluate(async (wanted) => (await navigator.mediaDevices.enumerateDevices()).find(({ deviceId }) => deviceId === wanted).label, name);

async function inACall(server, first, second) {
  await bothOpen(server, first, second);
  await first.page.evaluate(takeDevicesInHand);
  await meetAtCard(first, second, await freshRoom(first));
  await bothAccept(first, second);
  await second.seesAndHears();
  await asked(first);
}

async function taken(server, first, second) {
  await inACall(server, first, second);
  await permit(first, 'prompt');
  await inPage(first, 'vvMute', 'video', true);
  await partnerIs(second, 'video');
  await noticeIs(first, 'camera_taken');
  await assertSentence(first, 'notice', 'notice.camera_taken.call');
  await inPage(first, 'vvMute', 'audio', true);
  await partnerIs(second, 'both');
  await noticeIs(first, 'both_taken');
  await assertSentence(first, 'notice', 'notice.both_taken.call');
  await inPage(first, 'vvMute', 'video', false);
  await noticeIs(first, 'microphone_taken');
  await assertSentence(first, 'notice', 'notice.microphone_taken.call');
  await partnerIs(second, 'sound');
  await inPage(first, 'vvMute', 'audio', false);
  await noticeIs(first, null);
  await partnerIs(second, null);
  assert.deepEqual(await asked(first), [], 'the browser would have asked the person');

  // Not given back: asked for once where the browser does not ask, and what comes is as silent.
  await permit(first, 'granted');
  await inPage(first, 'vvMute', 'audio', true);
  await noticeIs(first, 'microphone_taken');
  await until('it is asked for anew', () => first.page.evaluate(() => window.vvAsked.length > 0));
  await first.press('notice-close');
  await noticeIs(first, null);
  await first.page.evaluate(() => void document.dispatchEvent(new Event('visibilitychange')));
  await inPage(first, 'vvPlug', []);
  await partnerIs(second, 'sound');
  assert.equal(await code(first), null, 'what was closed stays closed');
  await inPage(first, 'vvMute', 'audio', false);
  await partnerIs(second, null);
  assert.deepEqual(await asked(first), ['audio']);

  // The person asks.
  await inPage(first, 'vvMute', 'video', true);
  await noticeIs(first, 'camera_taken');
  await first.page.evaluate(() => void (window.vvMuted = {}));
  await first.press('notice-retry');
  await noticeIs(first, null);
  await partnerIs(second, null);
  await second.seesAndHears();
}

async function unplugged(server, first, second) {
  await inACall(server, first, second);
  for (const [kind, gone, missing] of [['video', 'camera_gone', 'video'], ['audio', 'microphone_gone', 'sound']]) {
    await permit(first, 'granted');
    const name = await nameOf(first, kind);
    await inPage(first, 'vvPlug', [name]);
    await inPage(first, 'vvEnd', kind);
    await noticeIs(first, gone);
    await assertSentence(first, 'notice', `notice.${gone}.call`);
    await partnerIs(second, missing);
    await inPage(first, 'vvPlug', []);
    await noticeIs(first, null);
    await partnerIs(second, null);
    assert.deepEqual(await asked(first), [kind]);
    assert.equal(await nameOf(first, kind), name, 'the same one');
    await second.seesAndHears();

    // Where the browser would ask, it is left to the person.
    await permit(first, 'prompt');
    await inPage(first, 'vvPlug', [name]);
    await inPage(first, 'vvEnd', kind);
    await noticeIs(first, gone);
    await inPage(first, 'vvPlug', []);
    const label = await labelOf(first, name);
    await until(`"${label}" is offered`, async () => (await first.text('notice-spare')) === sentence('device.use', { device: label }));
    await first.press('notice-spare');
    await noticeIs(first, null);
    await partnerIs(second, null);
    assert.deepEqual(await asked(first), [kind], 'by the person alone');
    assert.equal(await nameOf(first, kind), name, 'the same one');
  }

  // Turned off by the person, it stays off.
  await permit(first, 'granted');
  const name = await nameOf(first, 'video');
  await first.press('camera');
  await partnerIs(second, 'video');
  await inPage(first, 'vvPlug', [name]);
  await inPage(first, 'vvPlug', []);
  await first.press('camera');
  await partnerIs(second, null);
  assert.deepEqual(await asked(first), ['video'], 'by the person alone');

  // A permission that was taken back.
  await permit(first, 'denied');
  await inPage(first, 'vvPlug', [name]);
  await inPage(first, 'vvEnd', 'video');
  await noticeIs(first, 'denied');
  await assertSentence(first, 'notice', 'notice.denied');
  await permit(first, 'granted');
  await inPage(first, 'vvPlug', []);
  await first.press('notice-close');
  await noticeIs(first, null);
  await partnerIs(second, 'video');
  assert.deepEqual(await asked(first), []);
}

export function deviceLifeCases(scenario) {
  for (const kind of ['chromium', 'firefox']) {
    scenario('a device that something else takes comes back', [kind, 'chromium'], taken);
    scenario('a device that is unplugged comes back with its plug', [kind, 'chromium'], unplugged);
  }
}
