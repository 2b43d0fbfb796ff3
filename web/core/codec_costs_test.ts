import assert from 'node:assert/strict';
import { test } from 'node:test';
import { costOf, kEnoughMegapoints, kEnoughMs, kLeastPicture, kSmallPicture, kTooCostly, noteCost, type CodecCosts } from './codec_costs.ts';
import { costBetween, readCounts } from './media_signals.ts';
import chromium from './testing/reports/slow_chromium.json';
import firefox from './testing/reports/slow_firefox.json';

test('what a codec costs is known once enough was encoded with it', () => {
  const costs: CodecCosts = new Map();
  assert.equal(costOf(costs, 'video/vp8'), null);
  noteCost(costs, { kind: 'video/vp8', ms: 100, megapoints: kEnoughMegapoints - 1, pictures: 400 });
  assert.equal(costOf(costs, 'video/vp8'), null);
  noteCost(costs, { kind: 'video/vp8', ms: 200, megapoints: 1, pictures: 3 });
  assert.equal(costOf(costs, 'video/vp8'), 300 / kEnoughMegapoints);
  assert.equal(costOf(costs, 'video/h264'), null);
});

test('a device that has become slower is known to be', () => {
  const costs: CodecCosts = new Map();
  for (let minute = 0; minute < 100; minute += 1) noteCost(costs, { kind: 'video/vp8', ms: 100, megapoints: kEnoughMegapoints, pictures: 400 });
  for (let minute = 0; minute < 20; minute += 1) noteCost(costs, { kind: 'video/vp8', ms: 300, megapoints: kEnoughMegapoints, pictures: 400 });
  assert.ok(costOf(costs, 'video/vp8')! > 250 / kEnoughMegapoints);
});

test('what a codec costs is known after few pictures where they take much time', () => {
  const costs: CodecCosts = new Map();
  noteCost(costs, { kind: 'video/vp8', ms: kEnoughMs - 1, megapoints: 3, pictures: 10 });
  assert.equal(costOf(costs, 'video/vp8'), null);
  noteCost(costs, { kind: 'video/vp8', ms: 1, megapoints: 0.3, pictures: 1 });
  assert.ok(Math.abs(costOf(costs, 'video/vp8')! - kEnoughMs / 3.3) < 1e-9);
});

test('what small pictures cost is not taken for what large ones do', () => {
  const costs: CodecCosts = new Map();
  const note = (size: number, ms: number): void => noteCost(costs, { kind: 'video/vp8', ms: 1_000 * ms, megapoints: 1_000 * size, pictures: 1_000 });
  note(0.0432, 8);
  note(kSmallPicture - 0.001, 8);
  assert.equal(costOf(costs, 'video/vp8'), null, 'too small to tell');
  note(0.1728, 6);
  assert.ok(Math.abs(costOf(costs, 'video/vp8')! - 6 / kLeastPicture) < 1e-9, 'as if it were larger');
  costs.clear();
  note(0.3072, 6);
  assert.ok(Math.abs(costOf(costs, 'video/vp8')! - 6 / 0.3072) < 1e-9, 'as it is');
});

// A look a second at a good device, and from some look on at one that has a fifth of a processor for its whole browser (recorded_test.ts).
type Recorded = { slowFrom: number; reports: [string, Record<string, unknown>][][] };
/** What the first looks tell: a ladder leaves the picture after two that are as bad as these. */
const kLooks = 2;

for (const [browser, recorded] of Object.entries({ chromium, firefox })) {
  test(`recorded in ${browser}: two looks tell that a device is too slow for its codec, and a good one is never said to be`, () => {
    const { slowFrom, reports } = recorded as unknown as Recorded;
    // The reports were kept without what names the codec.
    const counts = reports.map((report) => readCounts(report)!).map((each) => ({ ...each, sent: { ...each.sent!, kind: 'video/vp8' } }));
    const knownAfter = (from: number, to: number): (number | null)[] => {
      const costs: CodecCosts = new Map();
      return counts.slice(from, to - 1).map((before, at) => {
        const cost = costBetween(before, counts[from + at + 1]!);
        if (cost) noteCost(costs, cost);
        return costOf(costs, 'video/vp8');
      });
    };
    const slow = knownAfter(slowFrom, counts.length);
    assert.ok(slow[kLooks - 1]! > kTooCostly, `${slow}`);
    const good = knownAfter(0, slowFrom);
    assert.ok(good.every((cost) => cost === null || cost < kTooCostly), `${good}`);
    assert.ok(good.some((cost) => cost !== null), 'it becomes known as well');
  });
}
