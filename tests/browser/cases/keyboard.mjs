// Everything a person does here, done without a mouse: with Tab, Enter, Space, Escape, the arrows and the call's own keys.
import assert from 'node:assert/strict';
import { until } from '../lib/poll.mjs';
import { anotherRoomThan, listSpareCamera, offerSheet, withSomebodyIn } from '../lib/seldom.mjs';
import { assertCopied, keepCopies } from '../lib/seen.mjs';
import { Stranger } from '../lib/stranger.mjs';
import { assertTalk, bothOpen, freshRoom } from './talk.mjs';

const kTabsMax = 120; // more than there are controls on the way
const kSpace = ' ';

const shows = (person, name) => until(`${person.name}: ${name}`, () => person.has(name));
const isGone = (person, name) => until(`${person.name}: no ${name}`, async () => !(await person.has(name)));
const focused = (person) => person.page.evaluate(() => document.activeElement?.dataset?.testid ?? document.activeElement?.tagName ?? null);
const isOn = (person, name) => person.page.evaluate((wanted) => document.querySelector(`[data-testid="${wanted}"]`).checked, name);
const isPressed = (person, name) =>
  person.page.evaluate((wanted) => document.querySelector(`[data-testid="${wanted}"]`).getAttribute('aria-pressed') === 'true', name);

/**
 * Presses Tab until the control has the focus, or Shift and Tab where it lies behind: who goes on after the last control leaves the page
 * for the browser's own buttons, and Firefox takes no keys for the page until they are back.
 */
async function tabTo(person, name) {
  await shows(person, name);
  const look = () =>
    person.page.evaluate((wanted) => {
      const [here, there] = [document.activeElement, document.querySelector(`[data-testid="${wanted}"]`)];
      if (here === there) return { arrived: true, ring: there.matches(':focus-visible'), inPage: document.hasFocus() };
      return { isBefore: Boolean(here.compareDocumentPosition(there) & Node.DOCUMENT_POSITION_PRECEDING) && here !== document.body };
    }, name);
  for (let tabs = 0; tabs < kTabsMax; ++tabs) {
    const { arrived, ring, inPage, isBefore } = await look();
    if (arrived) {
      // The last Tab but one may have shown late, and one too many be on its way.
      await person.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      if (!(await look()).arrived) continue;
      assert.ok(ring && inPage, `${person.name}: ${name} has the focus, and shows it`);
      return;
    }
    if (isBefore) await person.page.pressWith('Shift', 'Tab');
    else await person.page.press('Tab');
  }
  throw new Error(`${person.name}: Tab never reaches ${name}, it is at ${await focused(person)}`);
}

/** Its list is opened by mouse, and the page then puts the focus on a room, where no ring is due: it may be the very one. */
async function roomForKeys(person) {
  const room = await freshRoom(person);
  await person.page.evaluate(() => document.activeElement.blur());
  return room;
}

async function pressByKey(person, name, key = 'Enter') {
  await tabTo(person, name);
  await person.page.press(key);
}

/** A new screen or dialog gives the keyboard a place to begin. */
const startsAt = (person, tag) => until(`${person.name}: the focus is on the heading`, async () => (await focused(person)) === tag);
const focusIs = (person, name) => until(`${person.name}: the focus is on ${name}`, async () => (await focused(person)) === name);

async function stateByKey(person, name, state, key = 'Enter') {
  await pressByKey(person, name, key);
  await person.state(state);
  await startsAt(person, 'H1');
}

// ---- around a call

async function aroundACall(server, one) {
  await one.open(`${server.origin}/`);
  await one.page.evaluate(offerSheet);
  await shows(one, 'rooms');
  await pressByKey(one, 'skip');
  await startsAt(one, 'H1');

  await pressByKey(one, 'menu-settings');
  await shows(one, 'settings-dialog');
  await startsAt(one, 'H2');
  await tabTo(one, 'theme-system');
  await one.page.press('ArrowRight');
  await one.attribute('theme', 'light');
  await pressByKey(one, 'settings-sounds', kSpace);
  assert.equal(await isOn(one, 'settings-sounds'), false);
  for (const name of ['saving-battery', 'saving-data']) {
    await pressByKey(one, name, kSpace);
    assert.equal(await isOn(one, name), true);
  }
  await pressByKey(one, 'settings-kept');
  await shows(one, 'kept-dialog');
  await isGone(one, 'settings-dialog');
  await pressByKey(one, 'kept-theme-delete');
  await focusIs(one, 'kept-deleted');
  await pressByKey(one, 'kept-all', kSpace);
  await isGone(one, 'kept-all');
  await one.page.press('Escape');
  await isGone(one, 'kept-dialog');

  await pressByKey(one, 'menu-how');
  await shows(one, 'screen-how');
  await startsAt(one, 'H1');
  await pressByKey(one, 'how-server');
  await shows(one, 'ledger');
  await startsAt(one, 'H1');
  const asked = () => one.page.evaluate(() => Number(document.querySelector('[data-kind=ledger] td').textContent));
  const before = await asked();
  await pressByKey(one, 'ledger-again');
  await until('the server has been asked again', async () => (await asked()) > before);
  await focusIs(one, 'ledger-again');
  await pressByKey(one, 'footer-trouble');
  await shows(one, 'screen-trouble');
  await pressByKey(one, 'guide-back');
  await shows(one, 'screen-home');

  await stateByKey(one, 'private-new', 'private');
  await keepCopies(one);
  await pressByKey(one, 'private-copy');
  await assertCopied(one);
  await pressByKey(one, 'private-share');
  const shared = () => one.page.evaluate(() => window.vvShared.map(({ url }) => url));
  await until('it is shared', async () => (await shared()).length > 0);
  assert.deepEqual(await shared(), [await one.value('private-link')]);
  await pressByKey(one, 'private-qr', kSpace);
  await shows(one, 'private-code');
  await stateByKey(one, 'private-open', 'ready');
  await stateByKey(one, 'back', 'home');

  await tabTo(one, 'language');
  await one.page.press('ArrowDown');
  await until('the next language', () => one.page.evaluate(() => document.documentElement.lang === 'ar'));
  await focusIs(one, 'language');
  await one.page.press('ArrowUp');
  await until('the one before', () => one.page.evaluate(() => document.documentElement.lang === 'en'));

  await tabTo(one, 'search-rooms');
  await one.page.typeKeys('nowhere');
  await pressByKey(one, 'search-clear');
  await focusIs(one, 'search-rooms');
  await pressByKey(one, 'rooms-all');
  await isGone(one, 'rooms-all');
  await until('the focus goes on where the rest begins', async () => /^room-/.test(await focused(one)));
}

async function meetingsByKey(server, one) {
  await one.open(`${server.origin}/`);
  let room = await roomForKeys(one);
  let stranger = null;
  const meetSomebody = async () => {
    stranger?.close();
    stranger = await Stranger.meets(server, one, room);
    await startsAt(one, 'H1');
  };
  const connect = async () => {
    await meetSomebody();
    await pressByKey(one, 'accept');
    await stranger.accept();
    await one.state('connecting');
  };
  try {
    await pressByKey(one, `room-${room}`);
    await shows(one, 'rules-dialog');
    await pressByKey(one, 'rules-refuse');
    await isGone(one, 'rules-dialog');
    await focusIs(one, `room-${room}`);
    await one.page.press('Enter');
    await stateByKey(one, 'rules-agree', 'ready');
    await tabTo(one, 'media-video');
    await one.page.press('ArrowDown');
    await focusIs(one, 'media-sound');
    await one.page.press('ArrowDown');
    await until('another way to join', () => isOn(one, 'media-none'));
    for (const name of ['need-video', 'meet-instant', 'hide-address']) {
      await pressByKey(one, name, kSpace);
      assert.equal(await isOn(one, name), true, name);
      await one.page.press(kSpace);
    }
    await stateByKey(one, 'start', 'waiting');
    await stateByKey(one, 'waiting-cancel', 'ready');
    await stateByKey(one, 'start', 'waiting');
    const elsewhere = anotherRoomThan(room);
    await withSomebodyIn(server, elsewhere, async () => {
      await pressByKey(one, `switch-${elsewhere}`);
      await until('somebody is looked for there', async () => (await one.sent('seek')).at(-1).room === elsewhere);
      await startsAt(one, 'H1');
    });
    room = elsewhere;

    await meetSomebody();
    await stateByKey(one, 'decline', 'ended');
    await stateByKey(one, 'ended-next', 'waiting');
    await connect();
    await pressByKey(one, 'next');
    await one.state('waiting');
    assert.equal((await stranger.left()).reason, 'next');
    await connect();
    await pressByKey(one, 'safety');
    await stateByKey(one, 'block', 'ended');
    await until('it is noted', () => one.text('noted'));
    await stateByKey(one, 'ended-next', 'waiting');
    await connect();
    await pressByKey(one, 'safety');
    await pressByKey(one, 'report');
    await shows(one, 'report-dialog');
    await pressByKey(one, 'report-harassment', kSpace);
    await one.page.press('ArrowDown');
    await tabTo(one, 'report-note');
    await one.page.typeKeys('without a mouse');
    await pressByKey(one, 'report-send');
    await one.attribute('reason', 'you');
    const [{ note, category }] = await until('the report is sent', async () => {
      const sent = await one.sent('report');
      return sent.length > 0 && sent;
    });
    assert.equal(note, 'without a mouse');
    assert.notEqual(category, 'harassment', 'the arrow has chosen the next');
    await stateByKey(one, 'ended-home', 'home');
  } finally {
    stranger?.close();
  }
}

// ---- a call

/** Runs in the page: the camera that is on, before a call and in it. */
function ownCamera() {
  const [track] = document.querySelector(':is([data-testid=preview], [data-testid=own-video])')?.srcObject?.getVideoTracks() ?? [];
  return track?.id ?? null;
}

async function switchCameraByKey(person) {
  const before = await until('a camera', () => person.page.evaluate(ownCamera));
  await pressByKey(person, 'switch-camera');
  await until('the other camera', async () => ![null, before].includes(await person.page.evaluate(ownCamera)));
  await focusIs(person, 'switch-camera');
}

/** A screen to share without the browser's own window, in which no page has a say. */
function shareACanvas() {
  MediaDevices.prototype.getDisplayMedia = async () => document.createElement('canvas').captureStream(5);
}

async function aCallByKey(server, first, second) {
  await bothOpen(server, first, second);
  await first.page.evaluate(shareACanvas);
  await first.page.evaluate(listSpareCamera);
  const room = await roomForKeys(first);
  await second.chooseRoom(room);
  await second.start();
  await second.state('waiting');
  await pressByKey(first, `room-${room}`);
  await pressByKey(first, 'rules-agree');
  await first.state('ready');
  await until('a preview, or the question before it', async () => (await first.has('level')) || first.has('ask-now'));
  if (await first.has('ask-now')) await pressByKey(first, 'ask-now');
  await switchCameraByKey(first);
  await pressByKey(first, 'start');
  await first.state('card');
  await pressByKey(first, 'accept');
  await second.press('accept');
  await Promise.all([first.state('connected'), second.state('connected')]);
  await assertTalk(first, second, 'direct');

  await pressByKey(first, 'chat-close');
  await focusIs(first, 'chat-open');
  await first.page.press('Enter');
  await focusIs(first, 'chat-input');
  await first.page.typeKeys('written without a mouse');
  await first.page.press('Enter');
  await second.hears('written without a mouse');
  await first.page.press('Escape');
  await until('the messages are closed', () => first.page.evaluate(() => document.querySelector('[data-testid=chat]').hidden));

  for (const [name, letter] of [['mute', 'm'], ['camera', 'v']]) {
    assert.equal(await isPressed(first, name), false, name);
    await pressByKey(first, name, kSpace);
    await until(`${name} is pressed`, () => isPressed(first, name));
    await first.page.press(letter);
    await until(`${letter} undoes it`, async () => !(await isPressed(first, name)));
  }
  await first.page.press('c');
  await focusIs(first, 'chat-input');
  await first.page.press('Escape');

  await pressByKey(first, 'share');
  await shows(first, 'sharing');
  await pressByKey(first, 'share-stop');
  await isGone(first, 'sharing');
  await startsAt(first, 'H1');

  const isFull = () => first.page.evaluate(() => document.fullscreenElement !== null);
  await pressByKey(first, 'more');
  await pressByKey(first, 'fullscreen');
  await until('full screen', isFull);
  await first.page.press('f');
  await until('no full screen', async () => !(await isFull()));

  await pressByKey(first, 'more');
  await pressByKey(first, 'shortcuts', kSpace);
  await first.page.press('Escape');
  await focusIs(first, 'more');
  await first.page.press('m');
  assert.equal(await isPressed(first, 'mute'), false, 'a key that was turned off does nothing');
  await pressByKey(first, 'more');
  await pressByKey(first, 'shortcuts', kSpace);
  await pressByKey(first, 'devices-open');
  await shows(first, 'devices-dialog');
  await tabTo(first, 'device-microphone');
  await pressByKey(first, 'devices-done');
  await isGone(first, 'devices-dialog');
  await focusIs(first, 'more');

  await pressByKey(first, 'path-badge');
  await shows(first, 'path-text');
  await first.page.press('Escape');
  await isGone(first, 'path-text');
  await first.attribute('safety', 'code');
  await pressByKey(first, 'path-badge');
  await pressByKey(first, 'code-open');
  await shows(first, 'code-dialog');
  await pressByKey(first, 'code-same', kSpace);
  assert.equal(await first.page.evaluate(() => document.activeElement.closest('dialog')?.dataset.testid), 'code-dialog', 'the focus stays in it');
  await pressByKey(first, 'code-done');
  await isGone(first, 'code-dialog');
  await focusIs(first, 'path-badge');
  await pressByKey(first, 'path-badge');
  await pressByKey(first, 'call-made');
  await shows(first, 'made-source');
  await first.page.press('Escape');
  await isGone(first, 'made-dialog');
  await focusIs(first, 'path-badge');
  const corner = () => first.page.evaluate(() => document.querySelector('.own-tile').dataset.corner);
  await tabTo(first, 'own-move');
  await first.page.press('ArrowUp');
  await until('above', async () => (await corner()) === 'top-right');
  await first.page.press('Enter');
  await until('the corner after it', async () => (await corner()) === 'bottom-right');

  await switchCameraByKey(first);
  await second.seesAndHears();

  await first.goBack();
  await shows(first, 'leave-dialog');
  await pressByKey(first, 'leave-no');
  await isGone(first, 'leave-dialog');
  await pressByKey(first, 'leave');
  await Promise.all([first.state('ended'), second.attribute('reason', 'left')]);
  await stateByKey(first, 'ended-home', 'home');
}

export function keyboardCases(scenario) {
  for (const kind of ['firefox', 'chromium']) {
    scenario('around a call by keyboard only', [kind], aroundACall);
    scenario('meetings by keyboard only', [kind], meetingsByKey);
    scenario('a call by keyboard only', [kind, 'chromium'], aCallByKey);
  }
}
