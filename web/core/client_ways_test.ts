// Offers, answers and candidates go by the server and by the data channel: where one of them is away the other carries them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from './testing/fake_clock.ts';
import { kKey, kNatted, kSeats, two, World, type Person } from './testing/people.ts';

type Said = { kind: string; body?: { kind: string; round?: number } };

const saidBodies = (person: Person): string[] =>
  person.connection().said.map((text) => JSON.parse(text) as Said).flatMap(({ body }) => (body ? [body.kind] : []));

const answers = (person: Person): number => person.connection().steps.filter((step) => step === 'createAnswer').length;

async function call(): Promise<[World, Person, Person]> {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  await world.until(() => ann.client.view.path.badge === 'direct' && bob.client.view.path.badge === 'direct');
  return [world, ann, bob];
}

function loseServer(world: World): void {
  world.server.reachable = false;
  world.server.cut();
}

test('without the server a round of offer and answer goes over the channel, whichever end wants it', async () => {
  const [world, ann, bob] = await call();
  loseServer(world);
  await settle();
  for (const [at, person] of [ann, bob].entries()) {
    person.connection().negotiate();
    await world.until(() => answers(bob) === 2 + at && ann.connection().signalingState === 'stable');
  }
  assert.deepEqual(saidBodies(ann).filter((kind) => kind !== 'candidates'), ['offer', 'offer']);
  assert.deepEqual(saidBodies(bob).filter((kind) => kind !== 'candidates'), ['answer', 'offer_wanted', 'answer']);
});

test('without the server ICE is restarted over a path that still carries something', async () => {
  const [world, ann, bob] = await call();
  loseServer(world);
  await world.clock.pass(1_000);
  ann.connection().become('disconnected');
  await world.until(() => answers(bob) === 2 && [ann, bob].every(({ client }) => !client.view.call.shaky));
  assert.deepEqual([ann.client.restarts.length, answers(bob)], [1, 2]);
});

test('without the channel all of it goes by the server, and what comes both ways is taken once', async () => {
  const [world, ann, bob] = await call();
  ann.connection().negotiate();
  await world.clock.pass(500);
  assert.deepEqual([answers(bob), saidBodies(ann).includes('offer')], [2, true], 'both carried it');
  for (const { channels } of [ann.connection(), bob.connection()]) channels.get(0)!.readyState = 'closed';
  bob.connection().negotiate();
  await world.until(() => answers(bob) === 3 && ann.connection().signalingState === 'stable');
  assert.deepEqual(await faults(world, ann, bob), []);
});

async function faults(world: World, ...people: Person[]): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const { client } of people) client.on('fault', ({ error }) => found.push(error));
  await world.clock.pass(1_000);
  return found;
}

test('what the server kept for later is passed over when the channel has carried it meanwhile', async () => {
  const [world, ann, bob] = await call();
  loseServer(world);
  await settle();
  for (const count of [2, 3]) {
    ann.connection().negotiate();
    await world.until(() => answers(bob) === count && ann.connection().signalingState === 'stable');
  }
  world.server.reachable = true;
  await world.until(() => [ann, bob].every(({ client }) => client.session.carries), 20_000);
  assert.deepEqual(await faults(world, ann, bob), []);
  assert.deepEqual([answers(bob), ann.connection().signalingState, ann.phase(), bob.phase()], [3, 'stable', 'connected', 'connected']);
});

test('a private call does the same: the channel is as secret as what is sealed for the server', async () => {
  const [world, ann, bob] = await two([kNatted, kNatted]);
  world.open(ann, kKey, kSeats[0]!);
  world.open(bob, kKey, kSeats[1]!);
  await world.untilPhase('connected', ann, bob);
  await world.clock.pass(1_000);
  loseServer(world);
  await settle();
  const before = answers(ann) + answers(bob);
  ann.connection().negotiate();
  await world.until(() => answers(ann) + answers(bob) === before + 1);
});

test('an offer over the channel under another certificate ends the call as one by the server does', async () => {
  const [world, ann, bob] = await call();
  const { sdp } = ann.connection().localDescription!;
  const forged = sdp.replace(/sha-256 ..:/g, 'sha-256 EE:');
  bob.connection().channels.get(0)!.onmessage!({ data: JSON.stringify({ kind: 'body', body: { kind: 'offer', sdp: forged, round: 1 } }) });
  await world.untilPhase('ended', bob);
  assert.equal(bob.client.view.call.reason, 'fingerprint');
});
