import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unmetAfterStep, unmetWord } from './unmet.ts';

test('a meeting in a room that came to nothing is told the same whatever it came to', () => {
  for (const from of ['card', 'accepting'] as const) {
    for (const cause of ['not_met', 'reload'] as const) assert.equal(unmetWord(null, 'room', { from, cause }), 'unmet');
  }
  for (const to of ['card', 'accepting', 'seeking', 'ended', 'idle'] as const) assert.equal(unmetAfterStep('unmet', 'room', to), null, to);
});

test('in a private call only who was seen is told to have gone', () => {
  for (const from of ['connecting', 'connected'] as const) assert.equal(unmetWord(null, 'private', { from, cause: 'reload' }), 'reloaded');
  assert.equal(unmetWord(null, 'private', { from: 'accepting', cause: 'reload' }), null);
  for (const from of ['accepting', 'connecting'] as const) assert.equal(unmetWord(null, 'private', { from, cause: 'key' }), null, 'which is said');
});

test('who is on the way back to a private call still is when an attempt to join comes to nothing', () => {
  const said = unmetAfterStep('reloaded', 'private', 'accepting');
  assert.equal(said, 'reloaded');
  for (const cause of ['not_met', 'reload', 'key'] as const) assert.equal(unmetWord(said, 'private', { from: 'accepting', cause }), said, cause);
  assert.equal(unmetAfterStep(said, 'private', 'seeking'), said);
  for (const to of ['connecting', 'ended', 'idle'] as const) assert.equal(unmetAfterStep(said, 'private', to), null, to);
});
