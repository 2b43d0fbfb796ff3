import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from './testing/fake_clock.ts';
import { timely } from './timely.ts';

test('what is done, or fails, in time is handed on', async () => {
  const clock = new FakeClock();
  assert.equal(await timely(clock, 10, Promise.resolve(7)), 7);
  await assert.rejects(timely(clock, 10, Promise.reject(new Error('refused'))), /refused/);
  await clock.pass(100);
});

test('what is not is given up', async () => {
  const clock = new FakeClock();
  let end = (_: number): void => {};
  const asked = timely(clock, 10, new Promise<number>((done) => (end = done)));
  const seen = assert.rejects(asked, /10 ms/);
  await clock.pass(10);
  await seen;
  end(7);
});
