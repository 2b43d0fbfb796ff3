// A line that falls silent: known before the browser says so, mended at once, and never an end of the call.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kStuckMs } from './mending.ts';
import { kSignsApartMs } from './own_candidates.ts';
import type { Network } from './testing/fake_rtc.ts';
import { kServersHurryMs } from './servers.ts';
import { kCheckMs } from './session.ts';
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
    // Either end may be the first to know, and ask the other.
    const first = [ann, bob].find(({ client }) => client.restarts[0]!.why === 'silent')!.client;
    assert.ok(first.view.call.shaky, 'and the person sees it');
    assert.ok(first.restarts[0]!.at - from <= 3_000, `${first.restarts[0]!.at - from} ms`);
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
  await world.clock.pass(kStuckMs);
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

test('a device on another network asks its partner at once, and looks for another path as soon as nobody answers', async () => {
  const [world, ann, bob, way] = await call();
  ann.client.check();
  await world.clock.pass(2_000);
  assert.equal(ann.client.restarts.length, 0, 'what works is left alone');
  way.cut = true;
  const from = world.clock.now();
  ann.client.check();
  await world.until(() => ann.client.restarts.length > 0);
  assert.ok(ann.client.restarts[0]!.at - from <= 1_000, `${ann.client.restarts[0]!.at - from} ms`);
  ann.client.check();
  await world.until(() => ann.client.restarts.length > 1, 3_000);
  assert.equal(ann.client.restarts[1]!.why, 'sign', 'the one before may have been of a network that is gone');
  way.cut = false;
  await world.until(() => !ann.client.view.call.shaky && !bob.client.view.call.shaky, 10_000);
});

test('candidates that come after all had been found are a sign of another network', async () => {
  const [world, ann] = await call();
  const asked = (): number => controls(ann).filter(({ kind }) => kind === 'ping').length;
  const before = asked();
  ann.connection().gather();
  await world.clock.pass(50);
  assert.equal(asked(), before + 1, 'the partner is asked');
  assert.deepEqual(ann.client.restarts, []);
  ann.connection().gather();
  await world.clock.pass(50);
  assert.equal(asked(), before + 1, 'and not again for each of them');
  await world.clock.pass(kSignsApartMs);
  const later = asked();
  ann.connection().gather();
  await world.clock.pass(50);
  assert.equal(asked(), later + 1);
});

test('a restart does not wait for a server whose connection is dead, and is given fresh credentials when that is back', async () => {
  const [world, ann, bob, way] = await call();
  way.direct = false;
  ann.connection().become('failed');
  await world.until(() => !ann.client.view.call.shaky && ann.client.view.path.badge === 'relayed');
  await world.clock.pass(20_000);
  const asked = (): number => ann.sent.filter(({ type }) => type === 'servers').length;
  const [before, done] = [asked(), ann.client.restarts.length];
  world.server.silence(ann.client.session.session);
  way.cut = true;
  await world.until(() => ann.client.view.call.shaky);
  const from = world.clock.now();
  await world.until(() => ann.client.restarts.length > done);
  assert.ok(world.clock.now() - from <= kServersHurryMs + 50, `${world.clock.now() - from} ms`);
  assert.equal(asked(), before + 1);
  await world.until(() => ann.client.session.resumed > 0, kCheckMs + 2_000);
  await world.until(() => asked() > before + 1);
  way.cut = false;
  await world.until(() => [ann, bob].every(({ client }) => !client.view.call.shaky), 10_000);
});
