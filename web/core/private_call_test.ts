import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toBase64url, toHex } from './bytes.ts';
import { deriveFromKey, Door, forgetKey, keepKey, keptKey, makeKey, makeLink, readFragment } from './private_call.ts';
import { MemoryStore } from './testing/memory_store.ts';
import { nodeCrypto as crypto } from './testing/node_crypto.ts';

const kHost = 'call.example';
const kKey = fromHex('000102030405060708090a0b0c0d0e0f');

/** HKDF-SHA256 of the key with an empty salt, computed with another implementation. */
const kDerived = {
  id: 'a83968d736518daa9b8dc4ab36b41eca',
  door: '4cfaf42af7ed88bb1f0d8b290745d1a5',
  psk: '4772b54ed9aa174f1a6acb211a615fec8e479a1522f9db0a2fee50dda99174fe',
};

const makeDoor = (key = kKey, host = kHost): Promise<Door> => Door.make(crypto, key, host);

/** Two doors that have knocked; `answers` is the one with the larger key. */
async function meet() {
  const doors = [await makeDoor(), await makeDoor()] as const;
  const knocks = [await doors[0].knock('one'), await doors[1].knock('two')] as const;
  const greetings = [await doors[0].handleKnock(knocks[1]), await doors[1].handleKnock(knocks[0])] as const;
  assert.ok(greetings[0].ok && greetings[1].ok);
  const first = greetings[0].answers ? 0 : 1;
  return { answers: doors[first], listens: doors[1 - first]!, greetings, knocks };
}

async function open() {
  const { answers, listens } = await meet();
  assert.equal(await listens.handleAnswer((await answers.answer('offer'))!), 'offer');
  return { left: answers, right: listens };
}

test('a link carries its key there and back', () => {
  const key = makeKey(crypto);
  const link = makeLink('https://call.example', key);
  assert.match(link, /^https:\/\/call\.example\/p#1\.[\w-]{22}$/);
  assert.deepEqual(readFragment(new URL(link).hash), { key });
});

test('a fragment that is no key of this version says why', () => {
  assert.deepEqual(readFragment(''), { wrong: 'none' });
  assert.deepEqual(readFragment('#'), { wrong: 'none' });
  assert.deepEqual(readFragment(`#2.${toBase64url(kKey)}`), { wrong: 'version' });
  for (const text of ['#1.', '#1.AAAA', `#1.${toBase64url(kKey)}A`, `#1.${toBase64url(kKey)}==`, '#debug', '#1,AAAAAAAAAAAAAAAAAAAAAA']) {
    assert.deepEqual(readFragment(text), { wrong: 'damaged' }, text);
  }
});

test('name, door and secret are derived from the key as written down', async () => {
  const { id, door, psk } = await deriveFromKey(crypto, kKey);
  assert.equal(toHex(id), kDerived.id);
  assert.equal(toHex(door), kDerived.door);
  const made = await makeDoor();
  assert.deepEqual([made.id, made.door], [toBase64url(id), toBase64url(door)]);
  assert.equal(toHex(psk), kDerived.psk);
});

test('a reload keeps key and seat, another tab makes a seat of its own', () => {
  const [tab, other] = [new MemoryStore(), new MemoryStore()];
  assert.equal(keptKey(tab), null);
  keepKey(tab, crypto, kKey);
  keepKey(other, crypto, kKey);
  const [kept, elsewhere] = [keptKey(tab)!, keptKey(other)!];
  assert.deepEqual(kept.key, kKey);
  assert.deepEqual(keptKey(tab), kept);
  assert.notEqual(kept.seat, elsewhere.seat);
  assert.deepEqual(keepKey(tab, crypto, kKey), kept, 'the same link again is the same seat');
  assert.notEqual(keepKey(tab, crypto, makeKey(crypto)).seat, kept.seat);
  forgetKey(tab);
  assert.equal(keptKey(tab), null);
});

test('two ends with the key meet: exactly one answers, each reads what the other said', async () => {
  const { greetings } = await meet();
  assert.deepEqual(greetings.map((greeting) => greeting.ok && greeting.payload), ['two', 'one']);
  assert.notEqual(greetings[0].ok && greetings[0].answers, greetings[1].ok && greetings[1].answers);
});

test('an end without the key, or of another host, is told from one with it', async () => {
  for (const stranger of [await makeDoor(makeKey(crypto)), await makeDoor(kKey, 'evil.example')]) {
    const door = await makeDoor();
    await door.knock('');
    assert.deepEqual(await door.handleKnock(await stranger.knock('')), { ok: false, why: 'invalid' });
  }
  for (const rubbish of ['', '!', 'AAAA', toBase64url(new Uint8Array(48))]) {
    const door = await makeDoor();
    await door.knock('');
    assert.equal((await door.handleKnock(rubbish)).ok, false, rubbish);
  }
});

test("one's own message 1 coming back is refused", async () => {
  const door = await makeDoor();
  const knock = await door.knock('');
  assert.deepEqual(await door.handleKnock(knock), { ok: false, why: 'reflected' });
});

test('a message 1 serves one meeting: after a refusal or a second knock nothing opens with it', async () => {
  const door = await makeDoor();
  await door.knock('');
  await door.handleKnock('rubbish');
  assert.equal((await door.handleKnock(await (await makeDoor()).knock(''))).ok, false);
  assert.equal(await door.handleAnswer('AAAA'), null);
  assert.equal(await door.answer(''), null);
});

test('while one end listens a second message 1 is refused, and the first meeting goes on', async () => {
  const { answers, listens } = await meet();
  assert.deepEqual(await listens.handleKnock(await (await makeDoor()).knock('')), { ok: false, why: 'invalid' });
  assert.equal(await listens.handleAnswer((await answers.answer('offer'))!), 'offer');
});

test('a message 2 that is not valid spends the key', async () => {
  const { answers, listens } = await meet();
  const answer = (await answers.answer('offer'))!;
  assert.equal(await answers.answer('offer'), null, 'answered once');
  assert.equal(await listens.handleAnswer(`${answer.startsWith('A') ? 'B' : 'A'}${answer.slice(1)}`), null);
  assert.equal(await listens.handleAnswer(answer), null);
});

test('a reload in between: the old answer opens nothing at the new door', async () => {
  const { answers } = await meet();
  const stale = (await answers.answer('offer'))!;
  const reloaded = await makeDoor();
  await reloaded.knock('');
  assert.equal(await reloaded.handleAnswer(stale), null);
});

test('two tabs that both listen: an answer opens for one of them only', async () => {
  const [first, second] = [await makeDoor(), await makeDoor()];
  const knock = await first.knock('');
  await second.knock('');
  let other: Door;
  do {
    other = await makeDoor();
    await other.knock('');
    const greeting = await other.handleKnock(knock);
    if (greeting.ok && greeting.answers) break;
  } while (true);
  const answer = (await other.answer('offer'))!;
  assert.equal(await second.handleAnswer(answer), null);
  assert.equal(await first.handleAnswer(answer), 'offer');
});

test('bodies go both ways and are bound to their call', async () => {
  const { left, right } = await open();
  assert.equal(await right.open('0.x', await left.seal('0.x', 'from left')), 'from left');
  assert.equal(await left.open('0.x', await right.seal('0.x', 'from right')), 'from right');
  assert.equal(await right.open('0.y', await left.seal('0.x', 'moved')), null);
});

test('a body is accepted once; a resend is the identical text and changes nothing', async () => {
  const { left, right } = await open();
  const [first, second, third] = [await left.seal('0.x', '1'), await left.seal('0.x', '2'), await left.seal('0.x', '3')];
  assert.equal(await right.open('0.x', first), '1');
  assert.equal(await right.open('0.x', first), null);
  assert.equal(await right.open('0.x', third), '3');
  assert.equal(await right.open('0.x', second), null, 'counters only rise');
  assert.equal(await left.open('0.x', first), null, 'reflected');
});

test('plaintext is never taken, nor sent before the handshake is done', async () => {
  const { left } = await open();
  for (const body of ['{"kind":"bye"}', '', 'AAAA', toBase64url(new Uint8Array(64))]) assert.equal(await left.open('0.x', body), null);
  await assert.rejects((await makeDoor()).seal('0.x', '{}'));
  assert.equal(await (await makeDoor()).open('0.x', '{}'), null);
});
