import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cornerAfter, cornerByKey, firstCorner, nearestCorner, type Corner } from './corner.ts';

const stage = { width: 400, height: 800 };

test('it begins below, at the end of the line', () => {
  assert.equal(firstCorner('ltr'), 'bottom-right');
  assert.equal(firstCorner('rtl'), 'bottom-left');
});

test('let go anywhere, it goes to the nearest corner', () => {
  assert.equal(nearestCorner({ x: 10, y: 10 }, stage), 'top-left');
  assert.equal(nearestCorner({ x: 201, y: 399 }, stage), 'top-right');
  assert.equal(nearestCorner({ x: 199, y: 401 }, stage), 'bottom-left');
  assert.equal(nearestCorner({ x: 900, y: 900 }, stage), 'bottom-right');
});

test('a flick carries it across, a slow hand does not', () => {
  assert.equal(nearestCorner({ x: 100, y: 700 }, stage, { x: 1, y: -3 }), 'top-right');
  assert.equal(nearestCorner({ x: 100, y: 700 }, stage, { x: 0.1, y: -0.1 }), 'bottom-left');
});

test('an arrow moves it along one side, whichever way the page is written', () => {
  assert.equal(cornerByKey('bottom-right', 'ArrowUp'), 'top-right');
  assert.equal(cornerByKey('top-right', 'ArrowLeft'), 'top-left');
  assert.equal(cornerByKey('top-left', 'ArrowDown'), 'bottom-left');
  assert.equal(cornerByKey('bottom-left', 'ArrowRight'), 'bottom-right');
  assert.equal(cornerByKey('bottom-left', 'ArrowLeft'), 'bottom-left');
  assert.equal(cornerByKey('bottom-left', 'Enter'), null);
});

test('pressing goes once around', () => {
  const seen = new Set<Corner>();
  let corner: Corner = 'bottom-right';
  for (let presses = 0; presses < 4; ++presses) {
    seen.add(corner);
    corner = cornerAfter(corner);
  }
  assert.equal(seen.size, 4);
  assert.equal(corner, 'bottom-right');
});
