import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { watchInterruption } from './interruption.ts';

class FakeTrack extends EventTarget {
  muted = false;
  readyState = 'live';

  mute(on: boolean): void {
    this.muted = on;
    this.dispatchEvent(new Event(on ? 'mute' : 'unmute'));
  }
}

const kReal = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };

let track: FakeTrack;
let page: EventTarget & { visibilityState: string };
let timers: Map<number, { at: number; then: () => void }>;
let now: number;
let stuck: number;
let stop: () => void;

beforeEach(() => {
  track = new FakeTrack();
  page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  Object.defineProperty(globalThis, 'document', { value: page, configurable: true });
  timers = new Map();
  now = 0;
  stuck = 0;
  let made = 0;
  const set = (then: () => void, ms: number): number => (timers.set(++made, { at: now + ms, then }), made);
  Object.assign(globalThis, { setTimeout: set, clearTimeout: (id: number) => timers.delete(id) });
  stop = watchInterruption(track as unknown as MediaStreamTrack, () => (stuck += 1));
});

afterEach(() => void Object.assign(globalThis, kReal));

function pass(ms: number): void {
  now += ms;
  for (const [id, { at, then }] of timers) {
    if (at > now) continue;
    timers.delete(id);
    then();
  }
}

const show = (state: string): void => {
  page.visibilityState = state;
  page.dispatchEvent(new Event('visibilitychange'));
};

test('what a phone takes for a moment and gives back is left alone', () => {
  track.mute(true);
  pass(2_900);
  track.mute(false);
  pass(10_000);
  assert.equal(stuck, 0);
});

test('what it does not give back within three seconds is asked for anew, once', () => {
  track.mute(true);
  pass(2_900);
  assert.equal(stuck, 0);
  pass(100);
  assert.equal(stuck, 1);
  track.mute(false);
  track.mute(true);
  show('visible');
  pass(10_000);
  assert.equal(stuck, 1, 'the track that comes in its place is watched by itself');
  assert.equal(timers.size, 0);
});

test('each interruption has its three seconds', () => {
  track.mute(true);
  pass(2_000);
  track.mute(false);
  track.mute(true);
  pass(2_000);
  assert.equal(stuck, 0);
  pass(1_000);
  assert.equal(stuck, 1);
});

test('behind another app nothing is asked for: the three seconds begin when the page is in view', () => {
  show('hidden');
  track.mute(true);
  pass(60_000);
  assert.equal(stuck, 0);
  show('visible');
  pass(2_900);
  assert.equal(stuck, 0);
  show('hidden');
  pass(10_000);
  assert.equal(stuck, 0);
  show('visible');
  pass(3_000);
  assert.equal(stuck, 1);
});

test('a track that has ended meanwhile is not missed, and one that is let go of is not watched', () => {
  track.mute(true);
  track.readyState = 'ended';
  pass(3_000);
  assert.equal(stuck, 0);
  track.readyState = 'live';
  track.mute(true);
  stop();
  pass(10_000);
  track.mute(true);
  show('visible');
  pass(10_000);
  assert.deepEqual([stuck, timers.size], [0, 0]);
});
