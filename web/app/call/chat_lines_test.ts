import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newLines } from './chat_lines.ts';

const line = (text: string) => ({ text });

test('new are the lines after the last one seen, also when the oldest have been forgotten', () => {
  const [a, b, c, d] = [line('a'), line('b'), line('a'), line('d')];
  assert.deepEqual(newLines([], [a, b]), [a, b]);
  assert.deepEqual(newLines([a, b], [a, b]), []);
  assert.deepEqual(newLines([a, b], [b, c, d]), [c, d]);
  assert.deepEqual(newLines([a], [c, d]), [c, d], 'when all that was seen is forgotten, everything is new');
});
