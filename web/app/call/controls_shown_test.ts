import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlsShown, kHideAfterMs } from './controls_shown.ts';

test('they are there at first, hide after a while, and come back at a sign', () => {
  const controls = new ControlsShown(1_000);
  assert.equal(controls.shown(1_000), true);
  assert.equal(controls.pollTimeout(1_000), 1_000 + kHideAfterMs);
  assert.equal(controls.shown(1_000 + kHideAfterMs - 1), true);
  assert.equal(controls.shown(1_000 + kHideAfterMs), false);
  assert.equal(controls.pollTimeout(1_000 + kHideAfterMs), null);
  controls.handleSign(9_000);
  assert.equal(controls.shown(9_000), true);
  assert.equal(controls.pollTimeout(9_000), 9_000 + kHideAfterMs);
});

test('nothing hides them while something holds them, and the last to let go leaves them the usual while', () => {
  const controls = new ControlsShown(0);
  controls.handleHold('focus', true, 0);
  controls.handleHold('open', true, 10);
  assert.equal(controls.shown(1e9), true);
  assert.equal(controls.pollTimeout(1e9), null);
  controls.handleHold('open', false, 2e9);
  assert.equal(controls.shown(3e9), true);
  controls.handleHold('focus', false, 4e9);
  assert.equal(controls.shown(4e9 + kHideAfterMs - 1), true);
  assert.equal(controls.shown(4e9 + kHideAfterMs), false);
});

test('saying again what is so does not keep them longer', () => {
  const controls = new ControlsShown(0);
  controls.handleHold('hover', false, kHideAfterMs - 1);
  assert.equal(controls.shown(kHideAfterMs), false);
});

test('a tap shows them, and the next one hides them unless something holds them', () => {
  const controls = new ControlsShown(0);
  const late = kHideAfterMs * 2;
  controls.handleTap(late);
  assert.equal(controls.shown(late), true);
  controls.handleTap(late + 100);
  assert.equal(controls.shown(late + 100), false);
  controls.handleTap(late + 200);
  controls.handleHold('shaky', true, late + 250);
  controls.handleTap(late + 300);
  assert.equal(controls.shown(late + 300), true);
});
