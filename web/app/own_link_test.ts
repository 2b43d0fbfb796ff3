import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepKey, keptKey, readFragment } from '../core/private_call.ts';
import { MemoryStore } from '../core/testing/memory_store.ts';
import { nodeCrypto as crypto } from '../core/testing/node_crypto.ts';
import { forgetLink, makeOwnLink, ownLink } from './own_link.ts';

const kOrigin = 'https://call.example';

test('who made a link has it again after a reload', () => {
  const store = new MemoryStore();
  assert.equal(ownLink(store, kOrigin), null);
  makeOwnLink(store, crypto);
  const link = ownLink(store, kOrigin)!;
  const read = readFragment(new URL(link).hash);
  assert.deepEqual('key' in read && read.key, keptKey(store)!.key);
  keepKey(store, crypto, keptKey(store)!.key);
  assert.equal(ownLink(store, kOrigin), link, 'opened from its own link too');
});

test('a link from somebody else takes the place of the own one, and is not shown as own', () => {
  const store = new MemoryStore();
  makeOwnLink(store, crypto);
  keepKey(store, crypto, new Uint8Array(16));
  assert.equal(ownLink(store, kOrigin), null);
});

test('a link that was deleted leaves nothing behind', () => {
  const store = new MemoryStore();
  makeOwnLink(store, crypto);
  forgetLink(store);
  assert.deepEqual([keptKey(store), ownLink(store, kOrigin), store.getItem('visavis.made')], [null, null, null]);
});
