import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Body } from './bodies.ts';
import { fromBase64url, toBase64url } from './bytes.ts';
import { kBodiesKept } from './protocol.ts';
import { agree } from './safety_code.ts';
import { Sealing } from './sealing.ts';
import { nodeCrypto as crypto } from './testing/node_crypto.ts';

const kCall = '0.call';
const end = (name: string) => {
  const bytes = (text: string) => new Uint8Array(createHash('sha256').update(text).digest());
  return { fingerprint: bytes(`certificate of ${name}`), nonce: bytes(`nonce of ${name}`) };
};
const body = (round: number): Body => ({ kind: 'offer_wanted', restart: false, round, renew: false });

/** Two ends that can open what the other seals, and have said nothing of it. */
async function two(): Promise<[Sealing, Sealing]> {
  const [ann, bob] = [new Sealing(), new Sealing()];
  ann.handleAgreed(await agree(crypto, end('Ann'), end('Bob')));
  bob.handleAgreed(await agree(crypto, end('Bob'), end('Ann')));
  return [ann, bob];
}

/** What goes over the wire, numbered as the server's mail numbers it. */
class Wire {
  readonly letters: { id: number; text: string }[] = [];

  async tell(from: Sealing, told: Body, first: number | null = null): Promise<void> {
    const id = this.letters.length + 1;
    if (from.seals) this.letters.push({ id, text: await from.seal(kCall, told, first) });
    else {
      this.letters.push({ id, text: JSON.stringify(told) });
      from.noteTold({ id, body: told });
    }
  }

  /** The rounds of what is heard of these letters. */
  async hear(to: Sealing, from = 1): Promise<number[]> {
    const heard: number[] = [];
    for (const { id, text } of this.letters.slice(from - 1)) {
      const opened = await to.open(kCall, id, text);
      if (opened !== null) heard.push((JSON.parse(opened) as { round: number }).round);
    }
    return heard;
  }
}

test('until both know of each other everything is plain, and afterwards nothing is', async () => {
  const [ann, bob] = await two();
  const wire = new Wire();
  await wire.tell(ann, body(1));
  assert.deepEqual(await wire.hear(bob), [1]);
  assert.deepEqual(ann.handleDone(bob.taken), []);
  await wire.tell(ann, body(2));
  assert.doesNotMatch(wire.letters[1]!.text, /offer/);
  assert.deepEqual(await wire.hear(bob, 2), [2]);
  assert.equal(await bob.open(kCall, 3, JSON.stringify(body(3))), null, 'what is sealed once is sealed for good');
});

test('whatever is on its way when the ends turn over is heard once and in order, however far it came', async () => {
  for (let arrived = 0; arrived <= 4; arrived++) {
    for (let late = arrived; late <= 4; late++) {
      for (const isTold of [true, false]) {
        const [ann, bob] = await two();
        const wire = new Wire();
        for (const round of [1, 2, 3, 4]) await wire.tell(ann, body(round));
        const plain = wire.letters.splice(0);
        const heard: number[] = [];
        const hear = async (letters: typeof plain): Promise<void> => {
          const part = new Wire();
          part.letters.push(...letters);
          heard.push(...(await part.hear(bob)));
        };
        await hear(plain.slice(0, arrived));
        const again = ann.handleDone(bob.taken);
        assert.deepEqual(again.map(({ id }) => id), [1, 2, 3, 4].slice(arrived));
        // More of the plain ones come before Bob hears that Ann seals, and the rest behind that.
        await hear(plain.slice(arrived, late));
        if (isTold) {
          bob.handleSealed();
          await hear(plain.slice(late));
        }
        wire.letters.push(...plain);
        for (const { id, body: told } of again) await wire.tell(ann, told, id);
        await wire.tell(ann, body(5));
        await hear(wire.letters.slice(isTold ? 4 : late));
        assert.deepEqual(heard, [1, 2, 3, 4, 5], `${arrived} had arrived, ${late} before the word, ${isTold}`);
      }
    }
  }
});

test('once the partner has said that it seals, what is plain is nobody’s', async () => {
  const [ann, bob] = await two();
  bob.handleSealed();
  assert.equal(await bob.open(kCall, 1, JSON.stringify(body(1))), null);
  ann.handleDone(0);
  assert.ok(await bob.open(kCall, 2, await ann.seal(kCall, body(2))));
});

test('a sealed body is opened once, by its own end, in its own call, unchanged, and by none without the keys', async () => {
  const [ann, bob] = await two();
  ann.handleDone(0);
  bob.handleDone(0);
  const [first, second] = [await ann.seal(kCall, body(1)), await ann.seal(kCall, body(2))];
  assert.notEqual(first, second);
  assert.equal(await bob.open('0.other', 1, first), null);
  assert.equal(await ann.open(kCall, 1, first), null, 'one’s own coming back');
  assert.equal(await new Sealing().open(kCall, 1, first), null);
  const bytes = fromBase64url(first)!;
  for (let at = 0; at < bytes.length; at++) {
    const changed = toBase64url(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)));
    assert.equal(await bob.open(kCall, 1, changed), null, `byte ${at}`);
  }
  for (const text of ['', 'AAAA', '!', first.slice(0, 20)]) assert.equal(await bob.open(kCall, 1, text), null, text);
  assert.ok(await bob.open(kCall, 1, JSON.stringify(body(0))), 'nothing of that was a sign that the partner seals');
  assert.ok(await bob.open(kCall, 2, second));
  assert.equal(await bob.open(kCall, 3, second), null, 'again');
  assert.equal(await bob.open(kCall, 4, first), null, 'an older one');
});

test('of what was told in plain the newest 64 are kept, and none once bodies are sealed', async () => {
  const [ann] = await two();
  for (let id = 1; id <= kBodiesKept + 1; id++) ann.noteTold({ id, body: body(id) });
  const again = ann.handleDone(0);
  assert.deepEqual([again.length, again[0]!.id], [kBodiesKept, 2]);
  ann.noteTold({ id: 100, body: body(100) });
  assert.deepEqual(ann.handleDone(0), []);
});
