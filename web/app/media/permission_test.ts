import assert from 'node:assert/strict';
import { test } from 'node:test';
import { together } from './permission.ts';

test('a page that wants two things may have them when it may have both', () => {
  assert.equal(together(['granted', 'granted']), 'granted');
  assert.equal(together(['granted', 'prompt']), 'prompt');
  assert.equal(together(['prompt', 'denied']), 'denied');
  assert.equal(together(['granted', 'unknown']), 'unknown');
  assert.equal(together([]), 'granted', 'nothing wanted is nothing to ask for');
});
