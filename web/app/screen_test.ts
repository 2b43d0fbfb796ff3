import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHeldUp, isLate, screenOf } from './screen.ts';

test('the screen follows the call, and where there is none the place', () => {
  for (const place of ['home', 'private', 'ready'] as const) assert.equal(screenOf({ phase: 'idle', kind: null }, place), place);
  assert.equal(screenOf({ phase: 'seeking', kind: 'room' }, 'ready'), 'waiting');
  for (const phase of ['card', 'accepting', 'connecting', 'connected', 'ended'] as const) assert.equal(screenOf({ phase, kind: 'room' }, 'ready'), phase);
});

test('who joins a private call is nobody yet: what lies over the search stays', () => {
  assert.equal(screenOf({ phase: 'accepting', kind: 'private' }, 'ready'), 'waiting');
  assert.equal(screenOf({ phase: 'connecting', kind: 'private' }, 'ready'), 'connecting');
});

test('a report on somebody stays when they go, and not when somebody else comes', () => {
  for (const screen of ['connected', 'ended', 'waiting'] as const) assert.equal(isLate('report', screen, 'room'), false, screen);
  for (const screen of ['card', 'connecting'] as const) assert.equal(isLate('report', screen, 'room'), true, screen);
});

test('a report on a private partner stays when they load their page again', () => {
  for (const screen of ['connected', 'waiting', 'connecting'] as const) assert.equal(isLate('report', screen, 'private'), false, screen);
});

test('a question about a private call stays while the other loads their page again', () => {
  for (const screen of ['connected', 'waiting', 'connecting'] as const) assert.equal(isLate('leave', screen, 'private'), false, screen);
  for (const screen of ['ended', 'home'] as const) assert.equal(isLate('leave', screen, 'private'), true, screen);
});

test('a question about a call goes with it, and everything else when somebody is found', () => {
  assert.deepEqual([isLate('leave', 'connected', 'room'), isLate('leave', 'ended', 'room')], [false, true]);
  for (const kind of ['settings', 'kept', 'rules', 'report_last'] as const) {
    assert.deepEqual([isLate(kind, 'waiting', 'room'), isLate(kind, 'card', 'room'), isLate(kind, 'connected', 'room')], [false, true, true], kind);
  }
});

test('a refusal for haste stops a search that the server has not heard, and no other', () => {
  assert.equal(isHeldUp({ phase: 'seeking', ahead: null }), true);
  assert.equal(isHeldUp({ phase: 'seeking', ahead: 0 }), false);
  assert.equal(isHeldUp({ phase: 'accepting', ahead: 2 }), true, 'the yes to who joins a private call may be what was refused');
});
