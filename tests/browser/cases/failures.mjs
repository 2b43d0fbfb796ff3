// Every sentence that tells a failure outside a meeting: it is the one for that failure, in view, and comes with an action that works. (Those
// of devices are in failures_devices.mjs, those with which a meeting ends in failures_meeting.mjs.)
import assert from 'node:assert/strict';
import { kPlainHost } from '../lib/launch.mjs';
import { Person, bothAccept, meetAtCard } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { assertSentence } from '../lib/seen.mjs';
import { sentence } from '../lib/sentences.mjs';
import { Server } from '../lib/server.mjs';
import { SignalingClient, randomId } from '../lib/signaling_client.mjs';
import { assertChat, bothOpen, freshRoom } from './talk.mjs';

export { assertSentence };

const kKinds = ['chromium', 'firefox'];

export const shows = (person, name) => until(`${person.name}: ${name}`, () => person.has(name));
export const isGone = (person, name) => until(`${person.name}: no ${name}`, async () => !(await person.has(name)));
export const code = (person) => person.page.evaluate(() => document.querySelector('[data-testid="notice"]')?.dataset.code ?? null);
export const noticeIs = (person, wanted) => until(`${person.name}: the notice ${wanted}`, async () => (await code(person)) === wanted);

/** The link beside a sentence leads to the passage about it, and "back" to where the person was. */
export async function assertHelp(person, link, passage, { isWholePage = false } = {}) {
  await person.press(link);
  await shows(person, 'screen-trouble');
  await until(`the passage ${passage}`, () => person.page.evaluate((id) => document.activeElement?.id === id, `cause-${passage}`));
  await person.press('guide-back');
  if (!isWholePage) await isGone(person, 'screen-trouble');
}

// ---- in a call

async function notesInACall(server, one, other) {
  await bothOpen(server, one, other);
  await one.page.evaluate(() => {
    const { play } = HTMLMediaElement.prototype;
    window.vvHoldsBack = true;
    HTMLMediaElement.prototype.play = function () {
      if (!window.vvHoldsBack) return play.call(this);
      this.autoplay = false; // such a browser starts it by itself no more than by a script
      this.pause();
      return Promise.reject(new DOMException('test', 'NotAllowedError'));
    };
  });
  await meetAtCard(one, other, await freshRoom(one));
  await bothAccept(one, other);
  await other.seesAndHears();

  // A browser that wants to be asked by a press before it plays.
  await shows(one, 'play');
  assert.equal(await one.text('play'), sentence('call.play'));
  await one.page.evaluate(() => void (window.vvHoldsBack = false));
  await one.press('play');
  await isGone(one, 'play');

  await one.page.evaluate(() => {
    window.vvSend = RTCDataChannel.prototype.send;
    RTCDataChannel.prototype.send = () => {
      throw new DOMException('test', 'InvalidStateError');
    };
  });
  await one.say('still here');
  const chatSays = () => one.page.evaluate(() => document.querySelector('.chat [role=alert]').textContent);
  await until('it is said', async () => (await chatSays()) === sentence('chat.failed'));
  assert.equal(await one.value('chat-input'), 'still here', 'the words are not lost');
  await one.page.evaluate(() => void (RTCDataChannel.prototype.send = window.vvSend));
  await one.press('chat-send');
  await other.hears('still here');

  await one.page.evaluate(() => {
    const { pc } = visavis;
    Object.defineProperty(pc, 'connectionState', { value: 'disconnected', configurable: true });
    // Firefox hands no events of a script's to the `on` attribute.
    pc.onconnectionstatechange(new Event('connectionstatechange'));
  });
  await assertSentence(one, 'shaky', 'call.shaky.begin');
  await one.page.evaluate(() => {
    const { pc } = visavis;
    delete pc.connectionState;
    pc.onconnectionstatechange(new Event('connectionstatechange'));
  });
  await isGone(one, 'shaky');

  // Without the server a call goes on, and nothing but a quiet note says so.
  await server.kill();
  await one.server(['lost', 'connecting']);
  await assertSentence(one, 'server-note', 'server.lost.call');
  const loud = await one.page.evaluate(() => {
    const isEmpty = (element) => element.textContent.trim() === '';
    const asked = document.querySelectorAll('dialog[open], [data-testid=server-note] button, [data-testid=notice]');
    return [...asked, ...[...document.querySelectorAll('[role=alert]')].filter((alert) => !isEmpty(alert))].map((element) => element.outerHTML);
  });
  assert.deepEqual(loud, [], 'nothing asks for an answer');
  await assertChat(one, other);
  await server.start();
  await isGone(one, 'server-note');
}

// ---- links, and browsers that cannot

async function linksThatAreNotWhole(server, one) {
  const links = [['/p', 'none'], ['/p#1.tooshort', 'damaged'], ['/p#9.AAAA', 'version']];
  for (const [link, trouble] of links) {
    // A fragment alone would not load the page anew.
    await one.page.goto('about:blank');
    await one.open(`${server.origin}${link}`);
    await noticeIs(one, `link_${trouble}`);
    await assertSentence(one, 'notice', `notice.link.${trouble}`);
    await assertHelp(one, 'notice-help', 'server');
    await one.press('private-new');
    await one.state('private');
    assert.equal(await code(one), null, 'a link of one’s own is another matter');
  }
}

async function noCallPossible(server, one) {
  const obstacles = [
    { code: 'insecure', origin: server.origin.replace('localhost', kPlainHost), passage: 'insecure' },
    { code: 'webrtc', origin: server.origin, lacks: ['RTCPeerConnection'], passage: 'webrtc' },
    { code: 'webrtc', origin: server.origin, hasDevices: false, passage: 'webrtc' },
    { code: 'socket', origin: server.origin, lacks: ['WebSocket'], passage: 'webrtc' },
  ];
  for (const { code: wanted, origin, lacks = [], hasDevices = true, passage } of obstacles) {
    const other = await Person.at(one.browser, wanted, { probe: { lacks } });
    try {
      if (!hasDevices) await other.page.beforeLoad(() => Object.defineProperty(Navigator.prototype, 'mediaDevices', { value: undefined }));
      await other.page.goto(`${origin}/`);
      await other.state('unable');
      assert.equal(await other.page.evaluate(() => document.querySelector('[data-testid=unable-why]').dataset.code), wanted);
      await assertSentence(other, 'unable-why', `unable.${wanted}`);
      const secure = await other.page.evaluate(() => document.querySelector('[data-testid=unable-secure]')?.href ?? null);
      assert.equal(secure, null, 'no way to TLS at a port that speaks none (without a port: places_test.ts)');
      await assertHelp(other, 'unable-help', passage, { isWholePage: true });
      await shows(other, 'screen-unable');
    } finally {
      await other.close();
    }
  }
}

// ---- what the server does not offer, or is not there for

async function closedRooms(server, one) {
  const closed = await Server.onLoopback(['--rooms', 'false']);
  const people = [];
  try {
    const causes = { operator: [], no_contact: [['"rooms_closed":"operator"', '"rooms_closed":"no_contact"']] };
    for (const [cause, rewrite] of Object.entries(causes)) {
      const person = await Person.at(one.browser, 'closed rooms', { probe: { rewrite } });
      people.push(person);
      await person.open(`${closed.origin}/`);
      await assertSentence(person, 'rooms-closed', `home.closed.${cause}`);
      await person.press('private-new');
      await person.state('private');
    }
    const person = await Person.at(one.browser, 'no private calls', { probe: { rewrite: [['"private":true', '"private":false']] } });
    people.push(person);
    await person.open(`${server.origin}/`);
    await assertSentence(person, 'private-closed', 'home.private.closed');
    await person.chooseRoom(await freshRoom(person));
  } finally {
    await Promise.all(people.map((person) => person.close()));
    await closed.stop();
  }
}

/** A connection that is neither made nor refused: said after a moment, until it is given up. */
async function serverThatDoesNotAnswer(server, one) {
  await one.page.beforeLoad(() => {
    window.WebSocket = class extends EventTarget {
      send() {}
      close() {}
    };
  });
  await one.page.goto(`${server.origin}/`);
  await one.server('connecting');
  await assertSentence(one, 'server-note', 'server.connecting');
  await one.server('lost');
  await assertSentence(one, 'server-note', 'server.lost');
  await shows(one, 'server-retry');
}

async function serverThatIsAway(server, one) {
  await one.open(`${server.origin}/`);
  await one.showAllRooms();
  await server.kill();
  await one.server('lost');
  await assertSentence(one, 'server-note', 'server.lost');
  await one.page.evaluate(() => {
    const menu = document.querySelector('[data-testid=language]');
    menu.value = 'ar';
    menu.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await noticeIs(one, 'language');
  await assertSentence(one, 'notice', 'app.part');
  // Parts of the page that were not fetched yet.
  await one.press('menu-how');
  await assertSentence(one, 'part-missing', 'app.part');

  // The page tries by itself too, and waits longer after each time: long enough now to be asked first.
  await until('it has tried several times', () => one.page.evaluate(() => vvProbe.sockets.length >= 5));
  await server.start();
  await one.press('server-retry');
  await one.server('open', 3_000);
  await one.press('part-retry');
  await shows(one, 'screen-how');
  await one.press('notice-retry');
  await until('Arabic', () => one.page.evaluate(() => document.documentElement.lang === 'ar'));
}

async function sessionsThatAreOver(server, one) {
  for (const [closeCode, why] of [[4002, 'elsewhere'], [4004, 'version']]) {
    await one.open(`${server.origin}/`);
    await one.closeSocket(closeCode);
    await one.server('closed');
    await assertSentence(one, 'server-note', `server.closed.${why}`);
    const shape = await one.page.evaluate(() => {
      const [note, button] = ['server-note', 'server-reload'].map((name) => document.querySelector(`[data-testid=${name}]`));
      return { height: button.offsetHeight, isBelow: button.getBoundingClientRect().top >= note.querySelector('p').getBoundingClientRect().bottom };
    });
    assert.ok(shape.height < 60 && shape.isBelow, `a button in one line, below the words: ${JSON.stringify(shape)}`);
    await one.page.evaluate(() => void (window.vvBefore = true));
    await one.press('server-reload');
    await until('the page is loaded anew', () => one.page.evaluate(() => !window.vvBefore && document.documentElement.dataset.server === 'open'));
  }
}

/** The server does not know the session any more, as after a restart without its memory: a search goes on in a new one, and a call too. */
async function sessionsThatAreForgotten(server, one, other) {
  await bothOpen(server, one, other);
  const isNew = async (before) => {
    await until('a greeting without the old session', async () => (await one.sent('hello')).length > before.hellos);
    await until('the answer', async () => (await one.received('welcome')).length > before.welcomes);
    assert.equal((await one.sent('hello')).at(-1).resume, undefined);
    assert.equal((await one.received('welcome')).at(-1).resumed, false);
    await one.server('open');
  };
  const soFar = async () => ({ hellos: (await one.sent('hello')).length, welcomes: (await one.received('welcome')).length });
  const room = await freshRoom(one);
  await one.chooseRoom(room);
  await one.start();
  await one.state('waiting');
  await one.nextReceived('waiting');
  const seeks = (await one.sent('seek')).length;
  const searching = await soFar();
  await one.closeSocket(4001);
  await isNew(searching);
  await until('it looks for somebody again', async () => (await one.sent('seek')).length === seeks + 1);
  assert.equal((await one.attributes()).state, 'waiting');
  assert.equal(await one.has('server-reload'), false);

  await other.chooseRoom(room);
  await other.start();
  await Promise.all([one.state('card'), other.state('card')]);
  await bothAccept(one, other);
  await one.seesAndHears();
  const talking = await soFar();
  await one.closeSocket(4001);
  await isNew(talking);
  assert.equal((await one.attributes()).state, 'connected');
  await assertChat(one, other);
  await one.press('leave');
  await one.state('ended');
  await one.press('report');
  await one.press('report-spam');
  await one.press('report-send');
  await assertSentence(one, 'noted', 'ended.noted.lost');
}

async function smallThings(server, one) {
  await one.open(`${server.origin}/`);
  await one.page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('test', 'NotAllowedError'));
    document.execCommand = () => false;
    Object.defineProperty(Notification, 'permission', { get: () => 'denied' });
  });
  await one.press('private-new');
  await one.state('private');
  await one.press('private-copy');
  await assertSentence(one, 'private-copied', 'private.copy.failed');
  const marked = await one.page.evaluate(() => {
    const { value, selectionStart, selectionEnd } = document.activeElement;
    return value.slice(selectionStart, selectionEnd);
  });
  assert.equal(marked, await one.value('private-link'), 'the link is marked, to be copied by hand');
  await one.press('menu-settings');
  await shows(one, 'settings-dialog');
  const note = await one.page.evaluate(() => document.querySelector('label:has([data-testid=settings-notices]) small').textContent);
  assert.equal(note, sentence('settings.notices.denied'));
  await one.page.press('Escape');
  await one.press('private-open');
  await one.state('ready');
  await one.press('media-none');
  await one.start();
  await one.state('waiting');
  await assertSentence(one, 'tell-state', 'waiting.tell.denied');

  // The server asks for patience; nothing has to be done. The search that it has goes on all the while.
  await one.nextReceived('waiting');
  await one.deliver({ type: 'error', code: 'rate', text: 'test', retry_after: 3, about: 'leave' });
  await noticeIs(one, 'slow_down');
  await assertSentence(one, 'notice', 'notice.slow_down.only', { time: '3 seconds' });
  await one.deliver({ type: 'waiting', room: null, ahead: 0, estimate: null });
  await noticeIs(one, null);

  // Somebody who has found out the name of the call, and has no key.
  const { id, door } = (await one.sent('open')).at(-1);
  const intruder = await SignalingClient.connect(server.origin);
  try {
    intruder.send({ type: 'open', id, door, seat: randomId(16), noise: randomId(64), prefs: { media: 'video', need: 'any' } });
    await noticeIs(one, 'someone_tried');
    await assertSentence(one, 'notice', 'waiting.tried');
  } finally {
    intruder.close();
  }
  await one.state('waiting');

  await server.kill();
  await until('the search goes on later', () => one.page.evaluate((words) => document.body.innerText.includes(words), sentence('waiting.offline')));
  const voices = await one.page.evaluate(() =>
    [...document.querySelectorAll('[role=status], [role=alert], [aria-live]')].map(({ textContent }) => textContent).filter((text) => /server/i.test(text)));
  assert.equal(voices.length, 1, `who listens to the page hears it once: ${voices.join(' / ')}`);
  await shows(one, 'server-note'); // which does not lie over the button
  await one.press('waiting-cancel');
  await one.state('ready');
  await server.start();
}

/** Whose wish the server refuses for a while is in no line, and is not told to be. */
async function slowedDown(server, one) {
  await one.open(`${server.origin}/`);
  await one.page.evaluate(() => {
    const refusal = JSON.stringify({ type: 'error', code: 'rate', text: 'test', retry_after: 5, about: 'seek' });
    vvProbe.rewrite = (text) => (text.includes('"type":"waiting"') ? refusal : text);
  });
  await one.chooseRoom(await freshRoom(one));
  await one.press('media-none');
  await one.start();
  await one.state('waiting');
  await assertSentence(one, 'notice', 'notice.slow_down', { time: '5 seconds' });
  assert.equal(await one.text('waiting-ahead'), '', 'no place in a line');
  await one.page.evaluate(() => void (vvProbe.rewrite = (text) => text));
  await noticeIs(one, null);
  await until('the place in the line', async () => (await one.text('waiting-ahead')).startsWith(sentence('waiting.first')));
}

async function noNotifications(server, one) {
  await one.page.beforeLoad(() => delete window.Notification);
  await one.open(`${server.origin}/`);
  await one.press('menu-settings');
  await shows(one, 'settings-dialog');
  const said = await one.page.evaluate(() => {
    const field = document.querySelector('[data-testid=settings-notices]');
    return { isOff: field.disabled, note: field.closest('label').querySelector('small').textContent };
  });
  assert.deepEqual(said, { isOff: true, note: sentence('settings.notices.none') });
  await one.page.press('Escape');
  await one.chooseRoom(await freshRoom(one));
  await one.press('media-none');
  await one.start();
  await one.state('waiting');
  await assertSentence(one, 'tell-state', 'waiting.tell.none');
}

export function failureCases(scenario) {
  for (const kind of kKinds) {
    scenario('what fails in a call, and is only a note', [kind, 'chromium'], notesInACall);
    scenario('links that are not whole', [kind], linksThatAreNotWhole);
    scenario('browsers and addresses that allow no call', [kind], noCallPossible);
    scenario('rooms or private calls that are not offered', [kind], closedRooms);
    scenario('a server that does not answer', [kind], serverThatDoesNotAnswer);
    scenario('a server that is away before a call', [kind], serverThatIsAway);
    scenario('sessions that are over', [kind], sessionsThatAreOver);
    scenario('sessions that the server has forgotten', [kind, 'chromium'], sessionsThatAreForgotten);
    scenario('small things that fail', [kind], smallThings);
    scenario('a search that the server slows down', [kind], slowedDown);
    scenario('a browser without notifications', [kind], noNotifications);
  }
}
