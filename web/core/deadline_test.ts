import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deadline } from './deadline.ts';
import { FakeClock } from './testing/fake_clock.ts';

test('what is planned is done once, at the newest moment, or not at all', async () => {
  const clock = new FakeClock();
  const done: number[] = [];
  const deadline = new Deadline(clock, () => done.push(clock.now()));
  const start = clock.now();
  deadline.plan(start + 100);
  deadline.plan(start + 300);
  await clock.pass(1_000);
  assert.deepEqual(done, [start + 300]);
  deadline.plan(clock.now() + 100);
  deadline.plan(null);
  await clock.pass(1_000);
  assert.equal(done.length, 1);
});

test('what is due already is done at once, or as much later as is said', async () => {
  const clock = new FakeClock();
  const done: number[] = [];
  const deadline = new Deadline(clock, () => done.push(clock.now()));
  await clock.pass(1_000);
  const now = clock.now();
  deadline.plan(now - 500);
  await clock.pass(10);
  deadline.plan(now, 200);
  await clock.pass(500);
  assert.deepEqual(done, [now, now + 10 + 200]);
});
