import assert from 'node:assert/strict';
import { test } from 'node:test';
import { follows, newLines } from './chat_lines.ts';

const line = (text: string) => ({ text });

test('new are the lines after the last one seen, also when the oldest have been forgotten', () => {
  const [a, b, c, d] = [line('a'), line('b'), line('a'), line('d')];
  assert.deepEqual(newLines([], [a, b]), [a, b]);
  assert.deepEqual(newLines([a, b], [a, b]), []);
  assert.deepEqual(newLines([a, b], [b, c, d]), [c, d]);
  assert.deepEqual(newLines([a], [c, d]), [c, d], 'when all that was seen is forgotten, everything is new');
});

test('who has scrolled up to read is left there until they are back at the end', () => {
  const log = (scrollTop: number, scrollHeight = 900) => ({ scrollHeight, scrollTop, clientHeight: 300 });
  assert.equal(follows(true, 600, log(575)), false);
  assert.equal(follows(false, 575, log(400)), false);
  assert.equal(follows(false, 400, log(575)), false, 'down again, and not to the end');
  assert.equal(follows(false, 575, log(576)), true);
  assert.equal(follows(false, 0, { scrollHeight: 300, scrollTop: 0, clientHeight: 300 }), true, 'all is in view');
});

test('lines that come faster than they are scrolled to are followed', () => {
  assert.equal(follows(true, 300, { scrollHeight: 980, scrollTop: 600, clientHeight: 300 }), true);
});
