import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Held, kGiveBackMs, kSayMs, kWellMs } from './held.ts';

/** A device that is in use and has worked for a while. */
function setUp(id: string | null = 'mic'): Held {
  const held = new Held(true);
  held.handleOn(id, false, true, 0);
  return held;
}
const kThen = kWellMs; // when the trouble of each test begins

test('what is taken for a moment and given back is left alone', () => {
  const held = setUp();
  held.handleMuted(true, kThen);
  assert.equal(held.isTaken, true, 'the other is told at once');
  assert.equal(held.pollTimeout(kThen), kThen + kSayMs);
  assert.equal(held.lack(kThen + kSayMs - 1), null);
  held.handleMuted(false, kThen + kSayMs - 1);
  assert.deepEqual([held.isTaken, held.lack(kThen + kSayMs), held.pollTimeout(kThen), held.wantsReopen(kThen + 60_000)], [false, null, null, false]);
});

test('what stays away is spoken of, and asked for anew once', () => {
  const held = setUp();
  held.handleMuted(true, kThen);
  assert.equal(held.lack(kThen + kSayMs), 'taken');
  assert.equal(held.pollTimeout(kThen + kSayMs), kThen + kGiveBackMs);
  assert.equal(held.wantsReopen(kThen + kGiveBackMs - 1), false);
  assert.equal(held.wantsReopen(kThen + kGiveBackMs), true);
  assert.deepEqual([held.wantsReopen(kThen + 600_000), held.pollTimeout(kThen + kGiveBackMs)], [false, null]);
  held.handleMuted(false, kThen + 5_000);
  assert.equal(held.lack(kThen + 5_000), null);
});

test('a device that is silent again right after it was opened anew is not opened for ever', () => {
  const held = setUp();
  let now = kThen;
  let opened = 0;
  held.handleMuted(true, now);
  for (let turn = 0; turn < 100; turn++, now += 1_000) {
    if (held.wantsReopen(now)) {
      opened += 1;
      held.handleOn('mic', true, false, now);
    }
  }
  assert.equal(opened, 1);
  for (let turn = 0; turn < 50; turn++, now += kGiveBackMs + kWellMs - 1) {
    held.handleMuted(false, now);
    now += kWellMs - 1;
    held.handleMuted(true, now);
    if (held.wantsReopen(now + kGiveBackMs)) opened += 1;
  }
  assert.equal(opened, 1, 'nor one that comes and goes');
  held.handleMuted(false, now);
  now += kWellMs;
  held.handleMuted(true, now);
  assert.equal(held.wantsReopen(now + kGiveBackMs), true, 'once it had worked for a while, once more');
});

test('out of view a camera is muted and nobody misses it; it is judged from the return on', () => {
  const held = setUp('camera');
  held.handleSeen(false, kThen);
  held.handleMuted(true, kThen);
  assert.equal(held.isTaken, true);
  assert.deepEqual([held.lack(kThen + 600_000), held.wantsReopen(kThen + 600_000), held.pollTimeout(kThen)], [null, false, null]);
  const back = kThen + 600_000;
  held.handleSeen(true, back);
  assert.equal(held.lack(back + kSayMs - 1), null);
  assert.equal(held.lack(back + kSayMs), 'taken');
  held.handleSeen(false, back + 2_000);
  held.handleSeen(true, back + 10_000);
  assert.equal(held.wantsReopen(back + 10_000 + kGiveBackMs - 1), false);
  assert.equal(held.wantsReopen(back + 10_000 + kGiveBackMs), true);
});

test('a device that comes muted is missed like one that was muted later', () => {
  const held = new Held(true);
  held.handleOn('mic', true, true, 0);
  assert.deepEqual([held.isTaken, held.lack(kSayMs)], [true, 'taken']);
});

test('what is unplugged is told once the cause is known, and taken up when it is back', () => {
  const held = setUp();
  held.handleEnded(kThen);
  assert.deepEqual([held.isGone, held.lack(kThen)], [true, null]);
  held.handleList(['other']);
  held.handleCause('granted');
  assert.equal(held.lack(kThen), 'gone');
  assert.equal(held.handleList(['other']), false);
  assert.equal(held.isBack, false);
  assert.equal(held.handleList(['other', 'mic']), true);
  assert.equal(held.handleList(['other', 'mic']), false, 'it is asked for once');
  assert.equal(held.isBack, true);
  held.handleList(['other']);
  assert.equal(held.isBack, false);
  held.handleOn('mic', false, false, kThen + 100);
  assert.deepEqual([held.isGone, held.isBack, held.lack(kThen + 100)], [false, false, null]);
});

test('a device that ended and is still there was not unplugged: nobody takes it up before it was away', () => {
  const held = setUp();
  held.handleEnded(kThen);
  held.handleList(['mic']);
  held.handleCause('granted');
  assert.equal(held.handleList(['mic']), false);
  assert.equal(held.lack(kThen), 'gone');
  assert.equal(held.handleList([]), false);
  assert.equal(held.handleList(['mic']), true);
});

test('a permission that was taken back is not called unplugged, and brings nothing back by itself', () => {
  const held = setUp();
  held.handleEnded(kThen);
  held.handleList(['']);
  held.handleCause('denied');
  assert.equal(held.lack(kThen), 'denied');
  for (const list of [[], ['mic'], [''], ['mic']]) assert.equal(held.handleList(list), false);
});

test('lists without names say nothing of a device', () => {
  const held = setUp();
  held.handleEnded(kThen);
  held.handleList(['']);
  held.handleCause('prompt');
  assert.equal(held.lack(kThen), 'gone');
  assert.equal(held.handleList(['', '']), false);
  assert.equal(held.handleList(['mic']), false, 'nobody has seen it away');
  for (const id of ['', null]) {
    const nameless = setUp(id);
    nameless.handleEnded(kThen);
    nameless.handleList([]);
    nameless.handleCause('granted');
    assert.equal(nameless.handleList(['', 'other']), false);
    assert.equal(nameless.handleList(['']), false);
  }
});

test('what the person has turned off is neither spoken of nor taken up', () => {
  const held = setUp();
  held.handleEnded(kThen);
  held.handleList([]);
  held.handleCause('granted');
  held.handleOff();
  assert.deepEqual([held.isGone, held.lack(kThen), held.handleList(['mic'])], [false, null, false]);
  const muted = setUp();
  muted.handleMuted(true, kThen);
  muted.handleOff();
  muted.handleMuted(true, kThen);
  assert.deepEqual([muted.isTaken, muted.lack(kThen + kSayMs), muted.wantsReopen(kThen + kGiveBackMs)], [false, null, false]);
});

test('a notice that was closed stays closed for that device, and is news again once it had worked for a while', () => {
  const held = setUp();
  held.handleMuted(true, kThen);
  held.close();
  assert.equal(held.pollTimeout(kThen), kThen + kGiveBackMs);
  held.handleOn('mic', true, false, kThen + kGiveBackMs);
  assert.equal(held.lack(kThen + 60_000), null, 'opened anew by the page');
  held.handleMuted(false, kThen + 60_000);
  held.handleMuted(true, kThen + 60_000 + kWellMs - 1);
  assert.equal(held.lack(kThen + 600_000), null);
  held.handleMuted(false, kThen + 600_000);
  held.handleMuted(true, kThen + 600_000 + kWellMs);
  assert.equal(held.lack(kThen + 700_000), 'taken');
});

test('a closed notice is of that device alone, and of what the person asks for no longer', () => {
  for (const [id, anew] of [['other', false], ['mic', true]] as const) {
    const held = setUp();
    held.handleMuted(true, kThen);
    held.close();
    held.handleOn(id, true, anew, kThen);
    assert.equal(held.lack(kThen + kSayMs), 'taken');
  }
  const gone = setUp();
  gone.handleEnded(kThen);
  gone.handleList([]);
  gone.handleCause('granted');
  gone.close();
  assert.equal(gone.lack(kThen), null);
  assert.equal(gone.handleList(['mic']), true, 'it is taken up all the same');
});

test('what stands behind “default” is known later, and is what is waited for', () => {
  const held = setUp('default');
  held.handleName('headset');
  held.handleEnded(kThen);
  held.handleName('default');
  held.handleList(['default', 'built in']);
  held.handleCause('granted');
  assert.equal(held.id, 'headset');
  assert.equal(held.handleList(['default', 'built in', 'headset']), true);
});
