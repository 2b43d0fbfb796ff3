import assert from 'node:assert/strict';
import { createCipheriv, createHash, hkdfSync } from 'node:crypto';
import { test } from 'node:test';
import protocol from '../../docs/protocol.md';
import { later as arabic } from '../locales/ar_later.ts';
import { later as english } from '../locales/en_later.ts';
import { later as tamil } from '../locales/ta_later.ts';
import { fromHex, toHex, utf8 } from './bytes.ts';
import { kPictures } from './code_pictures.ts';
import { agree, commitment, kPictureCount, readCode, type End } from './safety_code.ts';
import { nodeCrypto as crypto } from './testing/node_crypto.ts';

const of = (text: string): Buffer => createHash('sha256').update(text).digest();
const end = (fingerprint: Buffer, nonce: Buffer): End => ({ fingerprint: new Uint8Array(fingerprint), nonce: new Uint8Array(nonce) });
const kFirst = end(Buffer.from(Array.from({ length: 32 }, (_, at) => at)), Buffer.alloc(32, 0x11));
const kSecond = end(Buffer.from(Array.from({ length: 32 }, (_, at) => 128 + at)), Buffer.alloc(32, 0x22));

/** As docs/protocol.md has them, which another program has computed. */
const vector = (name: string): string => {
  const found = new RegExp(`^\\| ${name.replace(/[()]/g, '\\$&')} \\| \`([^\`]+)\` \\|$`, 'm').exec(protocol);
  assert.ok(found, `the documentation has the vector ${name}`);
  return found[1]!;
};

test('the vectors of the documentation', async () => {
  assert.equal(toHex(kFirst.fingerprint), vector('fingerprint of A'));
  assert.equal(toHex(kSecond.fingerprint), vector('fingerprint of B'));
  assert.equal(toHex(kFirst.nonce), vector('N of A'));
  assert.equal(toHex(kSecond.nonce), vector('N of B'));
  assert.equal(toHex(await commitment(crypto, kFirst, kSecond.fingerprint)), vector('C of A'));
  assert.equal(toHex(await commitment(crypto, kSecond, kFirst.fingerprint)), vector('C of B'));
  const { code } = await agree(crypto, kFirst, kSecond);
  assert.deepEqual(code.pictures, vector('pictures').split(' ').map(Number));
  assert.equal(code.digits, vector('digits'));
  assert.deepEqual(code.fingers, vector('fingers').split(' ').map(Number));
});

test('the same by another way of computing it, whichever end is lower', async () => {
  for (let round = 0; round < 64; round++) {
    const own = end(of(`certificate ${round}`), of(`nonce ${round}`));
    const partner = end(of(`certificate of the other ${round}`), of(`nonce of the other ${round}`));
    const [low, high] = Buffer.compare(own.fingerprint, partner.fingerprint) < 0 ? [own, partner] : [partner, own];
    const derive = (info: string, bytes: number): Buffer =>
      Buffer.from(hkdfSync('sha256', Buffer.concat([low.nonce, high.nonce]), Buffer.concat([low.fingerprint, high.fingerprint]), info, bytes));
    const number = derive('vv-sas1 code', 3).readUIntBE(0, 3);
    const bits = number.toString(2).padStart(24, '0');
    const agreed = await agree(crypto, own, partner);
    assert.deepEqual(agreed.code, {
      pictures: bits.match(/.{6}/g)!.map((group) => parseInt(group, 2)),
      digits: number.toString().padStart(8, '0'),
      fingers: bits.match(/.{3}/g)!.map((group) => parseInt(group, 2) + 1),
    });
    assert.deepEqual((await agree(crypto, partner, own)).code, agreed.code);
    const cipher = createCipheriv('aes-256-gcm', derive(own === low ? 'vv-k1 lo>hi' : 'vv-k1 hi>lo', 32), Buffer.from('000000000000000000000005', 'hex'));
    cipher.setAAD(Buffer.from('0.call'));
    const sealed = Buffer.concat([cipher.update('a body'), cipher.final(), cipher.getAuthTag()]);
    assert.equal(toHex(await agreed.send.seal(5, utf8('0.call'), utf8('a body'))), sealed.toString('hex'));
  }
});

test('the two ways have keys of their own, and each end opens what the other sealed', async () => {
  const [own, partner] = [await agree(crypto, kFirst, kSecond), await agree(crypto, kSecond, kFirst)];
  const sealed = await own.send.seal(0, utf8('c'), utf8('x'));
  assert.deepEqual(await partner.receive.open(0, utf8('c'), sealed), utf8('x'));
  assert.equal(await own.receive.open(0, utf8('c'), sealed), null, 'one’s own coming back');
});

test('any bit of either certificate or nonce makes another code and another commitment', async () => {
  const before = (await agree(crypto, kFirst, kSecond)).code.digits;
  const bound = toHex(await commitment(crypto, kFirst, kSecond.fingerprint));
  for (const part of ['fingerprint', 'nonce'] as const) {
    for (const at of [0, 31]) {
      const changed: End = { ...kFirst, [part]: kFirst[part].map((byte, index) => (index === at ? byte ^ 1 : byte)) };
      assert.notEqual((await agree(crypto, changed, kSecond)).code.digits, before);
      assert.notEqual(toHex(await commitment(crypto, changed, kSecond.fingerprint)), bound);
    }
  }
  assert.notEqual(toHex(await commitment(crypto, { ...kFirst, fingerprint: kSecond.fingerprint }, kFirst.fingerprint)), bound, 'turned around');
});

test('the smallest and the largest code', () => {
  assert.deepEqual(readCode(fromHex('000000')), { pictures: [0, 0, 0, 0], digits: '00000000', fingers: Array(8).fill(1) });
  assert.deepEqual(readCode(fromHex('ffffff')), { pictures: [63, 63, 63, 63], digits: '16777215', fingers: Array(8).fill(8) });
  assert.deepEqual(readCode(fromHex('041041')).pictures, [1, 1, 1, 1]);
});

test('the pictures are those of the documentation, each once', () => {
  assert.equal(kPictures.length, kPictureCount);
  const rows = [...protocol.matchAll(/(\d+) (\p{Extended_Pictographic}\ufe0f?) ([a-z ]+) \|/gu)].map(([, number, sign, word]) => [Number(number), sign, word]);
  assert.deepEqual(rows, kPictures.map(([name, sign], at) => [at, sign, english[`picture.${name}`].toLowerCase()]));
  assert.equal(new Set(kPictures.flat()).size, 2 * kPictureCount);
});

/** Letters to change, take out or put in until one word is the other. */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (const [i, a] of [...left].entries()) {
    const next = [i + 1];
    for (const [j, b] of [...right].entries()) next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (a === b ? 0 : 1)));
    row = next;
  }
  return row.at(-1)!;
}

test('no two words are nearly the same, in any language of the page', () => {
  for (const words of [english, arabic, tamil]) {
    const said = kPictures.map(([name]) => (words[`picture.${name}`] as string).toLowerCase());
    for (const [at, word] of said.entries()) {
      for (const other of said.slice(0, at)) assert.ok(distance(word, other) >= 2 && !word.includes(other) && !other.includes(word), `${other} and ${word}`);
    }
  }
});
