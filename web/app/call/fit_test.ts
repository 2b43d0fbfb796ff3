import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitPicture } from './fit.ts';

const upright = { width: 480, height: 640 };
const lying = { width: 640, height: 480 };

test('a picture that lies as the stage does fills it', () => {
  assert.equal(fitPicture(upright, { width: 390, height: 844 }, false), 'cover');
  assert.equal(fitPicture(lying, { width: 1280, height: 800 }, false), 'cover');
  assert.equal(fitPicture({ width: 1280, height: 720 }, { width: 1280, height: 720 }, false), 'cover');
});

test('a picture that lies otherwise, or would lose too much, is shown whole', () => {
  assert.equal(fitPicture(lying, { width: 390, height: 844 }, false), 'contain');
  assert.equal(fitPicture(upright, { width: 1280, height: 800 }, false), 'contain');
  assert.equal(fitPicture(lying, { width: 844, height: 390 }, false), 'contain');
  assert.equal(fitPicture(lying, { width: 2560, height: 600 }, false), 'contain');
});

test('a screen is always shown whole, and so is what nobody knows yet', () => {
  assert.equal(fitPicture(lying, { width: 640, height: 480 }, true), 'contain');
  assert.equal(fitPicture({ width: 0, height: 0 }, { width: 640, height: 480 }, false), 'contain');
});
