import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { en } from './en.ts';
import { later } from './en_later.ts';
import { english, isolate, speak, t, type Sentences } from './index.ts';

beforeEach(() => speak({ ...english, later }));

test('values are filled in, and what is not given stays visible', () => {
  assert.equal(t('card.language', { room: 'தமிழ்' }), 'Language: தமிழ்');
  assert.equal(t('card.language'), 'Language: {room}');
});

test('a value that runs against its sentence is set apart, and no other', () => {
  assert.equal(t('card.language', { room: 'العربية' }), 'Language: \u2068العربية\u2069');
  try {
    speak({ tag: 'ar', dir: 'rtl', sentences: en, later: { ...later, 'card.language': 'اللغة: {room}.' } });
    assert.equal(t('card.language', { room: 'Español (México)' }), 'اللغة: \u2068Español (México)\u2069.');
    assert.equal(t('card.language', { room: 'العربية' }), 'اللغة: العربية.');
    assert.equal(t('card.language', { room: '3:05' }), 'اللغة: 3:05.');
    assert.equal(isolate('தமிழ்'), '\u2068தமிழ்\u2069');
  } finally {
    speak(english);
  }
});

test('a sentence that counts takes the form of its number', () => {
  assert.equal(t('waiting.ahead', { n: 1 }), '1 person is waiting longer than you.');
  assert.equal(t('waiting.ahead', { n: 0 }), '0 people are waiting longer than you.');
  assert.equal(t('waiting.ahead', { n: 1_234 }), '1,234 people are waiting longer than you.');
});

test('a language chooses by its own rules, writes its own digits, and falls back to its general form', () => {
  const sentences: Sentences = { ...en, 'home.waiting': { zero: 'none {n}', two: 'both {n}', few: 'few {n}', other: 'many {n}' } };
  try {
    speak({ tag: 'ar-EG', dir: 'rtl', sentences });
    assert.equal(t('home.waiting', { n: 2 }), 'both ٢');
    assert.equal(t('home.waiting', { n: 5 }), 'few ٥');
    assert.equal(t('home.waiting', { n: 100 }), 'many ١٠٠');
    assert.equal(t('home.waiting', { n: 1 }), 'many ١');
  } finally {
    speak(english);
  }
});
