import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choiceOf, choiceWithout, needs } from './choice.ts';

test('a choice is what it needs', () => {
  assert.deepEqual(needs('camera'), { video: true, audio: false });
  for (const choice of ['video', 'camera', 'sound', 'none'] as const) assert.equal(choiceOf(needs(choice)), choice);
});

test('who joins without a device keeps the one that works', () => {
  const [both, camera, microphone, neither] = [needs('video'), needs('camera'), needs('sound'), needs('none')];
  assert.equal(choiceWithout(camera, microphone, 'in_use'), 'sound');
  assert.equal(choiceWithout(microphone, camera, 'no_microphone'), 'camera');
  assert.equal(choiceWithout(camera, neither, 'no_camera'), 'none', 'the microphone was never asked for');
  assert.equal(choiceWithout(microphone, neither, 'denied'), 'none');
  assert.equal(choiceWithout(both, neither, 'denied'), 'sound');
  assert.equal(choiceWithout(both, neither, 'no_microphone'), 'none');
  assert.equal(choiceWithout(neither, both, 'in_use'), null);
});
