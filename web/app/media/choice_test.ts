import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choiceOf, needs } from './choice.ts';

test('a choice is what it needs', () => {
  assert.deepEqual(needs('camera'), { video: true, audio: false });
  for (const choice of ['video', 'camera', 'sound', 'none'] as const) assert.equal(choiceOf(needs(choice)), choice);
});
