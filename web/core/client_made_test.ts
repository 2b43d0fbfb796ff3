// What a client knows of how its call was made, while it lasts and afterwards.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kPathPollMs } from './line_watch.ts';
import { readMadeFile, redact, writeMade, type Call } from './made_file.ts';
import { settle } from './testing/fake_clock.ts';
import { kBlocked, two, type Person } from './testing/people.ts';

function callOf({ client }: Person): Call {
  const { made, path } = client.view;
  const { crossed, timings } = client;
  return { made: made!, path, timings, crossed: crossed && { before: crossed.before, after: crossed.after ?? client.session.ledger.total } };
}

test('in a call there is a story of it, which can be saved and read', async () => {
  const [world, ann, bob] = await two();
  assert.equal(ann.client.view.made, null);
  const before = ann.sent.length;
  await world.connect(ann, bob);
  await world.clock.pass(kPathPollMs);
  const { made } = callOf(ann);
  assert.deepEqual(made.candidates.map(({ side, kind }) => `${side} ${kind}`), ['own host', 'partner host']);
  assert.deepEqual([made.pairs.length, made.chosen, made.why], [1, made.pairs[0], 'only']);
  assert.ok(made.pairs[0]!.received > 0);
  assert.match(made.lock.own!, /^sha-256 /);
  assert.notEqual(made.lock.own, made.lock.partner);

  ann.client.noteFrame(world.clock.now());
  ann.client.noteFrame(world.clock.now() + 5);
  assert.equal(ann.client.timings.frame, world.clock.now());
  const { saved } = redact(callOf(ann));
  // Whoever looks for somebody is not in the meeting yet.
  const seek = ann.sent.findIndex(({ type }) => type === 'seek');
  assert.ok(seek >= before);
  assert.equal(saved.signaling!.sent.messages, ann.sent.length - seek - 1);
  assert.ok(saved.signaling!.received.bytes > 100);
  assert.deepEqual(readMadeFile(writeMade(saved)), { ok: true, saved });
});

test('after the end it stays as it was until there is another search, or home', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  bob.client.act('leave');
  await world.untilPhase('ended', ann);
  const { made } = ann.client.view;
  assert.ok(made);
  const counted = JSON.stringify(redact(callOf(ann)).saved);
  ann.client.askLedger();
  await settle();
  assert.equal(JSON.stringify(redact(callOf(ann)).saved), counted, 'what crosses later is no part of it');
  assert.equal(ann.client.view.made, made);
  ann.client.act('next');
  assert.equal(ann.client.view.made, null);

  assert.ok(bob.client.view.made);
  bob.client.act('home');
  assert.equal(bob.client.view.made, null);
});

test('a relay is seen at the end that uses it, and told to the other', async () => {
  const [world, ann, bob] = await two([kBlocked, kBlocked]);
  await world.connect(ann, bob);
  await world.until(() => [ann, bob].every(({ client }) => client.view.path.badge === 'relayed'));
  await world.clock.pass(kPathPollMs);
  for (const { client } of [ann, bob]) assert.equal(client.view.made!.chosen!.relayed, true);
});

test('a connection that takes the place of another goes on with its story', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  const first = ann.client.pc;
  ann.connection().closeDtls();
  await world.until(() => ann.client.pc !== first && ann.client.view.call.phase === 'connected' && !ann.client.view.call.shaky, 30_000);
  await world.clock.pass(kPathPollMs);
  const { pairs, chosen } = ann.client.view.made!;
  assert.deepEqual([pairs.length, chosen], [2, pairs[1]]);
  assert.notEqual(pairs[0]!.used[0]!.to, null);
});
