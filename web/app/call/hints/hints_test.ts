import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hints, kAgainMs, kHints, kPassingMs, kReadMs, type Hint } from './hints.ts';

const found = (...hints: Hint[]): ReadonlySet<Hint> => new Set(hints);

test('nothing is said where nothing is wrong', () => {
  assert.equal(new Hints().handle(0, found()), null);
});

test('one at a time, the gravest', () => {
  const hints = new Hints();
  assert.equal(hints.handle(0, new Set(kHints)), 'deaf');
  assert.equal(hints.handle(kReadMs, found('talking', 'slow')), 'talking');
});

test('what is shown can be read to its end, even when it is over, or something graver comes', () => {
  const hints = new Hints();
  assert.equal(hints.handle(0, found('black')), 'black');
  assert.equal(hints.handle(kReadMs - 1, found('deaf')), 'black');
  assert.equal(hints.handle(kReadMs, found('deaf')), 'deaf');
  assert.equal(hints.handle(2 * kReadMs, found()), null);
});

test('what can be mended stays as long as it is wrong', () => {
  const hints = new Hints();
  for (let now = 0; now < 10 * kPassingMs; now += 1_000) assert.equal(hints.handle(now, found('talking')), 'talking');
});

test('what nobody can do much about is said for a while, and not again for a while', () => {
  const hints = new Hints();
  assert.equal(hints.handle(0, found('slow')), 'slow');
  assert.equal(hints.handle(kPassingMs - 1, found('slow')), 'slow');
  assert.equal(hints.handle(kPassingMs, found('slow')), null);
  assert.equal(hints.handle(kPassingMs + kAgainMs - 1, found('slow')), null);
  assert.equal(hints.handle(kPassingMs + kAgainMs, found('slow')), 'slow');
});

test('what was closed is not said again for a while, and what else is wrong is', () => {
  const hints = new Hints();
  hints.handle(0, found('black', 'echo'));
  hints.close(1_000);
  assert.equal(hints.handle(1_000, found('black', 'echo')), 'echo');
  assert.equal(hints.handle(1_000 + kReadMs, found('black')), null);
  assert.equal(hints.handle(1_000 + kAgainMs, found('black')), 'black');
  new Hints().close(0);
});
