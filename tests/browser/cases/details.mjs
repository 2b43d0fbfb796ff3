// What people notice without looking for it: who looks at something else is told, the call is heard to begin and to end, a phone can be
// turned, the call's time counts, and a tab is not closed in a call without a question.
import assert from 'node:assert/strict';
import { until } from '../lib/poll.mjs';
import { Stranger } from '../lib/stranger.mjs';
import { bothOpen, freshRoom } from './talk.mjs';

const kUpright = { width: 390, height: 844 };
const kLying = { width: 844, height: 390 };
/** How many tones each sound has. */
const kTones = { found: 4, joined: 2, left: 2 };

/** Before the page's own code: counts tones, keeps notifications, and lets the page believe that it is hidden while `vvHidden`. */
function watchAlerts() {
  window.vvNotes = [];
  window.vvTones = 0;
  window.vvHidden = false;
  class FakeNotification {
    static permission = 'default';
    static requestPermission = async () => (FakeNotification.permission = 'granted');
    constructor(title, { body }) {
      this.note = { title, body, isOpen: true };
      window.vvNotes.push(this.note);
    }
    close() {
      this.note.isOpen = false;
    }
  }
  Object.defineProperty(window, 'Notification', { value: FakeNotification });
  Object.defineProperty(document, 'visibilityState', { get: () => (window.vvHidden ? 'hidden' : 'visible') });
  const { start } = OscillatorNode.prototype;
  OscillatorNode.prototype.start = function (...when) {
    window.vvTones += 1;
    return start.apply(this, when);
  };
}

const hide = (person, isHidden) => person.page.evaluate((hidden) => void (window.vvHidden = hidden), isHidden);
/** Those since the last time this was asked. */
const takeNotes = (person) => person.page.evaluate(() => window.vvNotes.splice(0).map(({ title, body, isOpen }) => ({ title, body, isOpen })));
const takeTones = (person) => person.page.evaluate(() => ([window.vvTones, (window.vvTones = 0)][0]));

const sounds = (person, name) =>
  until(`${person.name} hears "${name}"`, async () => (await person.page.evaluate(() => window.vvTones)) === kTones[name]).then(() => takeTones(person));

async function tellMe(person) {
  await person.press('tell-me');
  await until(`${person.name} is promised to be told`, () => person.page.evaluate(() => document.querySelector('[data-tell=on]') !== null));
  // Whether the browser does it is only seen by trying, for a moment.
  assert.deepEqual((await takeNotes(person)).map(({ isOpen }) => isOpen), [false]);
}

async function setOff(person, ...names) {
  await person.press('menu-settings');
  for (const name of names) await person.press(name);
  await person.press('settings-dialog-close');
}

// ---- a call on a phone

const seconds = async (person) => {
  const [minutes, rest] = (await person.text('call-time')).split(':').map(Number);
  return minutes * 60 + rest;
};

/** Runs in the page: what of the call does not lie in the window. */
function outside(names) {
  const boxes = [...names.map((name) => [name, document.querySelector(`[data-testid="${name}"]`)]), ['own picture', document.querySelector('.own-tile')]];
  return boxes
    .filter(([, element]) => {
      const { left, top, right, bottom, width } = element.getBoundingClientRect();
      return width === 0 || left < 0 || top < 0 || right > innerWidth || bottom > innerHeight;
    })
    .map(([name, element]) => `${name}: ${JSON.stringify(element.getBoundingClientRect())} in ${innerWidth} by ${innerHeight}`);
}

async function turn(person, other) {
  for (const size of [kUpright, kLying, kUpright]) {
    await person.page.resize(size);
    await until(`${person.name}: the window is ${size.width} wide`, () => person.page.evaluate((width) => innerWidth === width, size.width));
    await Promise.all([person.seesAndHears(), other.seesAndHears()]);
    // What moves to its new place arrives there; what hides after a while comes back at a movement, as on a slow machine it must.
    await until(`${person.name}: all of the call lies in a window of ${size.width} by ${size.height}`, async () => {
      await person.showControls();
      const found = await person.page.evaluate(outside, ['mute', 'camera', 'chat-open', 'more', 'next', 'leave', 'safety', 'path-badge', 'call-time']);
      if (found.length === 0) return true;
      throw new Error(found.join('; '));
    });
  }
  await person.page.resize(null);
}

async function aCallBesideOtherThings(server, first, second) {
  for (const { page } of [first, second]) await page.beforeLoad(watchAlerts);
  await bothOpen(server, first, second);
  const room = await freshRoom(first);
  await first.chooseRoom(room);
  await first.start();
  await first.state('waiting');
  await tellMe(first);
  await takeTones(first);
  await hide(first, true);

  await second.chooseRoom(room);
  await second.press('menu-settings');
  await second.press('settings-notices');
  await until('notifications are on', () => second.page.evaluate(() => document.querySelector('[data-testid=settings-notices]').checked));
  await second.press('settings-dialog-close');
  await takeNotes(second);
  await second.start();
  await Promise.all([first.state('card'), second.state('card')]);
  await Promise.all([sounds(first, 'found'), sounds(second, 'found')]);
  assert.deepEqual(await takeNotes(first), [{ title: 'Someone is here', body: 'Come back to the page to answer.', isOpen: true }]);
  assert.deepEqual(await takeNotes(second), [], 'who looks at the page sees it there');

  await Promise.all([first.press('accept'), second.press('accept')]);
  await Promise.all([first.state('connected'), second.state('connected')]);
  await Promise.all([sounds(first, 'joined'), sounds(second, 'joined')]);
  assert.deepEqual(await takeNotes(first), [{ title: 'Someone is here', body: 'The call begins. Come back to the page.', isOpen: true }], 'one, in place of the one before');
  assert.deepEqual(await takeNotes(second), []);

  await turn(first, second);
  const before = await seconds(first);
  await until('the time counts', async () => (await seconds(first)) > before);
  assert.equal(await first.page.tryToClose(), 'beforeunload', 'closing the tab in a call asks first');
  await first.seesAndHears();

  await second.press('leave');
  await first.attribute('reason', 'left');
  await sounds(first, 'left');
  assert.equal(await takeTones(second), 0, 'what a person did makes no sound');

  const heard = async () => (await first.received('waiting')).length;
  const searches = await heard();
  await first.press('ended-next');
  await until('the server looks for somebody again', async () => (await heard()) > searches);
  await setOff(first, 'settings-sounds', 'settings-notices');
  const stranger = await Stranger.meets(server, first, room);
  try {
    assert.deepEqual([await takeTones(first), await takeNotes(first)], [0, []], 'nothing is heard or told that was switched off');
    await first.press('accept');
    await stranger.accept();
    await first.state('connecting');
    await until('the call screen is there', () => first.page.evaluate(() => document.querySelector('[data-testid=screen-call]')?.dataset.controls));
    assert.equal(await first.page.tryToClose(), 'beforeunload', 'as it does while one begins');
    await first.press('leave');
    await first.state('ended');
  } finally {
    stranger.close();
  }
  await until('the call is off the screen', async () => (await first.has('screen-ended')) && !(await first.has('screen-call')));
  assert.equal(await first.page.tryToClose(), 'closed', 'once the call is over there is no question');
}

export function detailCases(scenario) {
  for (const kind of ['chromium', 'firefox']) {
    scenario('a call beside other things, on a phone that is turned', [kind, 'chromium'], aCallBesideOtherThings);
  }
}
