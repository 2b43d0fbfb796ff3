import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenAfter, kLongMs } from './broken.ts';

test('an interruption is said to be mended while the server is there to mend it, and to last when it lasts', () => {
  assert.equal(brokenAfter(0, 'open', 'live'), 'begin');
  assert.equal(brokenAfter(kLongMs - 1, 'open', 'live'), 'begin');
  assert.equal(brokenAfter(kLongMs, 'open', 'live'), 'long');
});

test('without the server nobody mends it, however short it is', () => {
  for (const server of ['lost', 'connecting', 'closed'] as const) {
    assert.equal(brokenAfter(0, server, 'live'), 'alone');
    assert.equal(brokenAfter(kLongMs, server, 'live'), 'alone');
  }
});

test('a partner whom the server does not have either does not mend it: the way out is there at once', () => {
  for (const standing of ['half', 'away', 'gone'] as const) {
    assert.equal(brokenAfter(0, 'open', standing), 'long');
    assert.equal(brokenAfter(0, 'lost', standing), 'alone');
  }
});
