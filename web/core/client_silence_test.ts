// A line that falls silent: known before the browser says so, mended at once, and never an end of the call.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kGiveUpMs } from './mending.ts';
import type { Network } from './testing/fake_rtc.ts';
import { kNatted, told, two, World, type Person } from './testing/people.ts';

/** A direct call over a way that a test can cut. */
async function call(more: Partial<Network> = {}): Promise<[World, Person, Person, Network]> {
  const way: Network = { ...kNatted, ...more };
  const [world, ann, bob] = await two([way, { ...kNatted, ...more }]);
  await world.connect(ann, bob);
  await world.until(() => ann.client.view.path.badge === 'direct' && bob.client.view.path.badge === 'direct');
  await world.clock.pass(5_000);
  return [world, ann, bob, way];
}

const controls = (person: Person): { kind: string }[] => person.connection().said.map((text) => JSON.parse(text) as { kind: string });

test('a way that carries nothing any more is known within three seconds, though no browser says so, and the call is back', async () => {
  for (const media of [true, false]) {
    const [world, ann, bob, way] = await call({ media });
    const from = world.clock.now();
    way.cut = true;
    way.direct = false;
    await world.until(() => ann.client.restarts.length > 0);
    assert.deepEqual(ann.client.view.call.shaky, true, 'and the person sees it');
    assert.equal(ann.client.restarts[0]!.why, 'silent');
    assert.ok(ann.client.restarts[0]!.at - from <= 3_000, `${ann.client.restarts[0]!.at - from} ms`);
    // The relay is another way.
    await world.until(() => told(ann).includes('relay'));
    way.cut = false;
    await world.until(() => [ann, bob].every(({ client }) => client.view.path.badge === 'relayed' && !client.view.call.shaky));
    assert.deepEqual([ann.phase(), bob.phase()], ['connected', 'connected']);
  }
});

test('a partner who sends nothing is asked, and answers: nothing is restarted', async () => {
  const [world, ann, bob] = await call({ media: false });
  await world.clock.pass(60_000);
  assert.deepEqual([...ann.client.restarts, ...bob.client.restarts], []);
  assert.ok(controls(ann).some(({ kind }) => kind === 'ping') && controls(bob).some(({ kind }) => kind === 'pong'));
});

test('while sound comes nobody is asked', async () => {
  const [world, ann] = await call();
  const before = ann.connection().said.length;
  await world.clock.pass(60_000);
  assert.equal(ann.connection().said.length, before);
});

test('silence by itself ends no call, and what comes back by itself is no longer shaky', async () => {
  const [world, ann, bob, way] = await call();
  way.cut = true;
  await world.until(() => ann.client.view.call.shaky && bob.client.view.call.shaky);
  const { length } = ann.client.restarts;
  await world.clock.pass(3_000);
  way.cut = false;
  await world.until(() => !ann.client.view.call.shaky && !bob.client.view.call.shaky);
  assert.equal(ann.client.restarts.length, length, 'one restart is given its time');
  await world.clock.pass(kGiveUpMs);
  assert.deepEqual([ann.phase(), bob.phase()], ['connected', 'connected']);
});

test('a browser that counts nothing, or does not say, is not taken for silence', async () => {
  for (const statistics of ['uncounted', 'never'] as const) {
    const [world, ann, bob] = await call();
    for (const person of [ann, bob]) person.connection().statistics = statistics;
    await world.clock.pass(60_000);
    assert.deepEqual([ann.client.restarts, ann.client.view.call.shaky], [[], false]);
  }
});
