import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bigEndian64, compareBytes, concat, fromBase64url, fromHex, fromUtf8, readBigEndian64, toBase64url, toHex, utf8 } from './bytes.ts';

test('base64url: the vectors of RFC 4648 §10, without padding', () => {
  const vectors = { '': '', f: 'Zg', fo: 'Zm8', foo: 'Zm9v', foob: 'Zm9vYg', fooba: 'Zm9vYmE', foobar: 'Zm9vYmFy' };
  for (const [plain, encoded] of Object.entries(vectors)) {
    assert.equal(toBase64url(utf8(plain)), encoded);
    assert.deepEqual(fromBase64url(encoded), utf8(plain));
  }
  assert.equal(toBase64url(fromHex('fbff')), '-_8');
});

test('base64url: what is not canonical is refused', () => {
  for (const text of ['A', 'Zg==', 'Zh', 'Zm9', 'Zm9v\n', '+/8', 'Zm 9', 'é']) assert.equal(fromBase64url(text), null, text);
});

test('every length up to 64 survives the way there and back', () => {
  for (let length = 0; length <= 64; length++) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 37 + length) & 255);
    assert.deepEqual(fromBase64url(toBase64url(bytes)), bytes);
    assert.deepEqual(fromHex(toHex(bytes)), bytes);
  }
});

test('bytes are compared from the left, and a prefix comes first', () => {
  assert.ok(compareBytes(fromHex('01ff'), fromHex('0200')) < 0);
  assert.ok(compareBytes(fromHex('ff'), fromHex('7f')) > 0);
  assert.ok(compareBytes(fromHex('01'), fromHex('0100')) < 0);
  assert.equal(compareBytes(fromHex('abcd'), fromHex('abcd')), 0);
});

test('64-bit numbers, up to the safe integers', () => {
  assert.equal(toHex(bigEndian64(0x1_0000_0002)), '0000000100000002');
  assert.equal(readBigEndian64(bigEndian64(Number.MAX_SAFE_INTEGER)), Number.MAX_SAFE_INTEGER);
  assert.equal(readBigEndian64(fromHex('0020000000000000')), null);
});

test('text that is not UTF-8 reads as null', () => {
  assert.equal(fromUtf8(utf8('தமிழ்')), 'தமிழ்');
  assert.equal(fromUtf8(fromHex('c328')), null);
  assert.deepEqual(concat(fromHex('01'), fromHex(''), fromHex('0203')), fromHex('010203'));
});
