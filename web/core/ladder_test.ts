import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kBusyMs, kFirstStep, kGuessMs, kLastPart, kLossHigh, kNoSignals, kSteps, kStill, Ladder, stepFor, stepWithin, type Signals } from './ladder.ts';
import { kUpMs } from './stairs.ts';
import { changes, kGood, run } from './testing/trace.ts';

/** Macroblocks a second of a step: what an encoder has to manage. */
const macroblocksOf = (step: number): number => ((kSteps[step]!.height ** 2 * (4 / 3)) / 256) * kSteps[step]!.fps;
const after = (moments: ReturnType<typeof run>, from: number, to = Infinity): ReturnType<typeof run> => moments.filter(({ at }) => at >= from && at <= to);

test('a ladder is one: every step costs less than the one above in every way', () => {
  for (const [at, step] of kSteps.entries()) {
    const above = kSteps[at - 1];
    if (!above) continue;
    assert.ok(step.bitrate < above.bitrate && step.needs < above.needs, `${at}`);
    assert.ok(step.height ** 2 * step.fps < above.height ** 2 * above.fps, `${at}`);
  }
  assert.deepEqual(kSteps[0], { height: 720, fps: 30, bitrate: 1_500_000, needs: 1_000_000 });
  assert.equal(kSteps[kStill]!.height, 0);
});

test('where all is well it climbs to the top, a step a minute at most', () => {
  const seen = changes(run(300, {}));
  assert.deepEqual(seen, [{ at: 0, step: kFirstStep }, { at: kUpMs, step: 0 }]);
});

test('an encoder that cannot keep up is relieved within 4 s, and comes to rest below', () => {
  for (const beyond of [0, 1, 2, 3]) {
    // On the best step, and a quarter less than this one asks for is left.
    const moments = run(259, { 200: { macroblocks: 0.75 * macroblocksOf(beyond) } });
    const [, best, fall] = changes(moments);
    assert.equal(best!.step, 0);
    assert.ok(fall!.at <= 204_000, `${beyond}: ${fall!.at}`);
    const rest = after(moments, 212_000);
    assert.ok(rest[0]!.step > beyond, `${beyond}: ${rest[0]!.step}`);
    assert.equal(changes(rest).length, 1, `${beyond}`);
  }
});

test('it does not go to and fro: a quarter of an hour on a weak device has few changes', () => {
  for (const macroblocks of [5_000, 12_000, 30_000, 60_000, 90_000]) {
    const seen = changes(run(900, { 0: { macroblocks } }));
    assert.ok(seen.length <= 8, `${macroblocks}: ${JSON.stringify(seen)}`);
    for (const [at, { step, at: when }] of seen.entries()) {
      const before = seen[at - 1];
      if (before && step < before.step) {
        assert.equal(step, before.step - 1);
        assert.ok(when - before.at >= kUpMs);
      }
    }
  }
});

test('of a weak device at least 14 pictures a second arrive', () => {
  for (const macroblocks of [5_000, 8_000, 12_000, 30_000, 60_000]) {
    const moments = run(70, { 0: { macroblocks } });
    const sent = after(moments, 10_000).reduce((sum, moment) => sum + moment.sent, 0) / 61;
    assert.ok(sent >= 14, `${macroblocks}: ${sent}`);
  }
});

test('a few pictures a second are more than one that stands still for a minute', () => {
  const last = kSteps[kStill - 1]!;
  const pass = (sent: (second: number) => number): number => {
    const ladder = new Ladder();
    ladder.keepBelow(0, 'choice', kStill - 1);
    for (let second = 0; second < 60; second += 1) {
      const fps = sent(second);
      ladder.handle(second * 1_000, { ...kNoSignals, encodeMs: 30, sent: fps, camera: fps, nominal: 30 });
    }
    return ladder.step;
  };
  assert.equal(pass(() => kLastPart * last.fps), kStill - 1);
  assert.equal(pass(() => kLastPart * last.fps - 0.1), kStill);
  // A browser that is away for a second or two, as when its camera changes, has sent next to nothing in it.
  assert.equal(pass((second) => (second % 10 < 2 ? 1 : 12)), kStill - 1);
});

test('the same trace leads to the same steps', () => {
  const worlds = { 0: { macroblocks: 40_000 }, 100: { rate: 250_000 }, 200: kGood };
  assert.deepEqual(run(400, worlds, new Ladder(), 7), run(400, worlds, new Ladder(), 7));
});

test('below 60 kbit/s the picture yields within 4 s; it comes back when there is room, and not before a minute', () => {
  const moments = run(600, { 30: { rate: 57_000 }, 300: { rate: 5_000_000 } });
  const seen = changes(moments);
  const still = seen.find(({ step }) => step === kStill)!;
  assert.ok(still.at <= 34_000, JSON.stringify(seen));
  const back = seen.find(({ step, at }) => at > 300_000 && step < kStill)!;
  assert.ok(back.at >= still.at + kUpMs, JSON.stringify(seen));
  assert.ok(moments.at(-1)!.step < kStill - 1, 'and climbs on');
});

test('at 60 kbit/s there is a picture', () => {
  const signals: Signals = { ...kNoSignals, encodeMs: 1, sent: 20, camera: 30, nominal: 30, loss: 0 };
  const steps = [60_000, 59_999].map((available) => {
    const ladder = new Ladder();
    for (let second = 0; second < 40; second += 1) ladder.handle(second * 1_000, { ...signals, available });
    return ladder.step;
  });
  assert.deepEqual(steps, [kStill - 1, kStill]);
});

test('what a way carries leads to the step that it carries, at once', () => {
  for (const [rate, step] of [[700_000, 1], [400_000, 2], [200_000, 3], [150_000, 4]] as const) {
    const moments = run(120, { 90: { rate } });
    assert.equal(moments.at(-1)!.step, step, `${rate}`);
    const seen = changes(after(moments, 90_000));
    assert.ok(seen.length <= 2 && seen.at(-1)!.at <= 94_000, JSON.stringify(seen));
  }
});

test('a browser that begins with a cautious guess is given time; a way that carries next to nothing is believed at once', () => {
  const signals: Signals = { ...kNoSignals, encodeMs: 5, sent: 30, camera: 30, nominal: 30, loss: 0, available: 300_000 };
  const ladder = new Ladder();
  for (let now = 0; now < kGuessMs; now += 1_000) assert.equal(ladder.handle(now, signals), kFirstStep);
  ladder.handleWay(kGuessMs);
  for (let now = kGuessMs; now < 2 * kGuessMs; now += 1_000) assert.equal(ladder.handle(now, signals), kFirstStep, 'another way, another guess');
  for (let now = 2 * kGuessMs; now <= 2 * kGuessMs + 4_000; now += 1_000) ladder.handle(now, signals);
  assert.equal(ladder.step, 2);
  const early = new Ladder();
  for (let now = 0; now <= 4_000; now += 1_000) early.handle(now, { ...signals, available: 50_000 });
  assert.equal(early.step, kStill);
});

test('loss yields some of the picture, never all of it', () => {
  const moments = run(120, { 20: { loss: kLossHigh, tells: false } });
  assert.equal(moments.at(-1)!.step, kStill - 1);
  assert.equal(changes(run(50, { 20: { loss: kLossHigh - 0.01, tells: false } })).length, 1);
});

test('a camera that gives few pictures in the dark is no weak device', () => {
  assert.deepEqual(changes(run(50, { 10: { camera: 12 } })), [{ at: 0, step: kFirstStep }]);
  assert.deepEqual(changes(run(50, { 10: { camera: 12, tells: false } })), [{ at: 0, step: kFirstStep }]);
});

test('nor is an old device in the dark, which would have time for all pictures; one that is short of time keeps its camera waiting', () => {
  const pass = (more: Partial<Signals>): number => {
    const ladder = new Ladder();
    for (let now = 0; now < 30_000; now += 1_000) ladder.handle(now, { ...kNoSignals, encodeMs: 13, sent: 15, camera: 15, nominal: 30, ...more });
    return ladder.step;
  };
  assert.equal(pass({}), kFirstStep, '39 % of the time for 30 pictures, 20 % for 15');
  assert.ok(pass({ encodeMs: 25, sent: 9, camera: 9 }) > kFirstStep);
  assert.ok(pass({ encodeMs: 17 }) > kFirstStep);
  assert.ok(pass({ limitedBy: 'cpu' }) > kFirstStep);
  assert.ok(pass({ pressed: true }) > kFirstStep);
});

test('nor is a screen on which nothing changes', () => {
  const ladder = new Ladder();
  for (let now = 0; now < 40_000; now += 1_000) {
    ladder.handle(now, { ...kNoSignals, encodeMs: 10, sent: 0, camera: 0, nominal: 30, screen: true });
  }
  assert.equal(ladder.step, kFirstStep);
});

test('a screen is judged by the lines and the pictures that are sent of it, and comes back', () => {
  const screen: Signals = { ...kNoSignals, sent: 15, camera: 15, nominal: 15, screen: true };
  const ladder = new Ladder();
  const pass = (from: number, seconds: number, more: Partial<Signals>): number => {
    for (let second = 1; second <= seconds; second += 1) ladder.handle(1_000 * (from + second), { ...screen, ...more });
    return ladder.step;
  };
  assert.equal(pass(0, 30, { encodeMs: 30 }), kFirstStep, '45 % of the time, which would be 90 % of that of a camera');
  assert.equal(pass(30, 4, { encodeMs: 50 }), 3);
  // 10 pictures a second of as many lines would be too much again.
  assert.equal(pass(34, 100, { encodeMs: 50, sent: 5 }), 3);
  // Nothing on it changes.
  assert.equal(pass(134, 30, { encodeMs: 50, sent: 1 }), 2);
});

test('what the partner wants no more than is kept to the line and the picture, and makes no device slow', () => {
  const ladder = new Ladder();
  ladder.keepWithin(0, { height: 720, fps: 15 });
  for (let now = 0; now < 30_000; now += 1_000) ladder.handle(now, { ...kNoSignals, encodeMs: 5, sent: 15, camera: 30, nominal: 30 });
  assert.deepEqual(ladder.sent(false), { ...kSteps[kFirstStep], fps: 15 });
  ladder.keepWithin(30_000, { height: 300, fps: 30 });
  assert.deepEqual([ladder.step, ladder.sent(false).height, ladder.sent(true).height], [3, 270, 1_080]);
  ladder.keepWithin(30_000, { height: 100, fps: 30 });
  assert.deepEqual([ladder.sent(false).height, ladder.sent(true).height], [100, 720]);
  ladder.keepWithin(30_000, { height: 0, fps: 0 });
  assert.equal(ladder.sent(true).height, 0);
  ladder.keepWithin(30_000, null);
  assert.deepEqual(ladder.sent(true), { ...kSteps[kStill] }, 'better again only step by step');
});

test('an encoder of its own may take its time, as long as no picture is missing', () => {
  const signals: Signals = { ...kNoSignals, encodeMs: 40, hardware: true, sent: 30, camera: 30, nominal: 30 };
  const pass = (more: Partial<Signals>): number => {
    const ladder = new Ladder();
    for (let now = 0; now < 10_000; now += 1_000) ladder.handle(now, { ...signals, ...more });
    return ladder.step;
  };
  assert.equal(pass({}), kFirstStep);
  assert.ok(pass({ sent: 15 }) > kFirstStep);
  assert.ok(pass({ hardware: false }) > kFirstStep);
});

test('a hint makes it sooner, and does nothing alone', () => {
  const pass = (more: Partial<Signals>): number => {
    const ladder = new Ladder();
    const signals = { ...kNoSignals, encodeMs: 15, sent: 30, camera: 30, nominal: 30, ...more };
    for (let now = 0; now < 10_000; now += 1_000) ladder.handle(now, signals);
    return ladder.step;
  };
  assert.equal(pass({}), kFirstStep, '45 % of a picture’s time');
  assert.ok(pass({ limitedBy: 'cpu' }) > kFirstStep);
  assert.ok(pass({ pressed: true }) > kFirstStep);
  assert.equal(pass({ pressed: true, limitedBy: 'cpu', encodeMs: 5 }), kFirstStep);
});

test('without a camera it stays where it is, however little is tried', () => {
  for (const available of [5_000_000, 300_000, 50_000]) {
    const ladder = new Ladder();
    for (let now = 0; now < 300_000; now += 1_000) ladder.handle(now, { ...kNoSignals, available, loss: 0 });
    assert.equal(ladder.step, kFirstStep, `${available}`);
  }
});

test('a camera that is switched on is given time, as a way is', () => {
  const ladder = new Ladder();
  const pass = (from: number, seconds: number, more: Partial<Signals>): number => {
    for (let second = 0; second < seconds; second += 1) ladder.handle(from + 1_000 * second, { ...kNoSignals, available: 300_000, loss: 0, ...more });
    return ladder.step;
  };
  const sending = { encodeMs: 5, sent: 30, camera: 30, nominal: 30 };
  pass(0, 60, {});
  ladder.handlePicture(60_000);
  assert.equal(pass(60_000, kGuessMs / 1_000, sending), kFirstStep);
  assert.equal(pass(60_000 + kGuessMs, 4, sending), 2, 'and no more of it');
});

test('a word is a ceiling: it holds at once, the strictest counts, and it is left step by step', () => {
  const ladder = new Ladder();
  run(10, {}, ladder);
  assert.equal(ladder.keepBelow(10_000, 'partner', 2), 2);
  assert.equal(ladder.keepBelow(10_000, 'choice', 3), 3);
  assert.equal(ladder.why, 'choice');
  const held = run(400, {}, ladder);
  assert.ok(held.every(({ step }) => step === 3));
  ladder.keepBelow(400_000, 'choice', null);
  ladder.keepBelow(400_000, 'partner', null);
  assert.equal(ladder.step, 3);
});

test('why: what limits now, and nothing on the best step', () => {
  const slow = new Ladder();
  run(20, { 0: { macroblocks: 30_000 } }, slow);
  assert.equal(slow.why, 'device');
  const narrow = new Ladder();
  run(30, { 5: { rate: 200_000 } }, narrow);
  assert.equal(narrow.why, 'network');
  const good = new Ladder();
  assert.equal(good.why, null, 'where it began, nothing has been in the way');
  run(90, {}, good);
  assert.equal(good.why, null);
});

test('a reason is not kept longer than it holds', () => {
  const slow = { 0: { macroblocks: 12_000 } };
  const top = new Ladder();
  run(20, slow, top);
  assert.deepEqual([top.why, top.isBusy(20_000)], ['device', true]);
  run(400, {}, top);
  assert.deepEqual([top.step, top.why, top.isBusy(400_000)], [0, null, false]);
  top.keepBelow(401_000, 'partner', 2);
  top.keepBelow(402_000, 'partner', null);
  assert.deepEqual([top.step, top.why], [2, null], 'what was long over does not come back with it');
  const held = new Ladder();
  run(20, slow, held);
  held.keepBelow(21_000, 'partner', kStill);
  held.keepBelow(22_000, 'partner', null);
  assert.equal(held.why, null, 'it did not get here by itself');
});

test('on the step that is usual a device is busy only for a while after it was', () => {
  const signals: Signals = { ...kNoSignals, sent: 30, camera: 30, nominal: 30, encodeMs: 3 };
  const ladder = new Ladder();
  const pass = (from: number, to: number, more: Partial<Signals> = {}): void => {
    for (let second = from; second < to; second += 1) ladder.handle(1_000 * second, { ...signals, ...more });
  };
  pass(0, 70);
  assert.equal(ladder.step, 0);
  pass(70, 73, { encodeMs: 22 });
  assert.deepEqual([ladder.step, ladder.isBusy(73_000)], [kFirstStep, true]);
  assert.equal(ladder.isBusy(72_000 + kBusyMs - 1), true);
  assert.equal(ladder.isBusy(72_000 + kBusyMs), false);
  assert.equal(ladder.why, 'device', 'which is why it is no better');
});

test('the step for what somebody asks, and for what may be sent', () => {
  assert.equal(stepWithin({ height: 1_080, fps: 60 }), 0);
  assert.equal(stepWithin({ height: 720, fps: 30 }), 0);
  assert.equal(stepWithin({ height: 719, fps: 30 }), 1);
  assert.equal(stepWithin({ height: 720, fps: 15 }), 0, 'fewer pictures can be sent of any size');
  assert.equal(stepWithin({ height: 1, fps: 1 }), kStill - 1);
  assert.equal(stepWithin({ height: 0, fps: 30 }), kStill);
  assert.equal(stepWithin({ height: 720, fps: 0 }), kStill);
  assert.equal(stepFor(1_500_000), 0);
  assert.equal(stepFor(1_499_999), 1);
  assert.equal(stepFor(0), kStill);
});
