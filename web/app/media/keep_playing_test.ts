import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { keepPlaying, kTruceMs, play } from './keep_playing.ts';

class FakePlayer extends EventTarget {
  paused = false;
  plays = 0;
  refusal: Error | null = null;
  srcObject: MediaProvider | null = { active: true } as MediaStream;

  play(): Promise<void> {
    this.plays += 1;
    if (this.refusal) return Promise.reject(this.refusal);
    this.paused = false;
    return Promise.resolve();
  }

  pause(): void {
    this.paused = true;
    this.dispatchEvent(new Event('pause'));
  }
}

let player: FakePlayer;
let page: EventTarget & { visibilityState: string };
let blocked: boolean[];
let now: number;
let stop: () => void;

beforeEach(() => {
  player = new FakePlayer();
  page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  Object.defineProperty(globalThis, 'document', { value: page, configurable: true });
  blocked = [];
  now = 0;
  mock.method(performance, 'now', () => now);
  stop = keepPlaying(player, (on) => void blocked.push(on));
});

const show = (state: string): void => {
  page.visibilityState = state;
  page.dispatchEvent(new Event('visibilitychange'));
};

test('what a phone pauses goes on, as often as it happens', () => {
  for (const at of [0, 5_000, 10_000]) {
    now = at;
    player.pause();
    assert.equal(player.paused, false);
  }
  assert.equal(player.plays, 3);
});

test('what is paused out of view goes on when the page is seen again', () => {
  show('hidden');
  player.pause();
  assert.equal(player.plays, 0, 'another app has the sound');
  show('visible');
  assert.equal(player.paused, false);
  show('visible');
  assert.equal(player.plays, 1, 'what plays is left alone');
});

test('who pauses it at once again is not fought: the person is offered a button', () => {
  player.pause();
  now = kTruceMs - 1;
  player.pause();
  assert.equal(player.plays, 1);
  assert.equal(blocked.at(-1), true);
  now = kTruceMs;
  player.pause();
  assert.equal(player.plays, 2, 'later it is another pause');
});

test('a browser that wants a click first is told of', async () => {
  player.refusal = new DOMException('', 'NotAllowedError');
  player.pause();
  await Promise.resolve().then(() => {});
  assert.deepEqual(blocked, [true]);
});

test('what plays after all, whoever made it, wants no click any more', () => {
  player.pause();
  player.pause();
  assert.equal(blocked.at(-1), true);
  player.paused = false;
  player.dispatchEvent(new Event('playing'));
  assert.equal(blocked.at(-1), false);
  stop();
  const { length } = blocked;
  player.dispatchEvent(new Event('playing'));
  assert.equal(blocked.length, length);
});

test('a stream that has ended, or none, is not played', () => {
  player.srcObject = { active: false } as MediaStream;
  player.pause();
  player.srcObject = null;
  player.pause();
  assert.equal(player.plays, 0);
});

test('an element that has left the page is left alone', () => {
  stop();
  player.pause();
  show('visible');
  assert.equal(player.plays, 0);
});

test('what plays needs no click, though the browser never says that it has begun', () => {
  player.play = () => {
    player.paused = false;
    return new Promise(() => {});
  };
  player.paused = true;
  play(player, (on) => void blocked.push(on));
  assert.deepEqual(blocked, [false]);
});
