import assert from 'node:assert/strict';
import { test } from 'node:test';
import { en } from '../../../locales/en.ts';
import { english, speak } from '../../../locales/index.ts';
import { sizeOf, timeOf } from './measures.ts';

test('times and amounts take the unit that fits them, and the digits of the language', () => {
  assert.deepEqual([0, 999, 1_000, 61_250].map(timeOf), ['0 ms', '999 ms', '1 sec', '61.3 sec']);
  assert.deepEqual([0, 999, 1_000, 999_999, 1_000_000, 2_500_000_000].map(sizeOf), ['0 bytes', '999 bytes', '1 kB', '1,000 kB', '1 MB', '2.5 GB']);
  try {
    speak({ tag: 'ar-EG', dir: 'rtl', sentences: en });
    assert.match(timeOf(250), /^٢٥٠/);
  } finally {
    speak(english);
  }
});
