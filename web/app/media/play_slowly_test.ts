import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { playSlowly } from './play_slowly.ts';

class FakePlayer extends EventTarget {
  paused = false;
  srcObject = null;
  plays = 0;
  waiting = new Map<number, () => void>();
  private last = 0;

  play(): Promise<void> {
    this.plays += 1;
    this.paused = false;
    return Promise.resolve();
  }

  pause(): void {
    this.paused = true;
  }

  requestVideoFrameCallback(shown: () => void): number {
    this.waiting.set(++this.last, shown);
    return this.last;
  }

  cancelVideoFrameCallback(handle: number): void {
    this.waiting.delete(handle);
  }

  showPicture(): void {
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const shown of waiting) shown();
  }
}

let player: FakePlayer;

beforeEach(() => {
  mock.timers.enable();
  player = new FakePlayer();
});

afterEach(() => mock.timers.reset());

test('a picture that is to move once a second stands still in between', () => {
  playSlowly(player, 1);
  assert.equal(player.paused, true);
  for (const plays of [1, 2, 3]) {
    mock.timers.tick(999);
    assert.equal(player.paused, true);
    mock.timers.tick(1);
    assert.deepEqual([player.paused, player.plays], [false, plays]);
    player.showPicture();
    assert.equal(player.paused, true);
  }
});

test('where no picture comes one is waited for, and not several', () => {
  playSlowly(player, 1);
  mock.timers.tick(5_000);
  assert.deepEqual([player.plays, player.waiting.size], [1, 1]);
  player.showPicture();
  assert.equal(player.paused, true);
});

test('it plays when it is to show all again, whatever it waited for', () => {
  const stop = playSlowly(player, 1);
  mock.timers.tick(1_000);
  stop();
  assert.deepEqual([player.paused, player.waiting.size], [false, 0]);
  mock.timers.tick(5_000);
  player.showPicture();
  assert.equal(player.paused, false);
});

test('a browser that does not tell when it has shown a picture plays on', () => {
  const plain = { paused: false, srcObject: null, play: () => Promise.resolve(), pause: () => assert.fail('it is paused for good'), addEventListener() {}, removeEventListener() {} };
  playSlowly(plain, 1);
  mock.timers.tick(5_000);
  assert.equal(plain.paused, false);
});
