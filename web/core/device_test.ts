import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forgetDevice, keepDevice, keptDevice, kDeviceName } from './device.ts';
import { MemoryStore } from './testing/memory_store.ts';
import { nodeCrypto } from './testing/node_crypto.ts';

test('a device has no token until one is made, and then the same one until it is deleted', () => {
  const store = new MemoryStore();
  assert.equal(keptDevice(store), null);
  const token = keepDevice(store, nodeCrypto);
  assert.equal(token.length, 16);
  assert.deepEqual([keepDevice(store, nodeCrypto), keptDevice(store)], [token, token]);
  forgetDevice(store);
  assert.equal(keptDevice(store), null);
  assert.notDeepEqual(keepDevice(store, nodeCrypto), token);
});

test('what is no token is replaced', () => {
  const store = new MemoryStore();
  for (const damaged of ['', 'no base64!', 'c2hvcnQ', 'A'.repeat(44)]) {
    store.setItem(kDeviceName, damaged);
    assert.equal(keptDevice(store), null, damaged);
    assert.equal(keepDevice(store, nodeCrypto).length, 16);
  }
});
