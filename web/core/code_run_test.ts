import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { fromBase64url, toBase64url, utf8, type Bytes } from './bytes.ts';
import { CodeRun, parseCodeMessage, type CodeEvent, type CodeMessage } from './code_run.ts';
import type { CryptoPort } from './ports.ts';
import { agree, commitment, type Agreed, type End } from './safety_code.ts';
import { nodeCrypto } from './testing/node_crypto.ts';

const bytes = (name: string): Bytes => new Uint8Array(createHash('sha256').update(name).digest());
const [kAnn, kBob, kLeft, kRight] = ['Ann', 'Bob', 'the false Bob', 'the false Ann'].map((name) => bytes(`certificate of ${name}`)) as [Bytes, Bytes, Bytes, Bytes];
const kSteps = ['commit', 'reveal', 'done', 'sealed'] as const;

/** Chance that a test knows. */
function cryptoWith(nonce: Bytes): CryptoPort {
  return { subtle: nodeCrypto.subtle, getRandomValues: (into) => (into.set(nonce), into) };
}

class Side {
  readonly run: CodeRun;
  readonly events: CodeEvent[] = [];
  readonly nonce: Bytes;
  /** What has been said and not been carried over yet. */
  readonly said: CodeMessage[] = [];

  constructor(own: Bytes, partner: Bytes, nonce: Bytes, taken = 0) {
    this.nonce = nonce;
    this.run = new CodeRun({
      crypto: cryptoWith(nonce),
      own,
      partner,
      taken: () => taken,
      onEvent: (event) => {
        this.events.push(event);
        if (event.type === 'say') this.said.push(event.message);
      },
    });
  }

  async hear(...messages: CodeMessage[]): Promise<void> {
    for (const message of messages) await this.run.handle(message);
  }

  steps(): string[] {
    return this.events.map((event) => (event.type === 'say' ? `say ${event.message.step}` : event.type === 'refused' ? `refused: ${event.why}` : event.type));
  }

  agreed(): Agreed | null {
    return this.events.flatMap((event) => (event.type === 'done' ? [event.agreed] : []))[0] ?? null;
  }

  last(): string {
    return this.steps().at(-1)!;
  }
}

/** Waits for the first commitment, which needs nobody. */
async function ready(side: Side): Promise<Side> {
  while (side.events.length === 0) await new Promise((done) => setImmediate(done));
  return side;
}

const value = (text: string, step: 'commit' | 'reveal'): CodeMessage => ({ kind: 'code', step, value: text });

/** Carries everything to and fro until nothing more is said. `change` may put something else in its place, or nothing. */
async function talk(first: Side, second: Side, change: (message: CodeMessage, from: Side) => CodeMessage | null = (message) => message): Promise<void> {
  await Promise.all([ready(first), ready(second)]);
  while (first.said.length + second.said.length > 0) {
    for (const [from, to] of [[first, second], [second, first]] as const) {
      const message = from.said.shift();
      const carried = message && change(message, from);
      if (carried) await to.hear(carried);
    }
  }
}

function two(): [Side, Side] {
  return [new Side(kAnn, kBob, bytes('N of Ann'), 3), new Side(kBob, kAnn, bytes('N of Bob'), 7)];
}

test('two ends with nobody between have the same code, know that the other has it, and open what the other seals', async () => {
  const [ann, bob] = two();
  await talk(ann, bob);
  for (const side of [ann, bob]) {
    assert.deepEqual(side.steps(), ['say commit', 'say reveal', 'agreed', 'say done', 'done', 'say sealed', 'sealed']);
  }
  assert.deepEqual(ann.agreed()!.code, bob.agreed()!.code);
  const expected = await agree(nodeCrypto, { fingerprint: kBob, nonce: bytes('N of Bob') }, { fingerprint: kAnn, nonce: bytes('N of Ann') });
  assert.deepEqual(ann.agreed()!.code, expected.code);
  const done = (side: Side) => side.events.find((event) => event.type === 'done') as CodeEvent & { type: 'done' };
  assert.deepEqual([done(ann).taken, done(bob).taken], [7, 3]);
  const sealed = await ann.agreed()!.send.seal(0, utf8('c'), utf8('x'));
  assert.deepEqual(await bob.agreed()!.receive.open(0, utf8('c'), sealed), utf8('x'));
});

test('a nonce is told only once the other end is bound to its own', async () => {
  const ann = await ready(new Side(kAnn, kBob, bytes('N of Ann')));
  assert.deepEqual(ann.steps(), ['say commit']);
  const said = fromBase64url((ann.said[0] as { value: string }).value)!;
  assert.deepEqual(said, await commitment(nodeCrypto, { fingerprint: kAnn, nonce: bytes('N of Ann') }, kBob));
});

test('of all orders and repetitions only one comes to an end, and the first wrong message ends the run for good', async () => {
  const [, helper] = two();
  const [ann] = two();
  const honest: CodeMessage[] = [];
  await talk(ann, helper, (message, from) => {
    if (from === helper) honest.push(message);
    return message;
  });
  assert.deepEqual(honest.map(({ step }) => step), kSteps);
  for (let number = 0; number < 4 ** 4; number++) {
    const order = [0, 1, 2, 3].map((at) => (number >> (2 * at)) & 3);
    const [side] = two();
    await ready(side);
    await side.hear(...order.map((at) => honest[at]!));
    const right = order.findIndex((step, at) => step !== at);
    const whole = ['say commit', 'say reveal', 'agreed', 'say done', 'done', 'say sealed', 'sealed'];
    const upTo = [1, 2, 4, 6, 7];
    const wanted = right === -1 ? whole : [...whole.slice(0, upTo[right]), 'refused: order'];
    assert.deepEqual(side.steps(), wanted, order.join(' '));
    await side.hear(...honest);
    assert.deepEqual(side.steps(), wanted, 'nothing is listened to any more');
  }
});

test('one’s own coming back is refused: certificate, commitment, nonce', async () => {
  const same = await ready(new Side(kAnn, kAnn, bytes('N of Ann')));
  assert.deepEqual(same.steps(), ['refused: reflected']);

  const [ann] = two();
  await ready(ann);
  await ann.hear(ann.said[0]!);
  assert.deepEqual(ann.steps(), ['say commit', 'refused: reflected']);

  // Bound to the right certificates, with the nonce that has just been heard.
  const [other] = two();
  await ready(other);
  const bound = await commitment(nodeCrypto, { fingerprint: kBob, nonce: other.nonce }, kAnn);
  await other.hear(value(toBase64url(bound), 'commit'), other.said[1] ?? value(toBase64url(other.nonce), 'reveal'));
  assert.equal(other.last(), 'refused: reflected');
});

test('a nonce other than the one bound to, or bound to other certificates or the other way around, is forged', async () => {
  const nonce = bytes('N of Bob');
  const bound: [string, End, Bytes, Bytes][] = [
    ['another nonce', { fingerprint: kBob, nonce }, kAnn, bytes('chosen later')],
    ['the other way around', { fingerprint: kAnn, nonce }, kBob, nonce],
    ['for somebody else', { fingerprint: kBob, nonce }, kLeft, nonce],
    ['by somebody else', { fingerprint: kRight, nonce }, kAnn, nonce],
  ];
  for (const [name, from, to, told] of bound) {
    const [ann] = two();
    await ready(ann);
    await ann.hear(value(toBase64url(await commitment(nodeCrypto, from, to)), 'commit'), value(toBase64url(told), 'reveal'));
    assert.equal(ann.last(), 'refused: forged', name);
    assert.equal(ann.agreed(), null);
  }
});

test('what has not the form of a message ends the run', async () => {
  const whole = toBase64url(bytes('x'));
  for (const text of ['', whole.slice(1), `${whole}AA`, `${whole.slice(1)}=`, toBase64url(bytes('x').slice(1))]) {
    for (const step of ['commit', 'reveal'] as const) {
      const [ann] = two();
      await ready(ann);
      if (step === 'reveal') await ann.hear(value(whole, 'commit'));
      await ann.hear(value(text, step));
      assert.equal(ann.last(), 'refused: order', `${step} ${text}`);
    }
  }
});

test('a run that is stopped says and finds nothing more, also in the middle of a step', async () => {
  const [ann, bob] = two();
  await Promise.all([ready(ann), ready(bob)]);
  await ann.hear(bob.said.shift()!);
  await bob.hear(ann.said.shift()!);
  const last = ann.run.handle(bob.said.shift()!);
  ann.run.stop();
  await last;
  assert.deepEqual(ann.steps(), ['say commit', 'say reveal']);
});

test('messages are read strictly', () => {
  const good: unknown[] = [
    { kind: 'code', step: 'commit', value: 'AA' },
    { kind: 'code', step: 'reveal', value: 'a'.repeat(64) },
    { kind: 'code', step: 'done', taken: 0 },
    { kind: 'code', step: 'sealed' },
  ];
  for (const message of good) assert.deepEqual(parseCodeMessage(message), message);
  const bad: unknown[] = [
    {}, { value: 5 }, { step: 'reveal', value: 'a'.repeat(65) }, { step: 'done' }, { step: 'done', taken: -1 }, { step: 'done', taken: 0.5 },
    { step: 'else' }, { kind: 'path', step: 'sealed' }, null, 'commit', [],
  ].map((message) => (message instanceof Array || typeof message !== 'object' || message === null ? message : { kind: 'code', step: 'commit', ...message }));
  for (const message of bad) assert.equal(parseCodeMessage(message), null, JSON.stringify(message));
});

// ---- somebody in between, who holds a certificate towards each end and knows everything that is sent

/** Ann, Bob, and the two ends that stand between them. */
function between(towardsAnn = bytes('M1'), towardsBob = bytes('M2')): { ann: Side; left: Side; right: Side; bob: Side } {
  return {
    ann: new Side(kAnn, kLeft, bytes('N of Ann')),
    left: new Side(kLeft, kAnn, towardsAnn),
    right: new Side(kRight, kBob, towardsBob),
    bob: new Side(kBob, kRight, bytes('N of Bob')),
  };
}

test('who stands between and plays both runs well gets two codes that differ', async () => {
  for (let attempt = 0; attempt < 32; attempt++) {
    const { ann, left, right, bob } = between(bytes(`M1 ${attempt}`), bytes(`M2 ${attempt}`));
    await talk(ann, left);
    // All of the first run is known before the second begins.
    await talk(right, bob);
    assert.notEqual(ann.agreed()!.code.digits, bob.agreed()!.code.digits);
  }
});

test('who passes the commitments on unchanged is found out by both ends', async () => {
  const { ann, bob } = between();
  await talk(ann, bob);
  for (const side of [ann, bob]) assert.deepEqual(side.steps(), ['say commit', 'say reveal', 'refused: forged']);
});

test('who waits for the nonces and then chooses one with the same code is bound to another already', async () => {
  const { ann, left, bob } = between();
  await talk(ann, left);
  const wanted = ann.agreed()!.code;
  // Bob tells his nonce only for a commitment, and then it is too late to look for one that would fit.
  await ready(bob);
  const early: End = { fingerprint: kRight, nonce: bytes('any') };
  await bob.hear(value(toBase64url(await commitment(nodeCrypto, early, kBob)), 'commit'));
  assert.deepEqual(bob.steps(), ['say commit', 'say reveal']);
  // Two of the eight finger numbers are quickly found; it does not matter how many.
  const theirs: End = { fingerprint: kBob, nonce: bob.nonce };
  let chosen = bytes('0');
  for (let at = 1; ; at++) {
    const { code } = await agree(nodeCrypto, { fingerprint: kRight, nonce: chosen }, theirs);
    if (code.pictures[0] === wanted.pictures[0]) break;
    chosen = bytes(String(at));
  }
  await bob.hear(value(toBase64url(chosen), 'reveal'));
  assert.equal(bob.last(), 'refused: forged');
});

test('what was heard in one run is worth nothing in another', async () => {
  const [ann, bob] = two();
  const heard: CodeMessage[] = [];
  await talk(ann, bob, (message, from) => {
    if (from === bob) heard.push(message);
    return message;
  });
  // The next partner has a fresh certificate, and so has this end.
  const next = await ready(new Side(bytes('Ann, later'), kLeft, bytes('N of Ann, later')));
  await next.hear(...heard);
  assert.deepEqual(next.steps(), ['say commit', 'say reveal', 'refused: forged']);
});

test('who keeps a message back leaves both ends without a code', async () => {
  for (const kept of kSteps.slice(0, 3)) {
    const [ann, bob] = two();
    await talk(ann, bob, (message, from) => (from === bob && message.step === kept ? null : message));
    assert.equal(ann.agreed(), null, kept);
    assert.ok(!ann.steps().some((step) => step.startsWith('refused')) || ann.last() === 'refused: order', kept);
  }
});
