import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex, utf8, type Bytes } from './bytes.ts';
import { Initiator, kNoiseName, Responder, type NoiseSetup } from './noise.ts';
import { nodeCrypto as crypto } from './testing/node_crypto.ts';
import { makeOwnExchange } from './x25519.ts';

const kNone = new Uint8Array(0);

// From the published "cacophony" vectors, the entry for this protocol.
const kVector = {
  protocol_name: 'Noise_NNpsk0_25519_AESGCM_SHA256',
  prologue: '4a6f686e2047616c74',
  psk: '54686973206973206d7920417573747269616e20706572737065637469766521',
  init_ephemeral: '893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a',
  resp_ephemeral: 'bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b',
  handshake_hash: '9f3b1f9afd7767767b5b9d1069844a6154fdbdcc36dfb3e31c0fffc5c973d530',
  messages: [
    [
      '4c756477696720766f6e204d69736573',
      'ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79447c37a89fc17813788d30df2d59501d6066f5f8aecc3406bbd9829f2d24a531b1',
    ],
    [
      '4d757272617920526f746862617264',
      '95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f1448088432f29d79368ef9de4e1ae7a362fb05bf0ad668e026bf5714554497b3a720461',
    ],
    ['462e20412e20486179656b', '7c01e898a6201f36aecee532e29cd0b7f8ffa29d3366ad0dce39a6'],
    ['4361726c204d656e676572', 'a9ff535aace3db6a1da1a7fb00fe2de2622bb373abad9fb42c00e0'],
    ['4a65616e2d426170746973746520536179', '6cfc49a3e65472edc2d0152abe5ce950170a8a47c959f30bd48b5f0aacf29adbfd'],
    [
      '457567656e2042f6686d20766f6e2042617765726b',
      '9bc86e6d974ed21ba04604a94aa68de21677eb409ead070c0cd569b069ee19ba142aa4c1a9',
    ],
  ].map(([payload, ciphertext]) => ({ payload: fromHex(payload!), ciphertext: ciphertext! })),
};

function setup(ephemeral?: string, changes: Partial<NoiseSetup> = {}): NoiseSetup {
  return {
    crypto,
    prologue: fromHex(kVector.prologue),
    psk: fromHex(kVector.psk),
    ...(ephemeral === undefined ? {} : { exchange: makeOwnExchange(fromHex(ephemeral)) }),
    ...changes,
  };
}

async function shakeHands(payload: Bytes = kNone) {
  const initiator = await Initiator.start(setup(), payload);
  const responder = (await Responder.read(setup(), initiator.message))!;
  const answer = (await responder.answer(payload))!;
  return { initiator, responder, answer };
}

test('the published vector, byte for byte', async () => {
  assert.equal(kNoiseName, kVector.protocol_name);
  const [first, second, ...rest] = kVector.messages;
  const initiator = await Initiator.start(setup(kVector.init_ephemeral), first!.payload);
  assert.equal(toHex(initiator.message), first!.ciphertext);

  const responder = await Responder.read(setup(kVector.resp_ephemeral), initiator.message);
  assert.deepEqual(responder!.payload, first!.payload);
  const answer = (await responder!.answer(second!.payload))!;
  assert.equal(toHex(answer.message), second!.ciphertext);

  const read = (await initiator.read(answer.message))!;
  assert.deepEqual(read.payload, second!.payload);
  assert.equal(toHex(read.transport.hash), kVector.handshake_hash);
  assert.equal(toHex(answer.transport.hash), kVector.handshake_hash);

  for (const [at, { payload, ciphertext }] of rest.entries()) {
    const [from, to] = at % 2 === 0 ? [read.transport, answer.transport] : [answer.transport, read.transport];
    const counter = Math.floor(at / 2);
    const sealed = await from.send.seal(counter, kNone, payload);
    assert.equal(toHex(sealed), ciphertext);
    assert.deepEqual(await to.receive.open(counter, kNone, sealed), payload);
  }
});

test('a message 1 of another key, another prologue, or changed by one bit is not valid', async () => {
  const { message } = await Initiator.start(setup(), utf8('hello'));
  assert.equal(await Responder.read(setup(undefined, { psk: fromHex('00'.repeat(32)) }), message), null);
  assert.equal(await Responder.read(setup(undefined, { prologue: utf8('elsewhere') }), message), null);
  for (let at = 0; at < message.length; at++) {
    const changed = message.slice();
    changed[at]! ^= 1;
    assert.equal(await Responder.read(setup(), changed), null, `byte ${at}`);
  }
  assert.equal(await Responder.read(setup(), message.slice(0, 47)), null);
});

test('a message 2 changed by one bit is not valid', async () => {
  for (const at of [0, 31, 32, 47]) {
    const { initiator, answer } = await shakeHands();
    const changed = answer.message.slice();
    changed[at]! ^= 0x40;
    assert.equal(await initiator.read(changed), null, `byte ${at}`);
  }
});

test('a message 1 is answered once, and an initiator reads one message 2, valid or not', async () => {
  const { initiator, responder, answer } = await shakeHands();
  assert.equal(await responder.answer(kNone), null);
  assert.ok(await initiator.read(answer.message));
  assert.equal(await initiator.read(answer.message), null);

  const second = await shakeHands();
  assert.equal(await second.initiator.read(fromHex('00'.repeat(48))), null);
  assert.equal(await second.initiator.read(second.answer.message), null);
});

test('a message 1 played again meets a fresh key: no two answers share one', async () => {
  const initiator = await Initiator.start(setup(), kNone);
  const answers = [];
  for (let time = 0; time < 2; time++) answers.push((await (await Responder.read(setup(), initiator.message))!.answer(kNone))!);
  assert.notDeepEqual(answers[0]!.message, answers[1]!.message);
  const sealed = await answers[0]!.transport.send.seal(0, kNone, utf8('same'));
  assert.notDeepEqual(await answers[1]!.transport.send.seal(0, kNone, utf8('same')), sealed);
});

test('an ephemeral key of small order is refused on both sides', async () => {
  const small = new Uint8Array(32);
  const zero = { publicKey: small, agree: async () => new Uint8Array(32) };
  const { message } = await Initiator.start(setup(undefined, { exchange: zero }), kNone);
  const responder = (await Responder.read(setup(), message))!;
  assert.equal(await responder.answer(kNone), null);

  const initiator = await Initiator.start(setup(), kNone);
  const answering = (await Responder.read(setup(undefined, { exchange: zero }), initiator.message))!;
  const answer = (await answering.answer(kNone))!;
  assert.deepEqual(answer.message.slice(0, 32), small);
  assert.equal(await initiator.read(answer.message), null);
});

test('what is sealed for one direction, counter or call does not open in another', async () => {
  const { initiator, answer } = await shakeHands();
  const read = (await initiator.read(answer.message))!;
  const sealed = await read.transport.send.seal(7, utf8('0.call'), utf8('secret'));
  assert.ok(await answer.transport.receive.open(7, utf8('0.call'), sealed));
  assert.equal(await answer.transport.receive.open(8, utf8('0.call'), sealed), null);
  assert.equal(await answer.transport.receive.open(7, utf8('0.other'), sealed), null);
  assert.equal(await read.transport.receive.open(7, utf8('0.call'), sealed), null, 'reflected');
  assert.equal(await answer.transport.receive.open(7, utf8('0.call'), sealed.slice(0, 15)), null);
});
