import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listen } from './listen.ts';

test('a browser that refuses to listen is deaf, and nothing of it is left open', () => {
  let closed = 0;
  class Refusing {
    createAnalyser = () => ({});
    createMediaStreamSource = () => {
      throw new DOMException('different sample rates', 'NotSupportedError');
    };
    close = () => Promise.resolve(void (closed += 1));
  }
  Object.assign(globalThis, { AudioContext: Refusing, MediaStream: class {} });
  const heard: (number | null)[] = [];
  const stop = listen({} as MediaStreamTrack, (level) => void heard.push(level));
  stop();
  assert.deepEqual(heard, [null]);
  assert.equal(closed, 1);
});
