import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionOf, type Stroke } from './shortcuts.ts';

const free = { on: true, writing: false };
const stroke = (key: string, more: Partial<Stroke> = {}): Stroke => ({
  key,
  code: `Key${key.toUpperCase()}`,
  repeat: false,
  isComposing: false,
  keyCode: 0,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  ...more,
});

test('each key does its one thing', () => {
  assert.deepEqual(['m', 'V', 'c', 'f', 'x'].map((key) => actionOf(stroke(key), free)), ['mute', 'camera', 'chat', 'fullscreen', null]);
});

test('a layout without Latin letters uses the key at the same place, another Latin layout its own letters', () => {
  assert.equal(actionOf(stroke('ة', { code: 'KeyM' }), free), 'mute');
  assert.equal(actionOf(stroke('ம', { code: 'KeyC' }), free), 'chat');
  assert.equal(actionOf(stroke(',', { code: 'KeyM' }), free), null, 'a French comma');
  assert.equal(actionOf(stroke('Dead', { code: 'KeyC' }), free), null);
  assert.equal(actionOf(stroke('q', { code: 'KeyM' }), free), null);
});

test('nothing happens to somebody who writes, holds another key, or has turned it off', () => {
  assert.equal(actionOf(stroke('m'), { on: true, writing: true }), null);
  assert.equal(actionOf(stroke('m'), { on: false, writing: false }), null);
  for (const more of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }, { repeat: true }, { isComposing: true }, { keyCode: 229 }]) {
    assert.equal(actionOf(stroke('m', more), free), null, JSON.stringify(more));
  }
});

test('Escape closes whatever is open, also for who writes or has turned the letters off', () => {
  assert.equal(actionOf(stroke('Escape', { code: 'Escape' }), { on: false, writing: true }), 'close');
});
