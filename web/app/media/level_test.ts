import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ear, kHeardLevel, kSilentAfterMs, levelOf } from './level.ts';

const tone = (amplitude: number) => Float32Array.from({ length: 480 }, (_, at) => amplitude * Math.sin(at / 5));

test('silence is nothing, speech is in the middle, shouting is all', () => {
  assert.equal(levelOf(new Float32Array(480)), 0);
  assert.equal(levelOf(new Float32Array(0)), 0);
  const room = levelOf(tone(0.001));
  assert.ok(room > 0 && room < 0.001, 'a quiet room is next to nothing, and not nothing');
  const speech = levelOf(tone(0.05));
  assert.ok(speech > kHeardLevel && speech < 0.9, String(speech));
  assert.equal(levelOf(tone(1)), 1);
});

test('a microphone that gives nothing is called silent after a while, and heard as soon as it is', () => {
  const ear = new Ear();
  ear.handleLevel(0, 1_000);
  ear.handleLevel(0.05, 1_000 + kSilentAfterMs - 1);
  assert.equal(ear.hearing, 'listening');
  ear.handleLevel(0.05, 1_000 + kSilentAfterMs);
  assert.equal(ear.hearing, 'silent');
  ear.handleLevel(kHeardLevel, 9_000);
  assert.equal(ear.hearing, 'heard');
  ear.handleLevel(0, 60_000);
  assert.equal(ear.hearing, 'heard', 'a pause says nothing against it');
});

test('the bar rises at once and falls slowly', () => {
  const ear = new Ear();
  ear.handleLevel(0.8, 0);
  assert.equal(ear.level, 0.8);
  ear.handleLevel(0, 50);
  assert.ok(ear.level > 0.5 && ear.level < 0.8);
});
