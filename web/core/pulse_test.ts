import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kAskAgainMs, kDoubtMs, kGapMs, kQuestions, kQuietMs, kReceiptMs, kWakeReceiptMs, Pulse } from './pulse.ts';

const arrived = (count: number, pair = 'P', roundTripMs: number | null = null) => ({ pair, count, roundTripMs });

/** Sound has come up to `at`, and was counted then. */
function flowing(at = 1_000): Pulse {
  const pulse = new Pulse(0);
  pulse.handleArrived(arrived(1), at - 500);
  pulse.handleArrived(arrived(2), at);
  return pulse;
}

/** A look as the driver takes it: counts, judges, asks if it is wanted. */
function look(pulse: Pulse, now: number, count: number | null, pair = 'P'): boolean {
  pulse.handleLook(now);
  pulse.handleArrived(count === null ? null : arrived(count, pair), now);
  pulse.judge(now);
  if (pulse.wantsQuestion(now)) pulse.handleAsked(now);
  return pulse.silent;
}

/** Looks until it says that the line is silent, and gives the time; fails after 10 s. */
function untilSilent(pulse: Pulse, from: number, count: number, step = 250): number {
  for (let now = from; now < from + 10_000; now += step) if (look(pulse, now, count)) return now;
  assert.fail('never silent');
}

test('sound that stops is silence within two seconds, when a question has gone unanswered as well', () => {
  const at = untilSilent(flowing(), 1_500, 2);
  assert.ok(at - 1_000 >= kQuietMs && at - 1_000 <= 2_500, `${at}`);
  const unasked = flowing();
  for (let now = 1_500; now < 10_000; now += 250) {
    unasked.handleLook(now);
    unasked.handleArrived(arrived(2), now);
    unasked.judge(now);
  }
  assert.equal(unasked.silent, false, 'a question that could not be sent was not asked');
});

test('nothing is asked while sound comes, and its end is asked about once it is noticed', () => {
  const pulse = flowing();
  assert.equal(pulse.wantsQuestion(1_000 + kDoubtMs - 1), false);
  assert.equal(pulse.wantsQuestion(1_000 + kDoubtMs), true);
  pulse.handleAsked(1_500);
  assert.equal(pulse.wantsQuestion(1_500 + kAskAgainMs - 1), false);
  assert.equal(pulse.wantsQuestion(1_500 + kAskAgainMs), true);
});

test('a partner who sends nothing is not silent: the answers are heard', () => {
  const pulse = flowing();
  for (let now = 2_000; now < 30_000; now += 1_000) {
    assert.equal(look(pulse, now, 2), false, `${now}`);
    pulse.handleHeard(now + 50);
  }
});

test('where answers are all that comes one lost packet proves nothing: it is asked several times', () => {
  const pulse = flowing();
  look(pulse, 2_000, 2);
  pulse.handleHeard(2_050);
  const at = untilSilent(pulse, 3_050, 2);
  assert.ok(at - 3_050 >= kReceiptMs + (kQuestions - 1) * kAskAgainMs, `${at}`);
  assert.ok(at - 2_050 <= 3_000, 'within three seconds of the last answer');
});

test('an answer that an older page gives without knowing it, by its acknowledgement, is one', () => {
  const pulse = flowing();
  let count = 2;
  for (let now = 2_000; now < 20_000; now += 250) assert.equal(look(pulse, now, (count += 1)), false);
});

test('a long way is given its time: two round trips and a little', () => {
  const pulse = flowing();
  pulse.handleRoundTrip(1_000);
  assert.ok(untilSilent(pulse, 1_500, 2) >= 1_500 + 2_200);
});

test('news end the silence', () => {
  const pulse = flowing();
  const at = untilSilent(pulse, 1_500, 2);
  look(pulse, at + 250, 2);
  assert.equal(pulse.silent, true);
  assert.equal(look(pulse, at + 500, 3), false);
});

test('another pair, or a count that falls, is a fresh start: no silence, no news, and a question', () => {
  for (const [count, pair] of [[9, 'Q'], [1, 'P']] as const) {
    const pulse = flowing();
    look(pulse, 1_500, 2);
    look(pulse, 2_000, 2);
    assert.equal(look(pulse, 2_500, count, pair), false);
    assert.equal(look(pulse, 2_750, count, pair), false, 'it begins to count from there');
    assert.equal(pulse.inDoubt(2_750), false, 'it was asked at once');
    const silent = flowing();
    const at = untilSilent(silent, 1_500, 2);
    assert.equal(look(silent, at + 250, count, pair), true, 'another pair has not proved itself');
  }
});

test('a report without counters is a gap: silence is not judged across it', () => {
  const pulse = flowing();
  for (let now = 1_500; now < 30_000; now += 250) assert.equal(look(pulse, now, null), false);
  const between = flowing();
  for (let now = 1_500; now < 10_000; now += 250) assert.equal(look(between, now, now % 1_000 === 0 ? null : 2), false, `${now}`);
});

test('after a sleep the line gets time to answer before anything is judged', () => {
  const pulse = flowing();
  const woken = 1_000 + kGapMs + 57_000;
  assert.equal(look(pulse, woken, 2), false);
  assert.equal(look(pulse, woken + kWakeReceiptMs - 1, 2), false);
  assert.equal(look(pulse, woken + kWakeReceiptMs, 2), true, 'and no more than that');
  const answered = flowing();
  look(answered, woken, 2);
  answered.handleHeard(woken + 100);
  assert.equal(look(answered, woken + kWakeReceiptMs, 2), false);
});

test('a page that is seen again, or is on a network again, asks at once and is told soon', () => {
  const pulse = flowing();
  pulse.handleWake(1_010);
  assert.equal(pulse.wantsQuestion(1_010), true);
  assert.equal(look(pulse, 1_010, 2), false);
  assert.equal(look(pulse, 1_300, 2), false);
  assert.equal(look(pulse, 1_010 + kWakeReceiptMs, 2), true);
});

test('the receivers’ word is news where it moves on, and nothing where it does not', () => {
  const pulse = new Pulse(0);
  pulse.handleMedia(5_000, 0);
  pulse.handleMedia(5_400, 400);
  assert.equal(pulse.inDoubt(400 + kDoubtMs - 1), false);
  pulse.handleMedia(5_400, 900);
  assert.equal(pulse.inDoubt(900), true);
  pulse.handleMedia(null, 1_000);
  assert.equal(pulse.inDoubt(1_000), true);
});

test('what grew since a count from before the last news is none: it may be those news', () => {
  const pulse = flowing(1_000);
  pulse.handleMedia(1, 1_500);
  pulse.handleMedia(2, 2_000);
  pulse.handleArrived(arrived(50), 2_500);
  assert.equal(pulse.inDoubt(2_500), true);
  pulse.handleArrived(arrived(51), 2_750);
  assert.equal(pulse.inDoubt(2_750), false);
});

test('a line is lively for as long after the last news as is no silence yet; a fresh start is no news', () => {
  const pulse = flowing(1_000);
  assert.deepEqual([pulse.isLively(1_000 + kQuietMs - 1), pulse.isLively(1_000 + kQuietMs)], [true, false]);
  pulse.handleArrived(null, 5_000);
  pulse.handleFresh(5_000);
  assert.equal(pulse.isLively(5_000), false);
});
