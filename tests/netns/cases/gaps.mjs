// The stop-watch itself, on counters made by hand.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { blindFor, decodedAt, describeFault, describeRuns, gapsAfter, judgeFault, kFreshFramesMax, kGapMs, median, tookUntil } from '../lib/gaps.mjs';
import { judgeSound } from '../lib/sound_flow.mjs';

/** Read every 50 ms from 0 on. */
const read = (...frames) => frames.map((count, index) => ({ at: index * 50, frames: count }));

/** A picture of 20 frames a second, one at each reading, except between the given moments. */
function picture(until, ...holes) {
  const samples = [];
  let frames = 1_000;
  for (let at = 0; at <= until; at += 50) {
    if (!holes.some(([from, to]) => at > from && at < to)) ++frames;
    samples.push({ at, frames });
  }
  return { samples, shown: [], restarts: [] };
}

/** Sound looked at ten times a second: of each look, what was played of its 100 ms, and what of that was made up. */
function soundOf(looks) {
  const read = [{ at: 5_000, played: 900, madeUp: 30 }];
  for (const [played, madeUp] of looks) {
    const last = read.at(-1);
    read.push({ at: last.at + 100, played: last.played + played, madeUp: last.madeUp + madeUp });
  }
  return read;
}
const times = (count, look) => Array.from({ length: count }, () => look);
const kHeard = [100, 0];
const kMadeUp = [100, 100];
const kStandsStill = [0, 0];

export function gapCases() {
  it('a frame is decoded when the counter has grown', () => {
    assert.deepEqual(decodedAt(read(7, 7, 8, 8, 11)), [100, 200]);
    assert.deepEqual(decodedAt([]), []);
    assert.deepEqual(decodedAt(read(5)), [], 'what was there at the first reading came before');
  });

  it('a counter that falls is a new connection if it begins near zero, else an older reading', () => {
    assert.deepEqual(decodedAt(read(900, 0, 0, 1)), [150], 'nothing is decoded yet at 0');
    assert.deepEqual(decodedAt(read(900, kFreshFramesMax, kFreshFramesMax + 1)), [50, 100]);
    const old = kFreshFramesMax + 1;
    assert.deepEqual(decodedAt(read(900, old, 900, 901)), [150], 'neither the old reading nor its end is a frame');
  });

  it('a gap is the time between two frames, from the last one before the fault', () => {
    const { samples } = picture(10_000, [3_000, 5_000]);
    assert.deepEqual(gapsAfter({ samples, shown: [] }, 3_020, 10_000), [{ from: 3_000, to: 5_000, ms: 2_000 }]);
    assert.deepEqual(gapsAfter({ samples, shown: [] }, 6_000, 10_000), [], 'what was over before the fault is not counted');
    assert.deepEqual(gapsAfter({ samples, shown: [4_000] }, 3_020, 10_000).map(({ ms }) => ms), [1_000, 1_000], 'a frame that was shown is one');
  });

  it('a frame\'s time at the limit is a gap, and one less is none', () => {
    const watched = (to) => ({ samples: [], shown: [0, to, to + 1] });
    assert.equal(gapsAfter(watched(kGapMs), 0, kGapMs + 2).length, 1);
    assert.equal(gapsAfter(watched(kGapMs - 1), 0, kGapMs + 1).length, 0);
  });

  it('a picture that never comes back is a gap without an end', () => {
    const { samples } = picture(9_000, [3_000, 20_000]);
    assert.deepEqual(gapsAfter({ samples, shown: [] }, 3_000, 9_000), [{ from: 3_000, to: null, ms: 6_000 }]);
    const judged = judgeFault({ samples, shown: [], restarts: [{ at: 4_000, how: 'offer' }] }, { fault: 3_000, end: 9_000 });
    assert.deepEqual([judged.isOver, judged.restart, judged.back], [false, 1_000, null]);
    assert.match(describeFault(judged), /^6\.00 s without a frame so far, .* next frame - after it, offers: 1$/);
  });

  it('the restart is the first after the fault and before the picture is back, whichever end\'s it is', () => {
    const watched = picture(10_000, [3_000, 6_500]);
    const restarts = [[7_000, 'offer'], [4_200, 'answer'], [5_500, 'offer'], [4_100, 'offer'], [4_000, 'asked'], [2_000, 'offer']].map(([at, how]) => ({ at, how }));
    const judged = judgeFault(watched, { fault: 3_000, end: 10_000, restarts });
    const { gap, started, restart, how, back, tries, gaps, isOver, pathless, begun, after } = judged;
    const expected = { gap: 3_500, started: 0, restart: 1_000, how: 'asked', back: 2_500, tries: 2, gaps: 1, isOver: true, pathless: 0, begun: 1_000, after: 2_500 };
    assert.deepEqual({ gap, started, restart, how, back, tries, gaps, isOver, pathless, begun, after }, expected);
    assert.equal(describeFault(judged), '3.50 s without a frame, from 0.00 s after the fault; restart (asked) 1.00 s after the fault, next frame 2.50 s after it, offers: 2');
  });

  it('where the fault leaves no path the clock begins when there is one again', () => {
    const watched = { ...picture(10_000, [3_000, 6_500]), restarts: [{ at: 4_000, how: 'offer' }, { at: 5_700, how: 'asked' }] };
    const at = (path) => {
      const { pathless, begun, after } = judgeFault(watched, { fault: 3_000, end: 10_000, path });
      return { pathless, begun, after };
    };
    assert.deepEqual(at(5_000), { pathless: 2_000, begun: 700, after: 800 });
    assert.deepEqual(at(5_700), { pathless: 2_700, begun: 0, after: 800 }, 'at that moment');
    assert.deepEqual(at(5_800), { pathless: 2_800, begun: 0, after: 700 }, 'what began before is under way');
    assert.deepEqual(at(6_501), { pathless: 3_501, begun: null, after: null }, 'the picture was back before');
    assert.deepEqual(judgeFault({ ...watched, restarts: [] }, { fault: 3_000, end: 10_000, path: 5_000 }).begun, null);
    const judged = judgeFault(watched, { fault: 3_000, end: 10_000, path: 5_000 });
    assert.match(describeFault(judged), /; a path again 2\.00 s after the fault, restart 0\.70 s after that, next frame 0\.80 s after it$/);
    const open = judgeFault({ ...picture(9_000, [3_000, 20_000]), restarts: [{ at: 4_000, how: 'offer' }] }, { fault: 3_000, end: 9_000, path: 5_000 });
    assert.deepEqual([open.begun, open.after], [0, null], 'not back yet');
  });

  it('what the page did is counted from the fault; where it did nothing, it had until the picture was back', () => {
    const judge = (noticed, restarts = []) => judgeFault({ ...picture(10_000, [3_000, 6_500]), noticed, restarts }, { fault: 3_000, end: 10_000 });
    const judged = judge([2_000, 5_200, 5_900]);
    assert.deepEqual([judged.noticed, tookUntil(judged, 'noticed'), judged.restart, tookUntil(judged, 'restart')], [2_200, 2_200, null, 3_500]);
    assert.match(describeFault(judged), /after the fault; noticed 2\.20 s after the fault; no restart$/);
    assert.deepEqual([judge([6_501]).noticed, judge([]).noticed], [null, null], 'after it was over');
    assert.equal(tookUntil(judge([], [{ at: 4_000, how: 'silent' }]), 'restart'), 1_000);
    const open = judgeFault(picture(9_000, [3_000, 20_000]), { fault: 3_000, end: 9_000 });
    assert.equal(tookUntil(open, 'restart'), Infinity, 'not yet');
    assert.equal(tookUntil(judgeFault(picture(9_000), { fault: 3_000, end: 9_000 }), 'noticed'), Infinity, 'nothing to notice');
  });

  it('a picture that goes on has no gap, whatever was restarted', () => {
    const judged = judgeFault({ ...picture(5_000), restarts: [{ at: 2_500, how: 'offer' }] }, { fault: 2_000, end: 5_000 });
    assert.deepEqual([judged.gap, judged.restart, judged.back, judged.isOver], [0, null, null, true]);
    assert.equal(describeFault(judged), 'no gap');
  });

  it('one that comes back by itself has no restart, and of several gaps the longest counts', () => {
    const judged = judgeFault(picture(10_000, [3_000, 4_000], [5_000, 7_000]), { fault: 3_000, end: 10_000 });
    assert.deepEqual([judged.gap, judged.started, judged.gaps, judged.restart], [2_000, 2_000, 2, null]);
    assert.match(describeFault(judged), /no restart; the longest of 2 gaps$/);
  });

  it('the time in which nobody looked is told apart', () => {
    const { samples } = picture(10_000);
    const asleep = samples.filter(({ at }) => at <= 3_000 || at >= 4_200);
    assert.equal(blindFor(asleep, 2_000, 10_000), 1_200);
    assert.equal(blindFor(asleep, 5_000, 10_000), 50);
    assert.equal(blindFor([], 0, 700), 700);
    assert.match(describeFault(judgeFault({ samples: asleep, shown: [], restarts: [] }, { fault: 2_000, end: 10_000 })), /nobody looked for 1\.20 s$/);
  });

  it('medians of several runs', () => {
    assert.equal(median([]), null);
    assert.equal(median([3]), 3);
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([10, 2, 4, 1]), 3);
    const run = (gap, begun, after) => ({ gap, begun, after });
    assert.equal(
      describeRuns([run(1_000, 500, 500), run(3_000, 700, 2_300), run(2_000, null, null)]),
      'gap 2.00 s (1.00 s to 3.00 s), restart once there is a path 0.60 s (0.50 s to 0.70 s) in 2 of 3, next frame after it 1.40 s (0.50 s to 2.30 s) in 2 of 3',
    );
    assert.match(describeRuns([run(0, null, null)]), /^gap 0\.00 s .*, restart once there is a path -, next frame after it -$/);
  });

  it('sound that is heard has no gap, and a little that is made up is one of its length', () => {
    assert.deepEqual(judgeSound([]), { looks: 0, longest: 0, played: 0, watched: 0 });
    assert.deepEqual(judgeSound(soundOf([])), { looks: 0, longest: 0, played: 0, watched: 0 });
    assert.deepEqual(judgeSound(soundOf(times(50, kHeard))), { looks: 50, longest: 0, played: 5_000, watched: 5_000 });
    assert.equal(judgeSound(soundOf([kHeard, [100, 40], kHeard, [100, 20]])).longest, 40);
  });

  it('sound that is made up is a gap, from the look in which it begins to that in which it ends', () => {
    assert.equal(judgeSound(soundOf([kHeard, ...times(3, kMadeUp), kHeard])).longest, 300);
    assert.equal(judgeSound(soundOf([kHeard, [100, 60], ...times(2, kMadeUp), [100, 30], kHeard])).longest, 290);
    assert.equal(judgeSound(soundOf([...times(3, kMadeUp), kHeard, ...times(4, kMadeUp)])).longest, 400, 'also one that has not ended');
  });

  it('so is sound that is not played at all, however little of a minute it takes', () => {
    const stood = judgeSound(soundOf([...times(297, kHeard), ...times(6, kStandsStill), ...times(297, kHeard)]));
    assert.deepEqual(stood, { looks: 600, longest: 600, played: 59_400, watched: 60_000 });
    assert.equal(judgeSound(soundOf([kHeard, [50, 0], ...times(2, kStandsStill), [40, 20], kHeard])).longest, 330, 'with what was made up around it');
    assert.equal(judgeSound(soundOf([kHeard, ...times(2, kMadeUp), kStandsStill, kHeard])).longest, 300);
    assert.equal(judgeSound(soundOf([kHeard, ...times(3, kStandsStill)])).longest, 300, 'to the end');
  });

  it('a player that is a little slow all the time is no gap', () => {
    const { longest, played } = judgeSound(soundOf(times(100, [80, 0])));
    assert.ok(longest <= 40, `${longest}`);
    assert.equal(played, 8_000);
  });

  it('nobody looked for a while: what was played meanwhile was heard, and the same report again says nothing', () => {
    const read = soundOf(times(20, kHeard));
    assert.equal(judgeSound(read.filter((_, index) => index < 5 || index > 15)).longest, 0);
    const cut = soundOf([kHeard, ...times(4, kStandsStill), kHeard]);
    assert.equal(judgeSound(cut.flatMap((look) => [look, look])).longest, 400);
  });
}
