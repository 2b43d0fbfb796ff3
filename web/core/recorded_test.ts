import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kFirstStep, kSteps, kStill, Ladder } from './ladder.ts';
import { arrivalBetween, readCounts, signalsBetween, wayBetween, type Counts } from './media_signals.ts';
import { Reception } from './reception.ts';
import chromium from './testing/reports/slow_chromium.json';
import firefox from './testing/reports/slow_firefox.json';

// A look a second at one end of a call, Chromium 156 and Firefox 153: ten seconds on a good device, then a fifth of a processor for the whole
// browser, with nothing done about it. A page that has no time looks late. Without what nothing here reads.
type Recorded = { slowFrom: number; reports: [string, Record<string, unknown>][][] };

const kRecorded = { chromium: chromium as unknown as Recorded, firefox: firefox as unknown as Recorded };
const kDownWithin = 4_000; // ms

interface Look {
  at: number;
  step: number;
  why: string | null;
  sent: number | null;
}

/** What the ladder would have done with each look. The recorded call goes on as it was: only where it goes first can be told. */
function replay(counts: readonly Counts[]): Look[] {
  const ladder = new Ladder();
  const first = counts[0]!.at;
  return counts.slice(1).map((now, index) => {
    const before = counts[index]!;
    assert.equal(wayBetween(before, now), null, 'the way carries all the time');
    const signals = signalsBetween(before, now, { step: ladder.sent(false), nominal: 30, screen: false, pressed: false })!;
    const at = now.at - first;
    return { at, step: ladder.handle(at, signals), why: ladder.why, sent: signals.sent };
  });
}

for (const [browser, { slowFrom, reports }] of Object.entries(kRecorded)) {
  const counts = reports.map((report) => readCounts(report)!);

  test(`recorded in ${browser}: a device that becomes weak is relieved within 4 s, and one that is not is left alone`, () => {
    const looks = replay(counts);
    const weakAt = counts[slowFrom - 1]!.at - counts[0]!.at;
    const [good, weak] = [looks.filter(({ at }) => at <= weakAt), looks.filter(({ at }) => at > weakAt)];
    assert.ok(good.length >= 9 && weak.length >= 6, `${good.length}, ${weak.length}`);
    assert.ok(good.every(({ step, sent }) => step === kFirstStep && sent! > 28));
    const down = weak.find(({ step }) => step > kFirstStep)!;
    assert.ok(down.at - weakAt <= kDownWithin, `${down.at - weakAt}`);
    assert.equal(down.why, 'device');
    assert.equal(down.step, kStill - 1, 'as far as can be without the picture standing still: it sends a third of its pictures');
    assert.ok(weak.every(({ step }) => step < kStill), 'nor does it end there, however long it lasts');
  });

  test(`recorded in ${browser}: no picture is asked to be smaller before it is too much`, () => {
    const reception = new Reception();
    for (const [index, now] of counts.slice(1, slowFrom).entries()) reception.handle(now.at, arrivalBetween(counts[index]!, now));
    assert.equal(reception.most, 0);
  });

  test(`recorded in ${browser}: the same looks while nothing is sent move nothing`, () => {
    const ladder = new Ladder();
    for (const [index, now] of counts.slice(1).entries()) {
      const signals = signalsBetween(counts[index]!, now, { step: kSteps[kFirstStep]!, nominal: null, screen: false, pressed: false })!;
      assert.equal(ladder.handle(now.at, signals), kFirstStep);
    }
  });
}
