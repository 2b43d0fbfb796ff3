import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshView } from '../core/view.ts';
import { followPage, kAsleepMs, kLookMs, type Network } from './follow.ts';

function setUp(kind: 'room' | 'private', network?: Network) {
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: 'hidden' });
  const done: string[] = [];
  const view = freshView();
  const client = {
    view: { ...view, call: { ...view.call, kind } },
    check: (sign?: string) => void done.push(`check ${sign}`),
    act: (type: string) => void done.push(type),
  };
  const time = { now: 0, look: (): void => {} };
  const every = (ms: number, run: () => void): (() => void) => {
    assert.equal(ms, kLookMs);
    time.look = run;
    return () => (time.look = () => {});
  };
  const unfollow = followPage(client, { window, document, network, now: () => time.now, every });
  const show = (state: 'visible' | 'hidden'): void => {
    document.visibilityState = state;
    document.dispatchEvent(new Event('visibilitychange'));
  };
  /** The page's timer runs after that time. */
  const lookAfter = (ms: number): void => {
    time.now += ms;
    time.look();
  };
  return { window, document, done, unfollow, show, lookAfter };
}

test('a page that is seen again, or is on a network again, asks for the server', () => {
  const { window, document, done, unfollow, show, lookAfter } = setUp('room');
  show('hidden');
  assert.deepEqual(done, [], 'a page that hides asks nothing');
  show('visible');
  window.dispatchEvent(new Event('online'));
  document.dispatchEvent(new Event('resume'));
  assert.deepEqual(done.splice(0), ['check seen', 'check online', 'check woken']);
  unfollow();
  for (const name of ['online', 'pagehide']) window.dispatchEvent(new Event(name));
  for (const name of ['visibilitychange', 'resume']) document.dispatchEvent(new Event(name));
  lookAfter(kAsleepMs * 2);
  assert.deepEqual(done, []);
});

test('a clock that ran on in view was a device that slept', () => {
  const { done, show, lookAfter } = setUp('room');
  show('visible');
  done.length = 0;
  lookAfter(kLookMs);
  lookAfter(kAsleepMs - 1);
  assert.deepEqual(done, []);
  lookAfter(kAsleepMs);
  assert.deepEqual(done.splice(0), ['check woken']);
  lookAfter(kLookMs);
  assert.deepEqual(done, [], 'once');
});

test('out of view timers run seldom, and nothing is read into that', () => {
  const { done, show, lookAfter } = setUp('room');
  show('hidden');
  lookAfter(60_000);
  lookAfter(60_000);
  show('visible');
  lookAfter(kLookMs);
  assert.deepEqual(done, ['check seen']);
});

test('a page that the browser had put away asks for the server; one that is shown for the first time does not', () => {
  const { window, done } = setUp('private');
  for (const persisted of [false, true]) window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted }));
  assert.deepEqual(done, ['check woken']);
});

test('another kind of network is a sign, and an estimate of its speed is none', () => {
  const told = Object.assign(new EventTarget(), { type: 'wifi' });
  const phone = setUp('room', told);
  told.dispatchEvent(new Event('change'));
  assert.deepEqual(phone.done, [], 'an estimate of its speed');
  for (const type of ['cellular', 'wifi', 'wifi']) {
    told.type = type;
    told.dispatchEvent(new Event('change'));
  }
  phone.unfollow();
  told.type = 'ethernet';
  told.dispatchEvent(new Event('change'));
  assert.deepEqual(phone.done.splice(0), ['check network', 'check network']);
  const untold = new EventTarget() as Network;
  const desk = setUp('room', untold);
  untold.dispatchEvent(new Event('change'));
  assert.deepEqual(desk.done, [], 'on a desk nothing but estimates is told');
});

test('a page that goes away leaves a room, and comes back to a private call', () => {
  for (const [kind, expected] of [['room', ['leave']], ['private', []]] as const) {
    const { window, done } = setUp(kind);
    window.dispatchEvent(new Event('pagehide'));
    assert.deepEqual(done, expected);
  }
});
