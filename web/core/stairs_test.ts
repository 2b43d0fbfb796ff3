import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kCalmMs, kHeldMs, kSameTroubleMs, kSettleMs, kSevereMs, kTroubleMs, kUpMs, kUpMsMax, Stairs, type Second } from './stairs.ts';

const kBad: Second = { trouble: 'some', roomy: false };
const kFine: Second = { trouble: 'none', roomy: true };

/** The same second after second, from the one after `from` on. When the step is another, or null. */
function pass(stairs: Stairs, from: number, seconds: number, second: Second): number | null {
  const before = stairs.step;
  for (let now = from + 1_000; now <= from + seconds * 1_000; now += 1_000) if (stairs.handle(now, second) !== before) return now;
  return null;
}

function begun(first: number, lowest = 5): Stairs {
  const stairs = new Stairs(first, lowest);
  stairs.handle(0, { trouble: 'none', roomy: false });
  return stairs;
}

test('trouble leads down once it has lasted, and no further before that is seen to help', () => {
  const stairs = begun(1);
  pass(stairs, 0, 10, { trouble: 'none', roomy: false });
  const first = pass(stairs, 10_000, 10, kBad)!;
  assert.equal(first, 11_000 + kTroubleMs);
  const second = pass(stairs, first, 10, kBad)!;
  assert.equal(second, first + 2_000 + kTroubleMs, 'the first second after a step is that of the change');
  assert.ok(second - first > kSettleMs);
  assert.equal(stairs.step, 3);
});

test('severe trouble does not wait so long, and may lead down by more than one step', () => {
  const stairs = begun(0);
  pass(stairs, 0, 5, { trouble: 'none', roomy: false });
  assert.equal(pass(stairs, 5_000, 10, { trouble: 'severe', to: 4, roomy: false }), 6_000 + kSevereMs);
  assert.equal(stairs.step, 4);
});

test('one second that is better than the others breaks the row', () => {
  const stairs = begun(1);
  for (let second = 5; second < 60; second += 1) {
    stairs.handle(second * 1_000, second % 3 === 0 ? { trouble: 'none', roomy: false } : kBad);
  }
  assert.equal(stairs.step, 1);
});

test('it goes up after a minute of which the last 20 s were calm, and again after the next minute', () => {
  const stairs = begun(3);
  pass(stairs, 0, 39, { trouble: 'none', roomy: false });
  assert.equal(pass(stairs, 39_000, 60, kFine), Math.max(kUpMs, 40_000 + kCalmMs));
  assert.equal(pass(stairs, kUpMs, 120, kFine), 2 * kUpMs);
  assert.equal(stairs.step, 1);
});

test('not where there is no room, nor above the best step', () => {
  const stairs = begun(3);
  assert.equal(pass(stairs, 0, 300, { trouble: 'none', roomy: false }), null);
  assert.equal(pass(begun(0), 0, 300, kFine), null);
});

test('nor below the lowest', () => {
  const stairs = begun(5);
  assert.equal(pass(stairs, 0, 60, { trouble: 'severe', to: 9, roomy: false }), null);
});

test('a step that did not hold is tried again after twice the time, up to a limit', () => {
  const stairs = begun(2);
  let now = 0;
  const waits: number[] = [];
  for (let turn = 0; turn < 7; turn += 1) {
    const up = pass(stairs, now, 2_000, kFine)!;
    waits.push(up - now);
    now = pass(stairs, up, 10, kBad)!;
    assert.equal(stairs.step, 2);
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 16, 16].map((times) => times * kUpMs));
  assert.equal(waits.at(-1), kUpMsMax);
});

test('one that held for two minutes is tried again as soon as any', () => {
  const stairs = begun(2);
  const up = pass(stairs, 0, 100, kFine)!;
  const down = pass(stairs, up, 10, kBad)!;
  const again = pass(stairs, down, 300, kFine)!;
  assert.equal(again - down, 2 * kUpMs);
  pass(stairs, again, kHeldMs / 1_000, { trouble: 'none', roomy: false });
  const left = pass(stairs, again + kHeldMs, 10, kBad)!;
  assert.equal(pass(stairs, left, 300, kFine)! - left, kUpMs);
});

test('a word holds at once, and is not left faster than trouble', () => {
  const stairs = begun(1);
  assert.equal(stairs.keepBelow(5_000, 4), 4);
  assert.equal(stairs.keepBelow(6_000, 2), 4, 'it is already below');
  assert.equal(pass(stairs, 6_000, 200, kFine), 5_000 + kUpMs, 'counted from the step');
});

test('trouble is known from when it was first seen, also where a second in between was good', () => {
  const stairs = begun(1);
  pass(stairs, 0, 10, kFine);
  assert.equal(stairs.fellFrom, null);
  stairs.handle(10_000, kBad);
  stairs.handle(11_000, kFine);
  assert.equal(pass(stairs, 11_000, 10, kBad), 12_000 + kTroubleMs);
  assert.equal(stairs.fellFrom, 10_000);
  pass(stairs, 15_000, 5, kFine);
  stairs.handle(20_000, kBad);
  stairs.handle(20_000 + kSameTroubleMs + 1, kFine);
  assert.equal(pass(stairs, 24_000, 10, kBad), 25_000 + kTroubleMs);
  assert.equal(stairs.fellFrom, 25_000, 'what was over for longer than that was another');
  const seldom = begun(1);
  const apart = kSameTroubleMs + 2_000;
  for (let look = 0; seldom.step === 1; look += 1) seldom.handle(10_000 + look * apart, kBad);
  assert.equal(seldom.fellFrom, 10_000, 'where nobody looked in between it has gone on');
});

test('what was learnt of one way says nothing of another', () => {
  const stairs = begun(1);
  pass(stairs, 0, 10, { trouble: 'none', roomy: false });
  pass(stairs, 10_000, 2, kBad);
  stairs.forget();
  assert.equal(pass(stairs, 12_000, 10, kBad), 13_000 + kTroubleMs);
});
