import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kConnectMs } from '../../core/call.ts';
import { patienceAfter } from './patience.ts';

test('the words change while a call is being set up, and the last come before it is given up', () => {
  const said = [];
  for (let ms = 0; ms < kConnectMs; ms += 500) if (said.at(-1) !== patienceAfter(ms)) said.push(patienceAfter(ms));
  assert.deepEqual(said, ['begin', 'looking', 'long', 'very_long']);
});
