import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathOf, spotOf, stepTo, type Spot } from './places.ts';

const spot = (at: Spot['at'], room: string | null = null): Spot => ({ at, room });
const home = spot('home');
const ready = spot('ready', 'ta');
const meeting = spot('meeting', 'ta');

test('a new place goes on top', () => {
  assert.deepEqual(stepTo([home], ready), { put: 'push', stack: [home, ready] });
});

test('a place that is shown already needs nothing', () => {
  assert.equal(stepTo([home, ready], spot('ready', 'ta')), null);
});

test('a place below is gone back to, over everything above it', () => {
  assert.deepEqual(stepTo([home, ready, meeting], home), { go: -2 });
  assert.deepEqual(stepTo([home, ready, meeting, spot('how')], meeting), { go: -1 });
});

test('another room takes the place of the one before', () => {
  const other = spot('meeting', 'hi');
  assert.deepEqual(stepTo([home, ready, meeting], other), { put: 'replace', stack: [home, ready, other] });
});

test('only a private call and the pages have an address of their own', () => {
  for (const there of [home, ready, meeting, spot('private')]) assert.equal(pathOf(there), '/');
  for (const there of [spot('ready'), spot('meeting')]) assert.equal(pathOf(there), '/p');
  for (const path of ['/how', '/trouble', '/p', '/']) assert.equal(pathOf(spotOf(path)), path);
  assert.deepEqual(spotOf('/somewhere'), home);
});
