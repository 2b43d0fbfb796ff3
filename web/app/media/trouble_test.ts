import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lackTrouble, mayTryApart, nameShareTrouble, nameTrouble } from './trouble.ts';

const both = { video: true, audio: true };
const error = (name: string, message = '') => Object.assign(new Error(message), { name });

test('a refusal is told apart from a question nobody answered and from the system’s own no', () => {
  assert.equal(nameTrouble(error('NotAllowedError', 'Permission denied'), both, true), 'denied');
  assert.equal(nameTrouble(error('NotAllowedError', 'Permission dismissed'), both, true), 'dismissed');
  assert.equal(nameTrouble(error('NotAllowedError', 'Permission denied by system'), both, true), 'denied_system');
  assert.equal(nameTrouble(error('SecurityError'), both, true), 'denied');
});

test('what is missing is the camera if there is none, else the microphone', () => {
  assert.equal(nameTrouble(error('NotFoundError'), both, false), 'no_camera');
  assert.equal(nameTrouble(error('NotFoundError'), both, true), 'no_microphone');
  assert.equal(nameTrouble(error('NotFoundError'), { video: true, audio: false }, true), 'no_camera');
  assert.equal(nameTrouble(error('NotFoundError'), { video: false, audio: true }, false), 'no_microphone');
});

test('a device another program holds, and anything nobody has a name for', () => {
  assert.equal(nameTrouble(error('NotReadableError'), both, true), 'in_use');
  assert.equal(nameTrouble(error('SomethingNew'), both, true), 'device');
  assert.equal(nameTrouble('no error at all', both, true), 'device');
});

test('two devices are tried apart unless the person has said no', () => {
  assert.equal(mayTryApart('in_use', both), true);
  assert.equal(mayTryApart('no_camera', both), true);
  assert.equal(mayTryApart('denied', both), false);
  assert.equal(mayTryApart('in_use', { video: true, audio: false }), false);
});

test('a screen that is not shared: the person’s own no is an answer, the system’s is a trouble', () => {
  assert.equal(nameShareTrouble(error('NotAllowedError', 'Permission denied')), null);
  assert.equal(nameShareTrouble(error('NotAllowedError', 'Permission denied by system')), 'share_system');
  assert.equal(nameShareTrouble(error('NotReadableError', 'the system could not')), 'share');
  assert.equal(nameShareTrouble('no error at all'), 'share');
});

test('what does not come back by itself is said before what does', () => {
  const cases = [
    [null, null, null],
    ['gone', null, 'camera_gone'],
    ['gone', 'gone', 'microphone_gone'],
    ['taken', 'gone', 'microphone_gone'],
    ['gone', 'taken', 'camera_gone'],
    ['taken', null, 'camera_taken'],
    [null, 'taken', 'microphone_taken'],
    ['taken', 'taken', 'both_taken'],
    ['denied', 'gone', 'denied'],
    ['taken', 'denied', 'denied'],
  ] as const;
  for (const [video, audio, said] of cases) assert.equal(lackTrouble(video, audio), said);
});
