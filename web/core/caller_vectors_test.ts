import assert from 'node:assert/strict';
import { test } from 'node:test';
import written from '../../src/caller/page_vectors_for_test.h';
import { writeCallerVectors } from './testing/caller_vectors.ts';

test('what the native caller is held to is what this page does; else: node web/caller_vectors.mjs', async () => {
  assert.equal(written, await writeCallerVectors());
});
