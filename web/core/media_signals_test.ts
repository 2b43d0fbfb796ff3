import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kSteps } from './ladder.ts';
import { arrivalBetween, costBetween, readCounts, signalsBetween, wayBetween, type Counts, type Sending } from './media_signals.ts';
import chromium from './testing/reports/chromium.json';
import firefox from './testing/reports/firefox.json';

// Two looks at one call between Chromium 156 and Firefox 153 on a busy machine, without what nothing here reads.
type Recorded = { reports: [string, Record<string, unknown>][][] };

const kSending: Sending = { step: kSteps[1]!, nominal: 30, screen: false, pressed: false };

function counts({ reports }: Recorded): [Counts, Counts] {
  return [readCounts(reports[0]!)!, readCounts(reports[1]!)!];
}

/** The recorded call with something in the second look changed. */
function withChange(recorded: unknown, type: string, kind: string | null, change: Record<string, unknown>): [Counts, Counts] {
  const copy = JSON.parse(JSON.stringify(recorded)) as Recorded;
  for (const [, entry] of copy.reports[1]!) if (entry['type'] === type && (kind === null || entry['kind'] === kind)) Object.assign(entry, change);
  return counts(copy);
}

const near = (value: number | null, wanted: number): void => assert.ok(value !== null && Math.abs(value - wanted) < wanted / 100, `${value}, not ${wanted}`);

test('Chromium’s report: what was encoded, sent, lost, and gets through', () => {
  const signals = signalsBetween(...counts(chromium as unknown as Recorded), kSending)!;
  near(signals.encodeMs, 18.84);
  near(signals.sent, 17.6);
  near(signals.camera, 22.8);
  assert.equal(signals.available, 456_985);
  assert.equal(signals.loss, 0);
  assert.equal(signals.limitedBy, 'bandwidth');
  assert.equal(signals.hardware, false);
});

test('Firefox’s report: the same, but for what gets through', () => {
  const signals = signalsBetween(...counts(firefox as unknown as Recorded), kSending)!;
  near(signals.encodeMs, 8.03);
  near(signals.sent, 30.5);
  near(signals.camera, 30.0);
  assert.deepEqual([signals.available, signals.loss, signals.limitedBy], [null, 0, null]);
});

test('a Firefox encoder that is asked for less than it may send tells what gets through', () => {
  // 68 pictures more, of 500 bytes each: 80 kbit/s at 20 a second.
  const changed = withChange(firefox, 'outbound-rtp', 'video', { totalEncodedBytesTarget: 5_526_641 + 68 * 500 });
  const signals = signalsBetween(...changed, { ...kSending, step: kSteps[4]! })!;
  assert.ok(signals.available! > 80_000 && signals.available! < 130_000, `${signals.available}`);
});

test('what encoding costs a processor, by codec', () => {
  const coded = (change: Record<string, unknown>, kind: unknown = 'video/VP8'): [Counts, Counts] => {
    const copy = JSON.parse(JSON.stringify(chromium)) as Recorded;
    for (const report of copy.reports) {
      report.push(['codec', { type: 'codec', mimeType: kind }]);
      for (const [, entry] of report) if (entry['type'] === 'outbound-rtp' && entry['kind'] === 'video') entry['codecId'] = 'codec';
    }
    for (const [, entry] of copy.reports[1]!) if (entry['type'] === 'outbound-rtp' && entry['kind'] === 'video') Object.assign(entry, change);
    return counts(copy);
  };
  const [before, now] = coded({});
  const cost = costBetween(before, now)!;
  assert.equal(cost.kind, 'video/vp8');
  near(cost.ms / cost.megapoints, 18.84 / (0.48 * 0.36));
  near(cost.megapoints / cost.pictures, 0.48 * 0.36);
  assert.equal(costBetween(...coded({ frameHeight: 270 })), null, 'the picture became another meanwhile');
  assert.equal(costBetween(...coded({ powerEfficientEncoder: true })), null);
  assert.equal(costBetween(...coded({ codecId: 'none' })), null);
  assert.equal(costBetween(...coded({}, 7)), null);
  assert.equal(costBetween(now, now), null);
});

test('what arrives, from each', () => {
  const fromChromium = arrivalBetween(...counts(chromium as unknown as Recorded))!;
  assert.equal(fromChromium.height, 360);
  near(fromChromium.fps, 27.6);
  near(fromChromium.decodeMs, 4.76);
  const fromFirefox = arrivalBetween(...counts(firefox as unknown as Recorded))!;
  assert.equal(fromFirefox.height, 480);
  near(fromFirefox.fps, 18.8);
  near(fromFirefox.decodeMs, 15.9);
  assert.deepEqual([fromChromium.hardware, fromFirefox.hardware], [false, false]);
  const efficient = withChange(chromium, 'inbound-rtp', 'video', { powerEfficientDecoder: true });
  assert.equal(arrivalBetween(...efficient)!.hardware, true);
  const dropping = withChange(firefox, 'inbound-rtp', 'video', { framesDropped: 35 });
  assert.equal(arrivalBetween(...dropping)!.dropped, 0.5);
});

test('the larger loss of sound and picture counts, and that of a picture only while it moves', () => {
  const lost = (kind: string): [Counts, Counts] => withChange(chromium, 'remote-inbound-rtp', kind, { fractionLost: 0.2 });
  assert.equal(signalsBetween(...lost('audio'), kSending)!.loss, 0.2);
  assert.equal(signalsBetween(...lost('video'), kSending)!.loss, 0.2);
  const copy = JSON.parse(JSON.stringify(chromium)) as Recorded;
  for (const [, entry] of copy.reports[1]!) {
    if (entry['type'] === 'remote-inbound-rtp') entry['fractionLost'] = entry['kind'] === 'video' ? 0.2 : 0;
    if (entry['type'] === 'outbound-rtp' && entry['kind'] === 'video') entry['active'] = false;
  }
  assert.equal(readCounts(copy.reports[1]!)!.loss, 0);
});

test('a camera that is off is no encoder that stands still', () => {
  const signals = signalsBetween(...counts(chromium as unknown as Recorded), { ...kSending, nominal: null })!;
  assert.deepEqual([signals.encodeMs, signals.sent, signals.camera, signals.available], [null, null, null, 456_985]);
});

test('an encoder that gives nothing at all is', () => {
  const stands = withChange(chromium, 'outbound-rtp', 'video', { framesEncoded: 100, framesSent: 100, totalEncodeTime: 5.79 });
  const signals = signalsBetween(...stands, kSending)!;
  assert.deepEqual([signals.encodeMs, signals.sent], [null, 0]);
});

test('counters that begin anew, and looks too close together, say nothing', () => {
  const [first, second] = counts(chromium as unknown as Recorded);
  assert.equal(signalsBetween(second, first, kSending), null);
  assert.equal(signalsBetween(...withChange(chromium, 'outbound-rtp', 'video', { framesEncoded: 3 }), kSending), null);
  assert.equal(signalsBetween(first, { ...second, at: first.at + 100 }, kSending), null);
  assert.equal(arrivalBetween(...withChange(chromium, 'inbound-rtp', 'video', { framesDecoded: 3 })), null);
});

test('a way over which nothing came, and another way, are told apart from the one in use', () => {
  const [before, now] = withChange(chromium, 'candidate-pair', null, { bytesReceived: 500 });
  assert.equal(wayBetween(before, now), null, 'where it was not counted');
  assert.equal(wayBetween(now, { ...now, came: { ...now.came!, count: 501 } }), null);
  assert.equal(wayBetween(now, now), 'silent');
  assert.equal(wayBetween(now, { ...now, came: { ...now.came!, pair: 'other' } }), 'other');
});

test('a report of nothing, or of nonsense, is none', () => {
  assert.equal(readCounts([]), null);
  assert.equal(readCounts([['a', null], ['b', 7], ['c', { type: 'outbound-rtp', kind: 'video', timestamp: 'late' }]]), null);
});
