// The safety code between two whole clients: over a channel in memory, with a server and sometimes somebody else in between.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodeMessage } from './code_run.ts';
import type { CodeView } from './code_view.ts';
import { kCodeLateMs } from './trust.ts';
import { settle } from './testing/fake_clock.ts';
import type { FakeConnection } from './testing/fake_rtc.ts';
import { kBlocked, kKey, kNatted, kSeats, last, two, World, type Person } from './testing/people.ts';

const codeOf = ({ client }: Person): CodeView => client.view.code;
const states = (...people: Person[]): string[] => people.map((person) => codeOf(person).state);
const bothHave = (...people: Person[]) => (): boolean => people.every((person) => codeOf(person).state === 'code');
const relayed = (person: Person, way: 'sent' | 'received' = 'sent'): string[] =>
  person[way].filter(({ type }) => type === 'relay').map(({ body }) => String(body));
const isPlain = (body: string): boolean => body.startsWith('{');

/** Changes, or with null keeps back, what this person says on the control channel from the beginning. */
function tamper({ rtc }: Person, change: (message: CodeMessage) => CodeMessage | null): void {
  rtc.onMade = (connection: FakeConnection) => {
    const make = connection.createDataChannel.bind(connection);
    connection.createDataChannel = (label, options) => {
      const channel = make(label, options);
      const send = channel.send.bind(channel);
      channel.send = (text) => {
        const message = JSON.parse(text) as CodeMessage;
        const changed = message.kind === 'code' ? change(message) : message;
        if (changed) send(JSON.stringify(changed));
      };
      return channel;
    };
  };
}

test('two strangers have the same code soon after the call begins, and other people another one', async () => {
  const world = new World();
  const seen = new Set<string>();
  for (let pair = 0; pair < 3; pair++) {
    const [ann, bob] = [await world.person(), await world.person()];
    const told: CodeView[] = [];
    ann.client.on('code', (view) => told.push(view));
    await world.connect(ann, bob);
    await world.until(bothHave(ann, bob), 1_000);
    assert.deepEqual(codeOf(ann), codeOf(bob));
    assert.deepEqual(told.map(({ state }) => state), ['making', 'code']);
    seen.add(codeOf(ann).code!.digits);
    bob.client.act('leave');
    await world.untilPhase('ended', ann);
    assert.deepEqual(states(ann, bob), ['none', 'none'], 'it goes with its call');
  }
  assert.equal(seen.size, 3);
});

test('a private call has a code too, and stays sealed by its link', async () => {
  const [world, ann, bob] = await two();
  world.open(ann, kKey, kSeats[0]!);
  world.open(bob, kKey, kSeats[1]!);
  await world.untilPhase('connected', ann, bob);
  await world.until(bothHave(ann, bob), 1_000);
  assert.deepEqual(codeOf(ann), codeOf(bob));
  ann.connection().become('disconnected');
  await world.until(() => ann.client.view.path.badge === 'relayed');
});

test('a partner with a page of before the code, or one that is kept from it, is not verified, and the call goes on', async () => {
  for (const first of ['commit', 'reveal', 'done'] as const) {
    const [world, ann, bob] = await two();
    let isKept = false;
    tamper(bob, (message) => ((isKept ||= message.step === first) ? null : message));
    await world.connect(ann, bob);
    await world.clock.pass(kCodeLateMs - 100);
    assert.equal(codeOf(ann).state, 'making', first);
    await world.clock.pass(100);
    assert.deepEqual(codeOf(ann), { state: 'unverified', code: null, why: 'silent' });
    assert.equal(ann.phase(), 'connected');
    assert.ok(ann.client.sendChat('all the same'));
  }
  const [world, ann, bob] = await two();
  tamper(bob, () => null);
  await world.connect(ann, bob);
  await world.clock.pass(kCodeLateMs);
  assert.deepEqual(states(ann, bob), ['unverified', 'unverified']);
  ann.connection().become('disconnected');
  await world.until(() => ann.client.view.path.badge === 'relayed');
  assert.ok(relayed(ann).every(isPlain), 'nothing is sealed without keys');
});

test('a code that comes late is shown all the same', async () => {
  const [world, ann, bob] = await two();
  const kept: (() => void)[] = [];
  let isHeld = true;
  bob.rtc.onMade = (connection) => {
    const make = connection.createDataChannel.bind(connection);
    connection.createDataChannel = (label, options) => {
      const channel = make(label, options);
      const send = channel.send.bind(channel);
      channel.send = (text) => (isHeld ? void kept.push(() => send(text)) : send(text));
      return channel;
    };
  };
  await world.connect(ann, bob);
  await world.clock.pass(kCodeLateMs);
  assert.equal(codeOf(ann).state, 'unverified');
  isHeld = false;
  kept.forEach((send) => send());
  await world.until(bothHave(ann, bob), 1_000);
});

test('a forged nonce, a second commitment and one’s own coming back are told apart from silence, and nothing is begun anew', async () => {
  const forged: CodeMessage = { kind: 'code', step: 'reveal', value: 'A'.repeat(43) };
  const cases: [string, (message: CodeMessage) => CodeMessage][] = [
    ['forged', (message) => (message.step === 'reveal' ? forged : message)],
    ['order', (message) => (message.step === 'reveal' ? { ...message, step: 'commit' } : message)],
  ];
  for (const [why, change] of cases) {
    const [world, ann, bob] = await two();
    tamper(bob, change);
    await world.connect(ann, bob);
    await world.until(() => codeOf(ann).state === 'refused');
    assert.deepEqual(codeOf(ann), { state: 'refused', code: null, why });
    await world.clock.pass(3 * kCodeLateMs);
    assert.deepEqual(codeOf(ann), { state: 'refused', code: null, why });
    assert.notEqual(codeOf(bob).state, 'code', 'a code is shown where both have it');
  }
});

test('who stands in DTLS with another certificate than the descriptions name ends the call at once', async () => {
  const [world, ann, bob] = await two();
  ann.rtc.onMade = (connection) => (connection.onSecured = (transport) => (transport.certificates = [new Uint8Array([1, 2, 3]).buffer]));
  await world.match(ann, bob);
  for (const { client } of [ann, bob]) client.act('accept');
  await world.untilPhase('ended', ann);
  assert.equal(ann.client.view.call.reason, 'fingerprint');
});

test('a certificate that changes while the call goes on ends it, whatever brought the connection back', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  await world.until(bothHave(ann, bob));
  ann.connection().sctp!.transport.certificates = [new Uint8Array([1, 2, 3]).buffer];
  ann.connection().become('disconnected');
  ann.connection().become('connected');
  await world.untilPhase('ended', ann);
  assert.equal(ann.client.view.call.reason, 'fingerprint');
});

test('a browser that does not tell whom it is connected to says so', async () => {
  const [world, ann, bob] = await two();
  ann.rtc.onMade = (connection) => (connection.onSecured = (transport) => (transport.certificates = []));
  await world.connect(ann, bob);
  await world.until(() => codeOf(ann).state === 'unverified');
  assert.equal(codeOf(ann).why, 'unseen');
});

test('once there is a code every body is sealed, resends are the same text, and what the server puts in plain is not heard', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  await world.until(bothHave(ann, bob));
  const before = relayed(ann).length;
  assert.ok(before > 0 && relayed(ann).every(isPlain));
  const heard: string[] = [];
  ann.client.onBody = (way, _, { kind }) => way === 'in' && heard.push(kind);
  ann.connection().become('disconnected');
  await world.until(() => ann.client.view.path.badge === 'relayed' && bob.client.view.path.badge === 'relayed');
  const sealed = relayed(ann).slice(before);
  assert.ok(sealed.length > 0 && sealed.every((body) => /^[\w-]+$/.test(body)));
  assert.deepEqual(new Set(heard), new Set(['answer', 'candidates']));

  // As from Bob, by whoever carries the bodies.
  heard.length = 0;
  const { call } = ann.client.view.call;
  const { id, seq, epoch } = last(ann.received.filter(({ type }) => type === 'relay')) as unknown as { id: number; seq: number; epoch: string };
  const ufrag = ann.connection().ufrag;
  const wish = JSON.stringify({ kind: 'offer_wanted', restart: true });
  world.server.tellAll({ type: 'relay', call, epoch, seq: seq + 1, id: id + 1, body: wish });
  await world.clock.pass(500);
  assert.deepEqual([heard, ann.connection().ufrag], [[], ufrag]);

  // The same bodies once more, after the server has begun a new life.
  const told = new Set(relayed(ann));
  world.server.restart();
  await world.until(() => ann.client.view.call.standing === 'live', 12_000);
  await world.clock.pass(500);
  assert.deepEqual(new Set(relayed(ann)), told);
  assert.equal(ann.phase(), 'connected');
});

test('bodies that are on their way while the two turn to sealing all arrive: a call that takes the relay at that moment comes about', async () => {
  for (const networks of [[kBlocked, kNatted], [{ ...kNatted, handshakeMs: 900 }, kNatted], [{ ...kBlocked, firefox: true }, kBlocked]] as const) {
    for (const lossMs of [0, 40, 200]) {
      const [world, ann, bob] = await two([...networks]);
      await world.match(ann, bob);
      for (const { client } of [ann, bob]) client.act('accept');
      await world.untilPhase('connected', ann, bob);
      // The server goes away with whatever it carries, and comes back.
      await world.clock.pass(lossMs);
      for (const { connection } of [ann, bob]) connection().negotiate();
      world.server.cut();
      await world.until(bothHave(ann, bob));
      await world.until(() => [ann, bob].every(({ client, connection }) => client.view.server === 'open' && connection().signalingState === 'stable'), 12_000);
      await settle();
      assert.deepEqual(states(ann, bob), ['code', 'code']);
      assert.deepEqual([ann.phase(), bob.phase()], ['connected', 'connected']);
    }
  }
});
