import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unmetSentence } from './unmet.ts';

test('a meeting in a room that came to nothing is told the same whoever did not want it', () => {
  const room = { kind: 'room', someoneTried: false } as const;
  assert.equal(unmetSentence(null, room), null);
  assert.equal(unmetSentence('card', room), 'waiting.unmet');
  assert.equal(unmetSentence('accepting', room), 'waiting.unmet');
});

test('in a private call only who was seen is told to have gone', () => {
  const call = { kind: 'private', someoneTried: false } as const;
  assert.equal(unmetSentence('accepting', call), null);
  assert.equal(unmetSentence('connecting', call), 'waiting.reloaded');
  assert.equal(unmetSentence('connected', call), 'waiting.reloaded');
  assert.equal(unmetSentence('connecting', { ...call, someoneTried: true }), null, 'somebody without the key, which is said');
});
