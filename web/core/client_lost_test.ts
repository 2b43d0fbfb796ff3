// A call whose path is broken, and which the server may or may not know when the network is back: for as long as something can mend it
// the person decides, and nobody is asked to wait for what cannot come.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kCalmMs, kStuckAgainMs, kStuckMs } from './mending.ts';
import { settle } from './testing/fake_clock.ts';
import { kCallResumeMs, kResumeMs } from './testing/fake_server.ts';
import type { Network } from './testing/fake_rtc.ts';
import { kNatted, two, World, type Person } from './testing/people.ts';

const kLateMs = 20_000;

/** Two in a call, and the network of the first. */
async function twoWithoutRelay(): Promise<[World, Person, Person, Network]> {
  const network = { ...kNatted };
  const [world, ann, bob] = await two([network], new World({ iceServers: [] }));
  await world.connect(ann, bob);
  return [world, ann, bob, network];
}

/** Nothing reaches the server for so long; whoever is asked keeps trying. */
async function beWithoutServer(world: World, ms: number, ...people: Person[]): Promise<void> {
  world.server.reachable = false;
  world.server.cut();
  for (let passed = 0; passed < ms; passed += 10_000) {
    await world.clock.pass(10_000);
    for (const { client } of people) client.keep();
  }
  world.server.reachable = true;
}

test('a call without path and server for four minutes goes on when both are back', async () => {
  const [world, ann, bob, network] = await twoWithoutRelay();
  const { call } = ann.client.view.call;
  network.cut = true;
  await beWithoutServer(world, 240_000, ann, bob);
  assert.deepEqual([ann.phase(), bob.phase()], ['connected', 'connected']);
  network.cut = false;
  await world.until(() => [ann, bob].every(({ client }) => client.view.call.standing === 'live' && !client.view.call.shaky), 2 * kLateMs);
  assert.deepEqual([ann.client.session.resumed, bob.client.session.resumed], [1, 1]);
  assert.deepEqual([ann.client.view.call.call, bob.client.view.call.call], [call, call]);
  assert.ok(ann.client.sendChat('still here'));
});

test('one whom the server has given up, and who has no path, is told that the call is lost', async () => {
  const [world, ann, bob, network] = await twoWithoutRelay();
  network.cut = true;
  await beWithoutServer(world, kCallResumeMs + 30_000, ann, bob);
  assert.deepEqual([ann.phase(), ann.client.view.call.standing], ['connected', 'away'], 'who is away does not know of it');
  await world.until(() => ann.phase() === 'ended' && bob.phase() === 'ended', kLateMs);
  assert.deepEqual([ann.client.view.call.reason, bob.client.view.call.reason], ['lost', 'lost']);
  assert.deepEqual([ann.client.view.call.stuck, ann.client.view.server], [false, 'open']);
});

test('a call whose path lives outlives the session at the server, and a broken path ends it when it has not come back by itself', async () => {
  const [world, ann, bob, network] = await twoWithoutRelay();
  await beWithoutServer(world, kCallResumeMs + 30_000);
  await world.until(() => [ann, bob].every(({ client }) => client.view.server === 'open'), kLateMs);
  assert.deepEqual([ann.phase(), ann.client.view.call.standing, ann.client.view.call.shaky], ['connected', 'gone', false]);

  network.cut = true;
  ann.connection().become('disconnected');
  await world.clock.pass(kStuckMs - 5_000);
  assert.deepEqual([ann.phase(), ann.client.view.call.shaky], ['connected', true]);
  network.cut = false;
  ann.connection().become('connected');
  assert.deepEqual([ann.phase(), ann.client.view.call.shaky], ['connected', false], 'it has come back by itself');
  await world.clock.pass(kCalmMs);

  const asked: boolean[] = [];
  ann.client.on('stuck', ({ stuck }) => asked.push(stuck));
  network.direct = false;
  network.cut = true;
  ann.connection().become('failed');
  await world.clock.pass(kStuckMs - 10);
  assert.equal(ann.phase(), 'connected');
  await world.clock.pass(20);
  assert.deepEqual([ann.phase(), ann.client.view.call.reason, asked], ['ended', 'lost', []], 'there was nothing to ask');
});

test('a session that ends for good leaves nothing to wait for where the person has been asked already', async () => {
  const [world, ann, , network] = await twoWithoutRelay();
  network.direct = false;
  network.cut = true;
  ann.connection().become('failed');
  await world.clock.pass(kStuckMs + 10);
  assert.ok(ann.client.view.call.stuck);
  ann.client.keep();
  await world.clock.pass(1_000);
  assert.deepEqual([ann.phase(), ann.client.view.call.stuck], ['connected', false]);
  world.server.cut(4004);
  await settle();
  assert.deepEqual([ann.phase(), ann.client.view.call.reason], ['ended', 'lost']);
});

test('whose partner stays away is asked for as long as the server keeps the partner, and no longer', async () => {
  const [world, ann, bob, network] = await twoWithoutRelay();
  network.cut = true;
  // Bob's device has lost its power: neither his page nor his network says anything.
  world.server.silence(bob.client.session.session);
  bob.client.stop();
  world.server.cut();
  await world.until(() => ann.client.view.call.stuck, kStuckMs + kLateMs);
  await world.clock.pass(kResumeMs + kStuckAgainMs);
  assert.deepEqual([ann.phase(), ann.client.view.call.stuck], ['connected', true], 'nobody but the person ends it');
  await world.clock.pass(kCallResumeMs);
  assert.deepEqual([ann.phase(), ann.client.view.call.reason], ['ended', 'gone']);
});
