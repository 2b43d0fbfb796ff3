import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choiceOf, choicesWithout, needs } from './choice.ts';

test('a choice is what it needs', () => {
  assert.deepEqual(needs('camera'), { video: true, audio: false });
  for (const choice of ['video', 'camera', 'sound', 'none'] as const) assert.equal(choiceOf(needs(choice)), choice);
});

test('who joins without a device keeps the one that works', () => {
  const [both, camera, microphone, neither] = [needs('video'), needs('camera'), needs('sound'), needs('none')];
  assert.deepEqual(choicesWithout(camera, microphone, 'in_use'), ['sound']);
  assert.deepEqual(choicesWithout(microphone, camera, 'no_microphone'), ['camera']);
  assert.deepEqual(choicesWithout(camera, neither, 'no_camera'), ['none'], 'the microphone was never asked for');
  assert.deepEqual(choicesWithout(microphone, neither, 'denied'), ['none']);
  assert.deepEqual(choicesWithout(both, neither, 'denied'), ['sound', 'none'], 'it may have been about both');
  assert.deepEqual(choicesWithout(both, neither, 'no_microphone'), ['none']);
  assert.deepEqual(choicesWithout(neither, both, 'in_use'), []);
});
