import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from './bytes.ts';
import { nodeCrypto } from './testing/node_crypto.ts';
import { makeExchange, makeNativeExchange, makeOwnExchange, x25519 } from './x25519.ts';

test('RFC 7748 §5.2: the two single vectors', () => {
  const vectors = [
    [
      'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
      'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
      'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
    ],
    [
      '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
      'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
      '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
    ],
  ];
  for (const [scalar, point, result] of vectors) assert.equal(toHex(x25519(fromHex(scalar!), fromHex(point!))), result);
});

test('RFC 7748 §5.2: a thousand rounds', () => {
  let k = fromHex('0900000000000000000000000000000000000000000000000000000000000000');
  let u = k;
  const rounds = 1_000;
  for (let round = 0; round < rounds; round++) [k, u] = [x25519(k, u), k];
  assert.equal(toHex(k), '684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51');
});

test('RFC 7748 §6.1: Alice and Bob', async () => {
  const alice = makeOwnExchange(fromHex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'));
  const bob = makeOwnExchange(fromHex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'));
  assert.equal(toHex(alice.publicKey), '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
  assert.equal(toHex(bob.publicKey), 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
  const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
  assert.equal(toHex((await alice.agree(bob.publicKey))!), shared);
  assert.equal(toHex((await bob.agree(alice.publicKey))!), shared);
});

test('WebCrypto and the fallback agree', async () => {
  const native = await makeNativeExchange(nodeCrypto);
  assert.ok(native, 'this Node has X25519');
  const own = makeOwnExchange(nodeCrypto.getRandomValues(new Uint8Array(32)));
  const shared = await native.agree(own.publicKey);
  assert.ok(shared);
  assert.deepEqual(await own.agree(native.publicKey), shared);
});

test('a key of small order or of the wrong length is no use to either', async () => {
  const small = ['00'.repeat(32), `01${'00'.repeat(31)}`, 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'];
  const native = (await makeNativeExchange(nodeCrypto))!;
  const own = makeOwnExchange(nodeCrypto.getRandomValues(new Uint8Array(32)));
  for (const exchange of [native, own]) {
    for (const point of small) assert.equal(await exchange.agree(fromHex(point)), null);
    assert.equal(await exchange.agree(fromHex('09')), null);
  }
});

test('without X25519 in WebCrypto the fallback is taken', async () => {
  const subtle = Object.create(nodeCrypto.subtle, {
    generateKey: { value: () => Promise.reject(new Error('NotSupportedError')) },
  }) as SubtleCrypto;
  const without = { subtle, getRandomValues: nodeCrypto.getRandomValues.bind(nodeCrypto) };
  assert.equal(await makeNativeExchange(without), null);
  const [left, right] = [await makeExchange(without), await makeExchange(nodeCrypto)];
  assert.deepEqual(await left.agree(right.publicKey), await right.agree(left.publicKey));
});
