import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlackCamera, Echo, FrozenCamera, Hearing, kBlackLuma, kBlackMs, kDeafMs, kEchoTicks, kFrozenMs, kQuietMs, kSilenceMs, kSpeechLevel, kSpeechMs, listens, meanLuma, SilentMicrophone, TalkingMuted } from './detectors.ts';
import { levelOf } from '../../media/level.ts';

test('who speaks while muted is told, and told no more once unmuted or quiet', () => {
  const talking = new TalkingMuted();
  let now = 0;
  const pass = (level: number, ms: number, muted = true): boolean => {
    let found = false;
    for (const end = now + ms; now < end; now += 50) found = talking.handle(level, muted, now);
    return found;
  };
  assert.equal(pass(kSpeechLevel, kSpeechMs, false), false, 'nobody is muted');
  assert.equal(pass(kSpeechLevel, kSpeechMs - 100), false);
  assert.equal(pass(kSpeechLevel, 200), true);
  assert.equal(pass(0, kQuietMs - 100), true);
  assert.equal(pass(0, 200), false);
  assert.equal(pass(kSpeechLevel, kSpeechMs + 100), true);
  assert.equal(pass(kSpeechLevel, 100, false), false);
});

test('words have gaps, noises are short, and a murmur is none', () => {
  const run = (levels: (at: number) => number): boolean => {
    const talking = new TalkingMuted();
    for (let now = 0; now < 6_000; now += 50) if (talking.handle(levels(now), true, now)) return true;
    return false;
  };
  assert.equal(run((now) => (now % 500 < 350 ? 0.6 : 0.1)), true);
  assert.equal(run((now) => (now % 3_000 < 500 ? 0.9 : 0)), false);
  assert.equal(run(() => kSpeechLevel - 0.01), false);
});

test('a microphone that gave nothing since it was taken is silent; one that was heard once is not', () => {
  const silent = new SilentMicrophone();
  assert.equal(silent.handle(0, 0), false);
  assert.equal(silent.handle(0, kSilenceMs - 1), false);
  assert.equal(silent.handle(0, kSilenceMs), true);
  assert.equal(silent.works, false);
  assert.equal(silent.handle(levelOf(new Float32Array(1_024).fill(1e-5)), kSilenceMs + 50), false, 'a quiet room with its noise suppressed');
  assert.equal(silent.works, true);
  assert.equal(silent.handle(0, 10 * kSilenceMs), false);
});

test('a microphone is listened to while there is something to find out, and never where that is to be spared', () => {
  const idle = { muted: false, works: true, echoes: false, spared: false };
  assert.equal(listens(idle), false);
  for (const reason of [{ muted: true }, { works: false }, { echoes: true }]) {
    assert.equal(listens({ ...idle, ...reason }), true);
    assert.equal(listens({ ...idle, ...reason, spared: true }), false);
  }
});

test('a black picture is one after a while, and until it is clearly lighter', () => {
  const black = new BlackCamera();
  assert.equal(black.handle(kBlackLuma - 1, 0), false);
  assert.equal(black.handle(0, kBlackMs - 1), false);
  assert.equal(black.handle(0, kBlackMs), true);
  assert.equal(black.handle(kBlackLuma + 1, kBlackMs + 2_000), true);
  assert.equal(black.handle(20, kBlackMs + 4_000), false);
  assert.equal(black.handle(kBlackLuma, 100_000), false);
  assert.equal(black.handle(kBlackLuma, 200_000), false, 'a dark room');
});

test('a camera is frozen once it has given no new picture for a while, though it is to give some', () => {
  const frozen = new FrozenCamera();
  assert.equal(frozen.handle({ frames: 30, due: true }, 0), false);
  assert.equal(frozen.handle({ frames: 30, due: true }, 1_000), false, 'it may have given the last one just now');
  assert.equal(frozen.handle({ frames: 30, due: true }, 1_000 + kFrozenMs - 1), false);
  assert.equal(frozen.handle({ frames: 30, due: true }, 1_000 + kFrozenMs), true);
  assert.equal(frozen.handle({ frames: 31, due: true }, 7_000), false, 'it goes on');
  for (const now of [8_000, 8_000 + kFrozenMs, 8_000 + 2 * kFrozenMs]) assert.equal(frozen.handle({ frames: 31, due: false }, now), false, 'nothing is due');
  assert.equal(frozen.handle({ frames: 31, due: true }, 30_000), false, 'what was not due before says nothing');
  assert.equal(frozen.handle({ frames: 0, due: true }, 31_000), false, 'another connection counts anew');
  assert.equal(frozen.handle({ frames: 0, due: true }, 32_000), false);
  assert.equal(frozen.handle({ frames: 0, due: true }, 32_000 + kFrozenMs), true, 'one that never gave any');
});

test('nothing is said of a camera whose pictures nobody counts', () => {
  const frozen = new FrozenCamera();
  for (const now of [0, kFrozenMs, 10 * kFrozenMs]) assert.equal(frozen.handle({ frames: null, due: true }, now), false);
});

test('how light a picture is', () => {
  assert.equal(meanLuma(new Uint8ClampedArray([])), 0);
  assert.equal(Math.round(meanLuma(new Uint8ClampedArray([255, 255, 255, 255, 0, 0, 0, 255]))), 128);
});

test('sound that is due and does not come, or may not be played, is not heard', () => {
  const hearing = new Hearing();
  const due = { due: true, blocked: false };
  assert.equal(hearing.handle({ packets: 0, ...due }, 0), true);
  assert.equal(hearing.handle({ packets: 50, ...due }, 1_000), true);
  assert.equal(hearing.handle({ packets: 50, ...due }, 2_000), true);
  assert.equal(hearing.handle({ packets: 50, ...due }, 2_000 + kDeafMs - 1), true);
  assert.equal(hearing.handle({ packets: 50, ...due }, 2_000 + kDeafMs), false);
  assert.equal(hearing.handle({ packets: 51, ...due }, 3_000 + kDeafMs), true);
  assert.equal(hearing.handle({ packets: 90, due: true, blocked: true }, 20_000), false);
  assert.equal(hearing.handle({ packets: 90, due: false, blocked: true }, 21_000), true, 'a partner who is muted misses nothing');
  assert.equal(hearing.handle({ packets: 90, due: false, blocked: false }, 90_000), true);
});

/** Speech as a level: words of uneven length, the same at every run. */
function speech(seed: number): number[] {
  let state = seed;
  const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const levels: number[] = [];
  while (levels.length < kEchoTicks + 20) {
    const [word, gap, loud] = [3 + Math.floor(next() * 9), 2 + Math.floor(next() * 14), 0.4 + 0.5 * next()];
    for (let tick = 0; tick < word; tick += 1) levels.push(loud * (0.7 + 0.3 * next()));
    for (let tick = 0; tick < gap; tick += 1) levels.push(0.05 * next());
  }
  return levels;
}

function heard(own: number[], partner: number[]): boolean | null {
  const echo = new Echo();
  let found: boolean | null = null;
  for (let tick = 0; tick < kEchoTicks; tick += 1) found = echo.handle(own[tick]!, partner[tick]!);
  return found;
}

test('one’s own voice that comes back within half a second is an echo', () => {
  const own = speech(1);
  for (const ticks of [2, 6, 12]) {
    const back = own.map((_, at) => 0.6 * (own[at - ticks] ?? 0) + 0.02);
    assert.equal(heard(own, back), true, `${ticks}`);
  }
});

test('two people who talk, silence, one alone and a later answer are none', () => {
  for (let seed = 2; seed < 40; seed += 1) assert.equal(heard(speech(seed), speech(seed + 100)), false, `${seed}`);
  const own = speech(3);
  const silence = own.map(() => 0);
  assert.equal(heard(own, silence), false);
  assert.equal(heard(silence, own), false);
  assert.equal(heard(own, own.map((_, at) => own[at - 40] ?? 0)), false, 'two seconds later');
});

test('nor is a tone that comes once a second at both ends', () => {
  const beeps = Array.from({ length: kEchoTicks + 20 }, (_, at) => (at % 20 < 3 ? 0.8 : 0));
  assert.equal(heard(beeps.slice(7), beeps), false);
});

test('it says nothing before it has heard enough, and begins anew after that', () => {
  const echo = new Echo();
  const own = speech(5);
  for (let tick = 0; tick < kEchoTicks - 1; tick += 1) assert.equal(echo.handle(own[tick]!, 0), null);
  assert.equal(echo.handle(0, 0), false);
  assert.equal(echo.handle(0, 0), null);
});
