import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Steps } from './steps.ts';

function setUp(): { steps: Steps; done: string[]; failed: unknown[]; end: () => void; wait: () => Promise<void>; go: () => void } {
  const [done, failed]: [string[], unknown[]] = [[], []];
  let over = false;
  let go = (): void => {};
  const wait = (): Promise<void> => new Promise((resolve) => (go = resolve));
  const steps = new Steps({ isOver: () => over, failed: (error) => failed.push(error) });
  return { steps, done, failed, end: () => (over = true), wait, go: () => go() };
}

test('one step begins when the one before it has ended, be it in failure', async () => {
  const { steps, done, failed, wait, go } = setUp();
  const first = steps.run(async () => {
    done.push('first begun');
    await wait();
    throw new Error('not this one');
  });
  const second = steps.runNow(async () => void done.push('second'));
  await Promise.resolve();
  assert.deepEqual(done, ['first begun']);
  go();
  await Promise.all([first, second]);
  assert.deepEqual([done, failed.length], [['first begun', 'second'], 1]);
});

test('where nothing is under way a step may begin before anything else, and the others wait for it', async () => {
  const { steps, done, wait, go } = setUp();
  void steps.runNow(async () => {
    done.push('now');
    await wait();
    done.push('ended');
  });
  assert.deepEqual(done, ['now']);
  const later = steps.run(async () => void done.push('later'));
  go();
  await later;
  assert.deepEqual(done, ['now', 'ended', 'later']);
  const again = steps.runNow(async () => void done.push('again'));
  assert.equal(done.at(-1), 'again');
  await again;
});

test('once it is over nothing is begun', async () => {
  const { steps, done, end } = setUp();
  const waits = steps.run(async () => void done.push('late'));
  end();
  await waits;
  await steps.runNow(async () => void done.push('later'));
  assert.deepEqual(done, []);
});
