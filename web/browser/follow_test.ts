import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshView } from '../core/view.ts';
import { followPage } from './follow.ts';

function setUp(kind: 'room' | 'private') {
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: 'hidden' });
  const done: string[] = [];
  const view = freshView();
  const client = {
    view: { ...view, call: { ...view.call, kind } },
    check: () => void done.push('check'),
    act: (type: string) => void done.push(type),
  };
  const connection = new EventTarget();
  return { window, document, connection, done, unfollow: followPage(client, { window, document, connection }) };
}

test('a page that is seen again, or is on a network again or on another, asks for server and partner', () => {
  const { window, document, connection, done, unfollow } = setUp('room');
  document.dispatchEvent(new Event('visibilitychange'));
  assert.deepEqual(done, [], 'a page that hides asks nothing');
  document.visibilityState = 'visible';
  document.dispatchEvent(new Event('visibilitychange'));
  window.dispatchEvent(new Event('online'));
  connection.dispatchEvent(new Event('change'));
  assert.deepEqual(done, ['check', 'check', 'check']);
  unfollow();
  connection.dispatchEvent(new Event('change'));
  for (const name of ['online', 'pagehide']) window.dispatchEvent(new Event(name));
  document.dispatchEvent(new Event('visibilitychange'));
  assert.deepEqual(done, ['check', 'check', 'check']);
});

test('a page that goes away leaves a room, and comes back to a private call', () => {
  for (const [kind, expected] of [['room', ['leave']], ['private', []]] as const) {
    const { window, done } = setUp(kind);
    window.dispatchEvent(new Event('pagehide'));
    assert.deepEqual(done, expected);
  }
});
