import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { en } from '../locales/en.ts';
import { later } from '../locales/en_later.ts';
import { english, speak } from '../locales/index.ts';
import { contactHref, direction, duration, lasted, listed } from './words.ts';

before(() => speak({ ...english, later }));

test('a while is told in its largest unit, and never as less than it is', () => {
  assert.equal(duration(-3), '0 seconds');
  assert.equal(duration(1), '1 second');
  assert.equal(duration(59.2), '1 minute');
  assert.equal(duration(61), '2 minutes');
  assert.equal(duration(3_599), '1 hour');
  assert.equal(duration(48 * 3_600), '48 hours');
  assert.equal(duration(49 * 3_600), '3 days');
});

test('a while that has passed is never told as more than it was', () => {
  assert.equal(lasted(0.9), '0 seconds');
  assert.equal(lasted(59.9), '59 seconds');
  assert.equal(lasted(61), '1 minute');
  assert.equal(lasted(3_599), '59 minutes');
  assert.equal(lasted(7_199), '1 hour');
});

test('a contact that is an address leads there, and other words lead nowhere', () => {
  assert.equal(contactHref(' help@example.org '), 'mailto:help@example.org');
  assert.equal(contactHref('https://example.org/help?a=1'), 'https://example.org/help?a=1');
  assert.equal(contactHref('a?subject=x@example.org'), 'mailto:a%3Fsubject=x@example.org');
  for (const words of ['Ask at the desk', 'javascript:alert(1)', 'https://example.org and more', '@someone', 'me@home']) {
    assert.equal(contactHref(words), null, words);
  }
});

test('an empty field runs as the page does, and one with words as they do', () => {
  assert.equal(direction(''), 'ltr');
  assert.equal(direction('a'), 'auto');
  try {
    speak({ tag: 'ar', dir: 'rtl', sentences: en });
    assert.equal(direction(''), 'rtl');
    assert.equal(listed(['سفر', 'R&B']), 'سفر و\u2068R&B\u2069');
  } finally {
    speak(english);
  }
});
