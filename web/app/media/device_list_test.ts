import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idConstraint, kNoPicks, nextCamera, properName, readPicks, shownDevice, sortDevices, substitute, writePicks } from './device_list.ts';

const device = (id: string) => ({ id, label: `the ${id}` });

test('devices are sorted by kind, and a second name for the same one is left out', () => {
  const list = sortDevices([
    { kind: 'audioinput', deviceId: 'default', label: 'Default' },
    { kind: 'audioinput', deviceId: 'communications', label: 'Communications' },
    { kind: 'videoinput', deviceId: 'front', label: 'Front' },
    { kind: 'audiooutput', deviceId: 'loud', label: 'Loud' },
    { kind: 'smell' as MediaDeviceKind, deviceId: 'x', label: 'later' },
  ]);
  assert.deepEqual(list, {
    camera: [{ id: 'front', label: 'Front' }],
    microphone: [{ id: 'default', label: 'Default' }],
    speaker: [{ id: 'loud', label: 'Loud' }],
  });
});

test('a picked device is insisted on while it is there, wished for while nobody knows, and given up when it is gone', () => {
  assert.deepEqual(idConstraint('a', [device('b'), device('a')]), { exact: 'a' });
  assert.deepEqual(idConstraint('a', [{ id: '', label: '' }]), { ideal: 'a' });
  assert.deepEqual(idConstraint('a', []), { ideal: 'a' });
  assert.equal(idConstraint('a', [device('b')]), undefined);
  assert.equal(idConstraint(null, [device('b')]), undefined);
});

test('a list shows what runs before what was picked before the first', () => {
  const devices = [device('a'), device('b'), device('c')];
  assert.equal(shownDevice(devices, 'c', 'b'), 'c');
  assert.equal(shownDevice(devices, 'gone', 'b'), 'b');
  assert.equal(shownDevice(devices, null, 'gone'), 'a');
  assert.equal(shownDevice([], null, null), '');
});

test('a phone turns to its other side, a desk goes round its cameras, and one camera goes nowhere', () => {
  const phone = [device('front'), device('wide'), device('tele')];
  assert.deepEqual(nextCamera(phone, { id: 'front', facing: 'user' }), { facingMode: 'environment' });
  assert.deepEqual(nextCamera(phone, { id: 'tele', facing: 'environment' }), { facingMode: 'user' });
  const desk = [device('a'), device('b')];
  assert.deepEqual(nextCamera(desk, { id: 'a', facing: null }), { deviceId: 'b' });
  assert.deepEqual(nextCamera(desk, { id: 'b', facing: null }), { deviceId: 'a' });
  assert.deepEqual(nextCamera(desk, { id: 'gone', facing: null }), { deviceId: 'a' });
  assert.equal(nextCamera([device('a')], { id: 'a', facing: 'user' }), null);
  assert.equal(nextCamera([{ id: '', label: '' }, { id: '', label: '' }], { id: null, facing: null }), null);
});

test('what is offered for a lost device is another real one', () => {
  assert.deepEqual(substitute([device('default'), device('lost'), device('other')], 'lost'), device('other'));
  assert.equal(substitute([device('lost')], 'lost'), null);
  assert.equal(substitute([], null), null);
});

test('picks are kept, and what is not one is not read', () => {
  assert.deepEqual(readPicks(null), kNoPicks);
  assert.deepEqual(readPicks(writePicks({ ...kNoPicks, camera: 'front' })), { ...kNoPicks, camera: 'front' });
  assert.equal(writePicks(kNoPicks), null);
  for (const wrong of ['{', '7', '{"camera":7}', JSON.stringify({ camera: 'x'.repeat(600) })]) {
    assert.deepEqual(readPicks(wrong), kNoPicks, wrong.slice(0, 20));
  }
});

test('the default device is known by its own name where the browser tells which it is', () => {
  const { microphone } = sortDevices([
    { kind: 'audioinput', deviceId: 'default', label: 'Default', groupId: 'g1' },
    { kind: 'audioinput', deviceId: 'built in', label: 'Built in', groupId: 'g2' },
    { kind: 'audioinput', deviceId: 'headset', label: 'Headset', groupId: 'g1' },
  ]);
  assert.equal(properName(microphone, { id: 'default', group: 'g1' }), 'headset');
  assert.equal(properName(microphone, { id: 'default', group: 'g3' }), null);
  assert.equal(properName([{ id: 'other', label: '' }], { id: 'default', group: null }), null);
  assert.equal(properName(microphone, { id: 'built in', group: null }), 'built in');
  assert.equal(properName([], { id: null, group: null }), null);
});
