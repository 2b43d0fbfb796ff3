import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepAwake, type Lock } from './wake_lock.ts';

class FakeLock extends EventTarget implements Lock {
  released = false;

  async release(): Promise<void> {
    if (this.released) return;
    this.released = true;
    this.dispatchEvent(new Event('release'));
  }
}

function setUp() {
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const locks: FakeLock[] = [];
  const questions: { allow(): Promise<FakeLock>; refuse(): Promise<void> }[] = [];
  const wakeLock = {
    request: (type: string): Promise<Lock> =>
      new Promise((resolve, reject) => {
        assert.equal(type, 'screen');
        const lock = new FakeLock();
        questions.push({
          allow: async () => (locks.push(lock), resolve(lock), await settled(), lock),
          refuse: async () => (reject(new Error('NotAllowedError')), await settled()),
        });
      }),
  };
  /** As a browser does: what is out of view holds nothing. */
  const show = (state: 'visible' | 'hidden'): void => {
    document.visibilityState = state;
    if (state === 'hidden') for (const lock of locks) void lock.release();
    document.dispatchEvent(new Event('visibilitychange'));
  };
  const question = () => {
    const asked = questions.shift();
    assert.ok(asked, 'the browser is asked');
    return asked;
  };
  return { document, wakeLock, locks, questions, question, show };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('the screen stays on until the end, and again after each return into view', async () => {
  const { document, wakeLock, locks, questions, question, show } = setUp();
  const stop = keepAwake({ document, wakeLock });
  await question().allow();
  show('visible');
  assert.equal(questions.length, 0, 'it is held');
  for (let turn = 0; turn < 2; turn++) {
    show('hidden');
    assert.equal(questions.length, 0, 'out of view it would be refused');
    show('visible');
    await question().allow();
  }
  assert.deepEqual(locks.map(({ released }) => released), [true, true, false]);
  stop();
  await settled();
  assert.equal(locks.at(-1)!.released, true);
  show('visible');
  assert.equal(questions.length, 0);
});

test('it is asked for once at a time', async () => {
  const { document, wakeLock, questions, question, show } = setUp();
  keepAwake({ document, wakeLock });
  for (let turn = 0; turn < 3; turn++) show('visible');
  assert.equal(questions.length, 1);
  await question().allow();
  assert.equal(questions.length, 0);
});

test('a page that left and came back while it was asked for, and was refused for having left, asks again, once', async () => {
  const { document, wakeLock, questions, question, show } = setUp();
  keepAwake({ document, wakeLock });
  const first = question();
  show('hidden');
  show('visible');
  assert.equal(questions.length, 0, 'not while it is asked for');
  await first.refuse();
  await question().refuse();
  assert.equal(questions.length, 0, 'a device that refuses in view');
});

test('what is given after the end is given back', async () => {
  const { document, wakeLock, question } = setUp();
  keepAwake({ document, wakeLock })();
  const late = await question().allow();
  await settled();
  assert.equal(late.released, true);
});

test('a device that refuses, or takes it back to save power, is asked again at the next return', async () => {
  const { document, wakeLock, questions, question, show } = setUp();
  keepAwake({ document, wakeLock });
  await question().refuse();
  assert.equal(questions.length, 0, 'not again and again');
  show('hidden');
  show('visible');
  const lock = await question().allow();
  await lock.release();
  assert.equal(questions.length, 0);
  show('hidden');
  show('visible');
  assert.equal(questions.length, 1);
});

test('a page that opens out of view asks when it is seen, and a browser without it is left in peace', () => {
  const { document, wakeLock, questions, show } = setUp();
  document.visibilityState = 'hidden';
  keepAwake({ document, wakeLock });
  assert.equal(questions.length, 0);
  show('visible');
  assert.equal(questions.length, 1);
  const stop = keepAwake({ document, wakeLock: undefined });
  show('visible');
  stop();
});
