// What a page lives through while nobody looks at it: a connection that dies without a word, a tab behind another, a browser that stops the page.
import assert from 'node:assert/strict';
import { bothAccept, meetAtCard } from '../lib/person.mjs';
import { holds, until } from '../lib/poll.mjs';
import { SignalingClient } from '../lib/signaling_client.mjs';
import { Wire } from '../lib/wire.mjs';
import { assertChat, bothOpen, freshRoom } from './talk.mjs';

/** Once somebody looks, a dead connection is found out in 2.5 s; the rest is for another one. An ordinary question takes 8 s. */
const kBackWithin = 3_500;
/** For how long one that is late is waited for, so that it is told how late. */
const kBackLimit = 9_000;

const session = (person) => person.page.evaluate(() => visavis.session);
const isSeen = (person, wanted) => until(`${person.name} is ${wanted}`, () => person.page.evaluate((state) => document.visibilityState === state, wanted));

/** The person looks elsewhere while `body` is done, and at the page again. */
async function whileAway(person, body) {
  const back = await person.page.putBehind();
  await isSeen(person, 'hidden');
  await body();
  await back();
  await isSeen(person, 'visible');
}

/** The connection of this page dies while nobody looks, and is back soon after somebody does. @returns milliseconds */
async function assertRevives(wire, person) {
  const before = await session(person);
  assert.equal(before.state, 'open');
  await whileAway(person, async () => wire.silence());
  const began = Date.now();
  const now = await until(`${person.name} is back`, async () => {
    const seen = await session(person);
    if (seen.state === 'open' && seen.resumed > before.resumed) return seen;
    throw new Error(JSON.stringify(seen));
  }, { limit: kBackLimit });
  const took = Date.now() - began;
  assert.equal(now.session, before.session, 'as the same session');
  assert.ok(took <= kBackWithin, `${person.name} is back ${took} ms after the return into view`);
  return took;
}

async function deadConnection(server, first, second) {
  const wire = await Wire.to(server.origin);
  try {
    await bothOpen(wire, first);
    await bothOpen(server, second);
    const room = await freshRoom(first);
    await first.chooseRoom(room);
    await first.start('media-sound');
    await first.state('waiting');
    await first.nextReceived('waiting');
    // Somebody who waits too, and wants a picture: these two do not meet.
    const other = await SignalingClient.connect(server.origin);
    other.send({ type: 'seek', room, prefs: { media: 'video', need: 'video' } });
    assert.equal((await other.next('waiting')).ahead, 1);
    const heard = (await first.received('waiting')).length;
    const waiting = await assertRevives(wire, first);
    const place = await until('the wish is known again', async () => (await first.received('waiting'))[heard]);
    assert.equal(place.ahead, 0, 'at the old place');
    other.close();

    await second.chooseRoom(room);
    await second.start();
    await Promise.all([first.state('card'), second.state('card')]);
    await bothAccept(first, second);
    await assertChat(first, second);
    const inCall = await assertRevives(wire, first);
    for (const person of [first, second]) assert.equal((await person.attributes()).state, 'connected', person.name);
    await first.seesAndHears();
    await assertChat(first, second);
    console.log(`# back ${waiting} ms after the return into view while waiting, ${inCall} ms in a call`);
  } finally {
    await wire.close();
  }
}

/** Nothing is stopped for being out of view, and a call goes on. */
async function behindAnother(server, first, second) {
  await bothOpen(server, first, second);
  await meetAtCard(first, second, await freshRoom(first));
  await bothAccept(first, second);
  await second.seesAndHears();
  const before = await session(first);
  const text = 'said while you looked elsewhere';
  await whileAway(first, async () => {
    await second.seesAndHears();
    await second.say(text);
    await first.hears(text);
    assert.equal(await second.text('partner-media'), '', 'its camera is on');
  });
  assert.equal((await session(first)).session, before.session);
  await Promise.all([first.seesAndHears(), second.seesAndHears()]);
  await assertChat(first, second);
}

/** The longest that the page stands still here. Longer stops are told in tests of the machine with a clock in memory. */
const kFrozenMs = 8_000;

async function frozen(server, first, second) {
  await bothOpen(server, first, second);
  await meetAtCard(first, second, await freshRoom(first));
  await bothAccept(first, second);
  await Promise.all([first.seesAndHears(), second.seesAndHears()]);
  const before = await session(first);
  const text = 'said while you stood still';
  await first.page.evaluate(() => {
    window.vvLife = [];
    for (const name of ['freeze', 'resume']) document.addEventListener(name, () => window.vvLife.push(name));
  });
  await whileAway(first, async () => {
    const pings = (await first.sent('ping')).length;
    await first.page.freeze(true);
    await second.say(text);
    await holds('the call stands', async () => (await second.attributes()).state === 'connected' && !(await second.has('shaky')), kFrozenMs);
    await first.page.freeze(false);
    await until('the page asks for its server at once', async () => (await first.sent('ping')).length > pings);
  });
  assert.deepEqual(await first.page.evaluate(() => window.vvLife), ['freeze', 'resume'], 'it did stand still');
  await first.hears(text);
  assert.equal((await session(first)).session, before.session);
  await first.server('open');
  await Promise.all([first.seesAndHears(), second.seesAndHears()]);
  await assertChat(first, second);
}

/** The screen stays on while two are connected and somebody can see it. */
async function awake(server, first, second) {
  await first.page.beforeLoad(() => {
    window.vvLocks = [];
    const { request } = WakeLock.prototype;
    WakeLock.prototype.request = async function (...args) {
      const lock = await request.apply(this, args);
      window.vvLocks.push(lock);
      return lock;
    };
  });
  const locks = () => first.page.evaluate(() => window.vvLocks.map(({ released }) => (released ? 'released' : 'held')));
  const locksAre = (...wanted) => until(`locks: ${wanted}`, async () => String(await locks()) === String(wanted));
  await bothOpen(server, first, second);
  await meetAtCard(first, second, await freshRoom(first));
  assert.deepEqual(await locks(), []);
  await bothAccept(first, second);
  await locksAre('held');
  await whileAway(first, () => locksAre('released'));
  await locksAre('released', 'held');
  await first.press('leave');
  await first.state('ended');
  await locksAre('released', 'released');
}

export function comingBackCases(scenario) {
  for (const kind of ['chromium', 'firefox']) {
    const pair = [kind, 'chromium'];
    scenario('a connection that has died without a word is found out in view', pair, deadConnection);
    scenario('a call goes on behind another tab', pair, behindAnother);
    scenario('the screen stays on during a call', pair, awake);
  }
  scenario('a page that the browser has stopped comes back into its call', ['chromium', 'chromium'], frozen);
}
