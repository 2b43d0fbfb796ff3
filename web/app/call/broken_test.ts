import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenAfter, kLongMs } from './broken.ts';

test('an interruption is said to be mended while the server is there to mend it, and to last when it lasts', () => {
  assert.equal(brokenAfter(0, 'open', 'live', false), 'begin');
  assert.equal(brokenAfter(kLongMs - 1, 'open', 'live', false), 'begin');
  assert.equal(brokenAfter(kLongMs, 'open', 'live', false), 'long');
});

test('without the server nobody mends it, however short it is', () => {
  for (const server of ['lost', 'connecting', 'closed'] as const) {
    assert.equal(brokenAfter(0, server, 'live', false), 'alone');
    assert.equal(brokenAfter(kLongMs, server, 'live', false), 'alone');
  }
});

test('a partner whom the server does not have either does not mend it: the way out is there at once', () => {
  for (const standing of ['half', 'away', 'gone'] as const) {
    assert.equal(brokenAfter(0, 'open', standing, false), 'long');
    assert.equal(brokenAfter(0, 'lost', standing, false), 'alone');
  }
});

test('where the person is asked whether to keep trying, that is what is said', () => {
  for (const server of ['open', 'lost'] as const) assert.equal(brokenAfter(kLongMs, server, 'live', true), 'stuck');
});
