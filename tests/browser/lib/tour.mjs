// Walks two people through every screen of the page, in one real call in a room and one by private link, and has each screen taken as a
// picture. What seldom happens is made to happen: the server's words are put in its mouth, a camera is refused, a path is broken.
import { readFileSync } from 'node:fs';
import { eachHint } from './hints.mjs';
import { putForward, withoutPath, withoutServer } from './lost.mjs';
import { until } from './poll.mjs';
import { accountDiffers, codeStands, forgeCode, holdCode, isBroken, saysIfHeard, showAddresses, takesCamera, withAnotherAccount } from './rare.mjs';
import { listSpareCamera, offerSheet } from './seldom.mjs';
import { randomId, SignalingClient } from './signaling_client.mjs';
import { giveFiles } from './story.mjs';
import { Stranger } from './stranger.mjs';

const kRoom = 'pt';
/** The screens on which somebody waits for the other: no longer than this. */
const kSoon = { limit: 15_000 };

/** A saved call. */
const kSavedCall = readFileSync(new URL('../../../web/app/guide/made/example.json', import.meta.url), 'utf8');

/** @param people three of Person; the first meets the others, one after the other. @param take takes the picture of a person's screen: `take(person, name)` */
export async function tour({ server, closedServer, people: [one, two, three], take }) {
  // As on a phone.
  for (const { page } of [one, two, three]) {
    for (const stub of [offerSheet, listSpareCamera]) await page.beforeLoad(stub);
  }
  await aroundTheStart(one, server, take);
  await explained(one, take);
  await troubles(one, server, closedServer, take);
  await beforeTheCall(one, take);
  await company(one, two, server, take);
  await inTheCall(one, two, take);
  await afterwards(one, two, take);
  await otherEnds(one, server, take);
  // By now the first has blocked the second, and no link brings the two together.
  await byLink(one, three, server, take);
  await refusedCode(one, three, server, take);
  await noCallHere(two, server, take);
}

const inPage = (person, fn, ...args) => person.page.evaluate(fn, ...args);
const shows = (person, name) => until(`${person.name}: ${name}`, () => person.has(name), kSoon);
const isGone = (person, name) => until(`${person.name}: no ${name}`, async () => !(await person.has(name)), kSoon);

/** A message as the server would send it. */
function hears(person, message) {
  return inPage(person, (text) => vvProbe.sockets.at(-1).dispatchEvent(new MessageEvent('message', { data: text })), JSON.stringify(message));
}

async function closeDialog(person, name) {
  await person.press(`${name}-close`);
  await isGone(person, name);
}

async function home(person) {
  await person.press('wordmark');
  await person.state('home');
}

async function aroundTheStart(one, server, take) {
  await one.open(`${server.origin}/`);
  await shows(one, 'rooms');
  await take(one, 'home');
  await one.press('rooms-all');
  await take(one, 'home-all');
  await one.page.fill('[data-testid="search-rooms"]', 'ar');
  await take(one, 'home-search');
  await one.page.fill('[data-testid="search-rooms"]', 'xyz');
  await shows(one, 'rooms-none');
  await take(one, 'home-search-none');

  await one.press('private-new');
  await one.state('private');
  await take(one, 'private');
  await one.press('private-copy');
  await one.press('private-qr');
  await shows(one, 'private-code');
  await take(one, 'private-code');
  await one.press('back');
  await one.state('home');
  await take(one, 'home-link');
}

async function explained(one, take) {
  await one.press('menu-settings');
  await shows(one, 'settings-dialog');
  await take(one, 'settings');
  await one.press('settings-kept');
  await shows(one, 'kept-dialog');
  await take(one, 'kept');
  await closeDialog(one, 'kept-dialog');
  await one.press('footer-how');
  await shows(one, 'screen-how');
  await take(one, 'how');
  await one.press('how-made');
  await shows(one, 'made-file');
  await take(one, 'made');
  await giveFiles(one, ['{}']);
  await shows(one, 'made-flaw');
  await take(one, 'made-flaw');
  await giveFiles(one, [kSavedCall]);
  await shows(one, 'made-source');
  await take(one, 'made-opened');
  await one.goBack();
  await shows(one, 'screen-how');
  await one.press('how-server');
  await shows(one, 'ledger');
  await shows(one, 'page-hash');
  await take(one, 'server');
  await one.goBack();
  await shows(one, 'screen-how');
  await withAnotherAccount(one, async () => {
    await one.press('how-server');
    await accountDiffers(one);
    await take(one, 'server-differs');
  });
  await one.press('footer-trouble');
  await shows(one, 'screen-trouble');
  await take(one, 'trouble');
  await home(one);
}

async function troubles(one, server, closedServer, take) {
  await one.open(`${closedServer.origin}/`);
  await shows(one, 'rooms-closed');
  await take(one, 'home-closed');

  await one.open(`${server.origin}/`);
  await inPage(one, () => {
    vvProbe.rewrite = (text) => text.replace('"private":true', '"private":false');
    visavis.drop();
  });
  await shows(one, 'private-closed');
  await take(one, 'home-private-closed');

  await one.open(`${server.origin}/p#1.broken`);
  await shows(one, 'notice');
  await take(one, 'link-damaged');

  await one.open(`${server.origin}/`);
  await withoutServer(one, async () => {
    await take(one, 'server-lost');
    // A part of the page that has not come yet.
    await inPage(one, () => {
      window.vvFetch = window.fetch;
      window.fetch = () => Promise.reject(new TypeError('test'));
    });
    await one.press('menu-how');
    await shows(one, 'part-missing');
    await take(one, 'part-missing');
    await inPage(one, () => void (window.fetch = window.vvFetch));
    await one.goBack();
    await one.state('home');
  });
}

async function beforeTheCall(one, take) {
  await one.showAllRooms();
  // A browser that would ask: this one is told to say yes.
  await inPage(one, () => {
    Permissions.prototype.vvReal = Permissions.prototype.query;
    Permissions.prototype.query = async () => Object.assign(new EventTarget(), { state: 'prompt' });
  });
  await one.press(`room-${kRoom}`);
  await shows(one, 'rules-dialog');
  await take(one, 'rules');
  await one.press('rules-agree');
  await one.state('ready');
  await shows(one, 'ask-now');
  await take(one, 'ready-ask');
  await inPage(one, () => {
    Permissions.prototype.query = Permissions.prototype.vvReal;
  });
  await one.press('ask-now');
  await preview(one);
  await take(one, 'ready');
  await one.press('media-none');
  await take(one, 'ready-none');

  await inPage(one, () => {
    navigator.mediaDevices.vvReal = navigator.mediaDevices.getUserMedia;
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('Permission denied', 'NotAllowedError'));
  });
  await one.press('media-video');
  await until('the question or the refusal', async () => (await one.has('ask-now')) || (await one.has('notice')), kSoon);
  if (await one.has('ask-now')) await one.press('ask-now');
  await shows(one, 'notice');
  await take(one, 'ready-denied');
  await inPage(one, () => {
    navigator.mediaDevices.getUserMedia = navigator.mediaDevices.vvReal;
  });
  await one.press('notice-retry');
  await preview(one);
}

/** The own picture has come. */
function preview(person) {
  return until('a picture', () => inPage(person, () => document.querySelector('[data-testid="preview"]')?.videoWidth > 0), kSoon);
}

async function company(one, two, server, take) {
  await one.start();
  await one.state('waiting');
  await preview(one);
  await take(one, 'waiting');
  await inPage(one, () => {
    window.Notification = class {
      static permission = 'default';
      static requestPermission = async () => (Notification.permission = 'granted');
      close() {}
    };
  });
  await one.press('tell-me');
  await until('it is promised', () => inPage(one, () => document.querySelector('[data-tell=on]') !== null), kSoon);
  await take(one, 'waiting-told');
  await withoutServer(one, async () => {
    await shows(one, 'server-note');
    await take(one, 'waiting-server-lost');
  });
  await one.state('waiting');
  await two.open(`${server.origin}/`);
  await two.chooseRoom(kRoom);
  if (await two.has('ask-now')) await two.press('ask-now');
  await two.start();
  await Promise.all([one.state('card'), two.state('card')]);
  await take(one, 'card');
  await one.press('accept');
  await one.state('accepting');
  await take(one, 'card-accepted');
}

/** Runs in the page: two devices that do not get to each other yet. */
function holdConnections() {
  const held = new Promise((resolve) => (window.vvLetGo = resolve));
  const set = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = async function (...args) {
    await held;
    return set.apply(this, args);
  };
}

async function inTheCall(one, two, take) {
  for (const person of [one, two]) await inPage(person, holdConnections);
  await inPage(two, holdCode);
  await two.press('accept');
  await one.state('connecting');
  await take(one, 'call-connecting');
  for (const person of [one, two]) await inPage(person, () => window.vvLetGo());
  await Promise.all([one.state('connected'), two.state('connected')]);
  await codeComesLate(one, two, take);
  await Promise.all([one.seesAndHears(), two.seesAndHears()]);
  await take(one, 'call');

  for (const [button, name] of [['path-badge', 'call-path'], ['safety', 'call-safety'], ['more', 'call-more']]) {
    await one.press(button);
    await take(one, name);
    if (button === 'more') {
      await one.press('devices-open');
      await shows(one, 'devices-dialog');
      await take(one, 'call-devices');
      await closeDialog(one, 'devices-dialog');
    } else await one.page.press('Escape');
  }
  await compareCode(one, take);
  await one.press('path-badge');
  await one.press('call-made');
  await shows(one, 'made-why');
  await take(one, 'call-made');
  await showAddresses(one);
  await take(one, 'call-made-addresses');
  await closeDialog(one, 'made-dialog');
  await one.press('safety');
  await one.press('report');
  await shows(one, 'report-dialog');
  await one.press('report-send');
  await take(one, 'call-report-missing');
  await one.press('report-harassment');
  await take(one, 'call-report');
  await closeDialog(one, 'report-dialog');
  await one.goBack();
  await shows(one, 'leave-dialog');
  await take(one, 'call-leave');
  await one.press('leave-no');
  await isGone(one, 'leave-dialog');

  await two.say('Hello! வணக்கம்! مرحبًا! Shall we talk about https://example.org/a-rather-long-address?and=more ?');
  await shows(one, 'chat-toast');
  await take(one, 'call-toast');
  await one.say('Yes.');
  await one.say('Two lines\nof a longer message that has to be broken somewhere, since no phone is as wide as that.');
  await two.hears('Two lines');
  await take(one, 'call-chat');
  await readsOlder(one, two);
  await take(one, 'call-chat-new');
  await one.press('chat-close');
  await pulledOut(one, take);
  await takesCamera(one, true);
  await shows(one, 'notice');
  await take(one, 'call-camera-taken');
  await takesCamera(one, false);
  await isGone(one, 'notice');
  await saysIfHeard(two, false);
  const isToldDeaf = () => inPage(one, () => document.querySelector('[data-hint=deaf]') !== null);
  await until('it is told', isToldDeaf, kSoon);
  await take(one, 'call-hint');
  await saysIfHeard(two, true);
  await until('it is told no more', async () => !(await isToldDeaf()), kSoon);

  await two.press('camera');
  await until('told', () => inPage(one, () => document.querySelector('[data-testid="partner-media"]').textContent !== ''), kSoon);
  await take(one, 'call-their-camera-off');
  await moveOwnPicture(one, 'ArrowUp');
  await take(one, 'call-own-moved');
  await moveOwnPicture(one, 'ArrowDown');
  await one.press('camera');
  await one.press('mute');
  await take(one, 'call-own-camera-off');
  for (const button of ['camera', 'mute']) await one.press(button);
  await two.press('camera');
  await two.seesAndHears();
  await two.press('share');
  await shows(two, 'sharing');
  await until('told', () => inPage(one, () => document.querySelector('[data-testid="partner-media"]').textContent !== ''), kSoon);
  await take(one, 'call-their-screen');
  await two.press('chat-close');
  await take(two, 'call-sharing');
  await two.press('share-stop');
  await isGone(two, 'sharing');
  await brokenPath(one, take);
  await eachHint(one, two, (name) => take(one, `call-hint-${name}`));
}

/** It is being made, then nothing has come for long, and then it is there after all. */
async function codeComesLate(one, two, take) {
  await one.press('path-badge');
  await one.press('code-open');
  await codeStands(one, 'making');
  await take(one, 'call-code-making');
  await codeStands(one, 'unverified');
  await take(one, 'call-code-unverified');
  await inPage(two, () => window.vvLetCodeGo());
  await codeStands(one, 'open');
  await closeDialog(one, 'code-dialog');
}

/** The safety code, and what is said where it differs; the person takes that back. */
async function compareCode(one, take) {
  await one.attribute('safety', 'code');
  const open = async () => {
    await one.press('path-badge');
    await one.press('code-open');
    await shows(one, 'code-dialog');
  };
  await open();
  await take(one, 'call-code');
  await one.press('code-differs');
  await shows(one, 'code-leave');
  await take(one, 'call-code-differs');
  await closeDialog(one, 'code-dialog');
  await shows(one, 'code-warning');
  await take(one, 'call-code-warning');
  await open();
  await one.press('code-again');
  await one.press('code-same');
  await take(one, 'call-code-same');
  await closeDialog(one, 'code-dialog');
}

/** A new message comes while the first reads an older one. */
async function readsOlder(one, two) {
  await two.say(Array.from({ length: 30 }, (_, at) => `${at + 1}. One of many short lines.`).join('\n'));
  await one.hears('30. One');
  // Whoever reads the newest is taken along first, a moment after the message has come: read upwards before that, it would be undone.
  await until('the log is at its end', () => inPage(one, () => {
    const { scrollTop, clientHeight, scrollHeight } = document.querySelector('[data-testid=chat-log]');
    return scrollHeight > clientHeight && scrollTop + clientHeight >= scrollHeight - 1;
  }), kSoon);
  await inPage(one, () => new Promise((heard) => {
    const log = document.querySelector('[data-testid=chat-log]');
    log.addEventListener('scroll', () => requestAnimationFrame(heard), { once: true });
    log.scrollTop /= 2;
  }));
  await two.say('Are you still there?');
  await shows(one, 'chat-new');
}

/** The camera is gone; pressed on again it is back. */
async function pulledOut(person, take) {
  await inPage(person, () => {
    const [track] = document.querySelector('[data-testid="own-video"]').srcObject.getVideoTracks();
    track.stop();
    track.dispatchEvent(new Event('ended'));
  });
  await shows(person, 'notice');
  await take(person, 'call-camera-gone');
  await person.press('camera');
  await isGone(person, 'notice');
}

async function moveOwnPicture(person, key) {
  await inPage(person, () => document.querySelector('[data-testid="own-move"]').focus());
  await person.page.press(key);
  await inPage(person, () => document.activeElement.blur());
}

async function brokenPath(one, take) {
  await withoutServer(one, async () => {
    await take(one, 'call-server-lost');
    await withoutPath(one, () => take(one, 'call-broken'));
  });
  await withoutPath(one, async () => {
    await putForward(one, 10);
    await isBroken(one, 'long');
    await take(one, 'call-broken-long');
    await putForward(one, 25);
    await isBroken(one, 'stuck');
    await take(one, 'call-stuck');
    await one.press('shaky-keep');
    await isBroken(one, 'long');
  });
}

async function afterwards(one, two, take) {
  await two.press('next');
  await one.attribute('reason', 'next');
  await two.state('waiting');
  await take(two, 'waiting-after-call');
  await two.press('report');
  await shows(two, 'report-dialog');
  await take(two, 'report-last');
  await two.press('report-cancel');
  await two.state('waiting');
  await home(two);

  await take(one, 'ended');
  await one.press('menu-how');
  await shows(one, 'made-why');
  await take(one, 'how-last');
  await one.goBack();
  await shows(one, 'screen-ended');
  await one.press('block');
  await isGone(one, 'block');
  await one.press('report');
  await one.press('report-other');
  await one.press('report-send');
  await isGone(one, 'report');
  await take(one, 'ended-noted');
  await one.press('ended-next');
  await one.state('waiting');
  await hears(one, { type: 'error', code: 'cooldown', text: '', about: 'seek', retry_after: 5_400 });
  await one.state('ended');
  await take(one, 'ended-cooldown');
  await one.press('ended-home');
}

/** A ban, an end that is not the one that was announced, and a page that has lost its place. */
async function otherEnds(one, server, take) {
  const seeks = async () => {
    await one.chooseRoom(kRoom);
    const heard = async () => (await one.received('waiting')).length;
    const before = await heard();
    await one.start();
    await until('the server looks for somebody', async () => (await heard()) > before, kSoon);
  };
  await seeks();
  await hears(one, { type: 'error', code: 'banned', text: '', about: 'seek', retry_after: 6 * 86_400 });
  await one.state('ended');
  await take(one, 'ended-banned');
  await one.press('ended-home');

  await seeks();
  const unwilling = await Stranger.meets(server, one, kRoom);
  await one.press('accept');
  unwilling.close();
  await one.state('waiting');
  await shows(one, 'waiting-unmet');
  await take(one, 'waiting-unmet');
  const stranger = await Stranger.meets(server, one, kRoom);
  try {
    await one.press('accept');
    stranger.answerUnderAnother((await stranger.accept()).sdp);
    await one.attribute('reason', 'fingerprint');
  } finally {
    stranger.close();
  }
  await take(one, 'ended-fingerprint');
  await one.press('ended-home');

  await seeks();
  await one.closeSocket(4002);
  await one.attribute('reason', 'session');
  await take(one, 'ended-session');
  await one.press('ended-reload');
  await until('the page is loaded anew', async () => (await one.attributes()).state === 'home' && (await one.attributes()).server === 'open', kSoon);
}

async function byLink(one, two, server, take) {
  await one.state('home');
  await one.press('private-new');
  await one.press('private-open');
  await one.state('ready');
  await preview(one);
  await take(one, 'ready-private');
  await one.start();
  await one.state('waiting');
  await preview(one);
  await take(one, 'waiting-private');
  await withoutKey(one, server);
  await take(one, 'waiting-private-tried');
  await two.open(await one.value('private-link'));
  await two.state('ready');
  if (await two.has('ask-now')) await two.press('ask-now');
  await two.start();
  await Promise.all([one.state('connected'), two.state('connected')]);
  await one.seesAndHears();
  await take(one, 'call-private');
  const { call } = await one.nextReceived('joined');
  await inPage(two, (key) => void (location.href = `/p#1.${key}`), 'A'.repeat(22));
  await shows(two, 'leave-dialog');
  await take(two, 'call-pasted');
  await hears(two, { type: 'left', call: (await two.nextReceived('joined')).call, reason: 'left' });
  await shows(two, 'ended-pasted');
  await take(two, 'ended-pasted');
  await hears(one, { type: 'left', call, reason: 'failed' });
  await one.state('ended');
  await take(one, 'ended-lost');
  await one.press('ended-again');
  await one.state('waiting');
  await hears(one, { type: 'full' });
  await one.state('ended');
  await take(one, 'ended-full');
}

/** Somebody answers for another, and is found out. */
async function refusedCode(one, three, server, take) {
  await one.press('ended-home');
  await one.state('home');
  await one.press('private-new');
  const link = await until('a private link', () => one.value('private-link'), kSoon);
  await one.press('private-open');
  await one.state('ready');
  await one.start();
  await one.state('waiting');
  await three.open(link);
  await inPage(three, forgeCode);
  await three.state('ready');
  if (await three.has('ask-now')) await three.press('ask-now');
  await three.start();
  await Promise.all([one.state('connected'), three.state('connected')]);
  await one.seesAndHears();
  await one.attribute('safety', 'refused');
  await shows(one, 'code-warning');
  await take(one, 'call-code-refused');
  await one.press('path-badge');
  await one.press('code-open');
  await codeStands(one, 'refused');
  await take(one, 'call-code-refused-dialog');
  await closeDialog(one, 'code-dialog');
}

/** Somebody who has found out the name of the call tries to come in. */
async function withoutKey(person, server) {
  const { id, door } = (await person.sent('open')).at(-1);
  const intruder = await SignalingClient.connect(server.origin);
  try {
    intruder.send({ type: 'open', id, door, seat: randomId(16), noise: randomId(64), prefs: { media: 'video', need: 'any' } });
    await shows(person, 'notice');
  } finally {
    intruder.close();
  }
}

async function noCallHere(person, server, take) {
  await person.page.beforeLoad(() => delete window.RTCPeerConnection);
  await person.page.goto(`${server.origin}/`);
  await person.state('unable');
  await take(person, 'unable');
}
