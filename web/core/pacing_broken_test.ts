// What goes out and is asked for where something is broken: a path, or what is to decode the pictures.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kMendedMs } from './pacing.ts';
import { settle } from './testing/fake_clock.ts';
import { begun } from './testing/pacing_bench.ts';

test('a partner whose pictures arrive and cannot be decoded is asked for another codec, once', async () => {
  const bench = await begun();
  await bench.pass(20);
  assert.deepEqual(bench.said, []);
  bench.decodes = false;
  await bench.pass(3);
  assert.deepEqual(bench.said, [], 'a key frame may have been lost');
  await bench.pass(20);
  assert.deepEqual(bench.said, [{ kind: 'undecoded', codec: 'h264' }]);
  bench.codec = 'video/VP8';
  await bench.pass(10);
  assert.deepEqual(bench.said.slice(1), [{ kind: 'undecoded', codec: 'vp8' }]);
});

test('of a broken path nothing is decoded, and nobody is asked for another codec for that', async () => {
  const bench = await begun();
  await bench.pass(5);
  bench.decodes = false;
  await bench.pass(3);
  bench.down = true;
  bench.pacing.handleBroken(true);
  await bench.pass(20);
  bench.down = false;
  bench.pacing.handleBroken(false);
  await bench.pass(3);
  bench.decodes = true;
  await bench.pass(10);
  assert.deepEqual(bench.said, []);
});

test('no picture goes into a broken way, and it is sent again, as before, once something comes through', async () => {
  const bench = await begun();
  await bench.pass(5);
  const before = { ...bench.picture };
  assert.equal(before['active'], true);
  bench.down = true;
  bench.pacing.handleBroken(true);
  await settle();
  assert.equal(bench.picture['active'], false);
  await bench.pass(10);
  assert.equal(bench.picture['active'], false, 'whatever is looked at meanwhile');
  bench.down = false;
  bench.pacing.handleBroken(false);
  await settle();
  assert.deepEqual(bench.picture, before, 'at once, and not at the next look');
  assert.deepEqual([bench.paces.length, bench.said], [1, []], 'nobody is told of a step: there was none');
});

test('where packets go another way just after it was mended the picture begins anew, and not where they do so later', async () => {
  const bench = await begun();
  await bench.pass(5);
  const sent: unknown[] = [];
  const { setParameters } = bench.senders.video;
  bench.senders.video.setParameters = (parameters) => {
    sent.push(parameters.encodings[0]!.active);
    return setParameters.call(bench.senders.video, parameters);
  };
  bench.pacing.handleSwitch();
  await settle();
  assert.deepEqual(sent, [], 'nothing was broken');
  bench.pacing.handleBroken(true);
  await settle();
  bench.pacing.handleSwitch();
  await settle();
  assert.deepEqual(sent, [false], 'it is still');
  bench.pacing.handleBroken(false);
  await settle();
  await bench.clock.pass(kMendedMs - 1);
  bench.pacing.handleSwitch();
  await settle();
  assert.deepEqual(sent, [false, true, false, true]);
  await bench.clock.pass(1);
  bench.pacing.handleSwitch();
  await settle();
  assert.deepEqual(sent, [false, true, false, true]);
});
