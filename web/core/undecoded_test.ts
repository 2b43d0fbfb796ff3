import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kUndecodedMs, Undecoded } from './undecoded.ts';

/** What is told, by when: one look a second, each with what it saw. */
function told(looks: (string | null)[], undecoded = new Undecoded()): [number, string][] {
  return looks.flatMap((codec, second): [number, string][] => {
    const due = undecoded.handle(1_000 * second, codec);
    return due === null ? [] : [[1_000 * second, due]];
  });
}

test('a codec of which nothing can be decoded is told once, when it has lasted', () => {
  assert.deepEqual(told(Array<string>(20).fill('h264')), [[kUndecodedMs, 'h264']]);
});

test('what is decoded in between takes it back', () => {
  assert.deepEqual(told(['vp8', 'vp8', 'vp8', 'vp8', null, 'vp8', 'vp8', 'vp8', 'vp8', null]), []);
});

test('another codec is told by itself, and has its own time', () => {
  const looks = [...Array<string>(3).fill('h264'), ...Array<string>(6).fill('vp8'), ...Array<string>(5).fill('h264')];
  assert.deepEqual(told(looks), [[3_000 + kUndecodedMs, 'vp8'], [9_000 + kUndecodedMs, 'h264']]);
});

test('it is told again to a partner who knows nothing of it, and not after a path that broke', () => {
  const undecoded = new Undecoded();
  const looks = Array<string>(6).fill('h264');
  assert.equal(told(looks, undecoded).length, 1);
  undecoded.forget();
  assert.equal(told(looks, undecoded).length, 0);
  undecoded.tellAgain();
  assert.deepEqual(told(looks, undecoded), [[kUndecodedMs, 'h264']]);
});
