import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenAfter, kLongMs } from './broken.ts';

test('an interruption is said to be mended while the server is there to mend it, and to last when it lasts', () => {
  assert.equal(brokenAfter(0, 'open'), 'begin');
  assert.equal(brokenAfter(kLongMs - 1, 'open'), 'begin');
  assert.equal(brokenAfter(kLongMs, 'open'), 'long');
});

test('without the server nobody mends it, however short it is', () => {
  for (const server of ['lost', 'connecting', 'closed'] as const) {
    assert.equal(brokenAfter(0, server), 'alone');
    assert.equal(brokenAfter(kLongMs, server), 'alone');
  }
});
