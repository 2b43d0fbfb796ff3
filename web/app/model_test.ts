import assert from 'node:assert/strict';
import { test } from 'node:test';
import { screenOf } from './model.ts';

test('the screen follows the call, and where there is none the place', () => {
  for (const place of ['home', 'private', 'ready'] as const) assert.equal(screenOf({ phase: 'idle', kind: null }, place), place);
  assert.equal(screenOf({ phase: 'seeking', kind: 'room' }, 'ready'), 'waiting');
  for (const phase of ['card', 'accepting', 'connecting', 'connected', 'ended'] as const) assert.equal(screenOf({ phase, kind: 'room' }, 'ready'), phase);
});

test('who joins a private call is nobody yet: what lies over the search stays', () => {
  assert.equal(screenOf({ phase: 'accepting', kind: 'private' }, 'ready'), 'waiting');
  assert.equal(screenOf({ phase: 'connecting', kind: 'private' }, 'ready'), 'connecting');
});
