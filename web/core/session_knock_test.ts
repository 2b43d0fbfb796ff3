// A session that is waited for: a server that is away is asked over HTTP whether it is there, and come back to as soon as it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Socket } from './ports.ts';
import { kKnockMs, kKnocksMax, kSignGapMs, kSlowMs, Session } from './session.ts';
import { FakeClock, settle } from './testing/fake_clock.ts';
import { FakeServer } from './testing/fake_server.ts';
import { nodeCrypto as crypto } from './testing/node_crypto.ts';
import { kBlocked, two } from './testing/people.ts';
import { kHost } from './testing/tabs.ts';

/** With `chance` 0 it knocks at the soonest. */
const kEvery = kKnockMs / 2;

/** `slow`: attempts that nothing comes of, though the server is there. */
async function setUp({ waited = true } = {}) {
  const clock = new FakeClock();
  const server = new FakeServer({ clock, crypto, host: kHost });
  const world = { waited, slow: false, tries: 0, knocks: 0 };
  const dead: Socket = { send: () => {}, close: () => {}, onopen: null, onmessage: null, onclose: null };
  const session = new Session({
    crypto, clock, chance: () => 0, host: kHost,
    openSocket: () => (world.tries++, world.slow ? dead : server.connect()),
    async timeRelay(origin) {
      assert.equal(origin, null);
      world.knocks += 1;
      if (!server.reachable) throw new TypeError('test');
      return 1;
    },
  }, () => world.waited);
  session.start();
  await settle();
  assert.equal(session.state, 'open');
  const goAway = (): void => {
    server.reachable = false;
    server.cut();
  };
  return { clock, server, session, world, goAway };
}

test('a server that is waited for is come back to as soon as it answers', async () => {
  const { clock, server, session, goAway } = await setUp();
  goAway();
  await clock.pass(20_000); // the next attempt is 7 s after the one at 19 s
  server.reachable = true;
  await clock.pass(kEvery + kSignGapMs);
  assert.equal(session.state, 'open');
});

test('one that nobody waits for is left alone, and so is one that is there', async () => {
  const { clock, server, session, world, goAway } = await setUp({ waited: false });
  goAway();
  await clock.pass(20_000);
  server.reachable = true;
  await clock.pass(kEvery + kSignGapMs);
  assert.deepEqual([session.state, world.knocks], ['waiting', 0]);
  world.waited = true;
  await clock.pass(kEvery + kSignGapMs);
  assert.equal(session.state, 'open');
  const { knocks } = world;
  await clock.pass(60_000);
  assert.equal(world.knocks, knocks);
});

test('it is asked so many times at most, and after a return as often again', async () => {
  const { clock, server, world, goAway } = await setUp();
  for (const times of [1, 2]) {
    goAway();
    await clock.pass((kKnocksMax + 10) * kEvery);
    assert.equal(world.knocks, times * kKnocksMax);
    server.reachable = true;
    await clock.pass(10_000);
  }
});

test('an answer takes back no time that the server has named', async () => {
  const { clock, server, session, world } = await setUp();
  const socket = (session as unknown as { socket: Socket }).socket;
  socket.onmessage!({ data: JSON.stringify({ type: 'error', code: 'going_away', text: '', retry_after: 9 }) });
  server.cut();
  await clock.pass(9_000 - 1);
  assert.ok(world.knocks > 0);
  assert.deepEqual([session.state, world.tries], ['waiting', 1]);
  await clock.pass(1);
  assert.equal(session.state, 'open');
});

test('an attempt that hangs while the server answers is left for another, once it has had its time', async () => {
  const { clock, server, session, world } = await setUp();
  world.slow = true;
  server.cut();
  await clock.pass(kSlowMs - 1);
  assert.deepEqual([session.state, world.tries], ['connecting', 2]);
  world.slow = false;
  await clock.pass(kEvery + 1);
  assert.deepEqual([session.state, world.tries], ['open', 3]);
});

test('what was asked before an attempt had its time says nothing of that', async () => {
  const clock = new FakeClock();
  const server = new FakeServer({ clock, crypto, host: kHost });
  let tries = 0;
  let answer = (_ms: number): void => {};
  const dead: Socket = { send: () => {}, close: () => {}, onopen: null, onmessage: null, onclose: null };
  const session = new Session({
    crypto, clock, chance: () => 0, host: kHost,
    openSocket: () => (tries++ === 0 ? server.connect() : dead),
    timeRelay: () => new Promise((done) => (answer = done)),
  }, () => true);
  session.start();
  await settle();
  server.cut();
  await clock.pass(kEvery);
  const first = answer;
  await clock.pass(kSlowMs);
  first(1);
  await settle();
  assert.deepEqual([session.state, tries], ['connecting', 2]);
});

test('a connection that is closed instead of answering after a sign is made anew without any wait', async () => {
  const { clock, server, session, world } = await setUp();
  server.silence(session.session);
  session.check('path');
  await clock.pass(100);
  const socket = (session as unknown as { socket: Socket }).socket;
  socket.onclose!({ code: 1006 });
  assert.equal(session.state, 'connecting', 'what spreads many pages over a second is not for one that found out alone');
  await settle();
  assert.deepEqual([session.state, world.tries], ['open', 2]);
});

test('a call without a path is what waits for a server, and one with a path is not', async () => {
  for (const isCut of [true, false]) {
    const [world, ann, bob] = await two([{ ...kBlocked }, { ...kBlocked }]);
    await world.connect(ann, bob);
    await world.until(() => ann.client.view.path.badge === 'relayed' && bob.client.view.path.badge === 'relayed');
    world.server.reachable = false;
    world.server.cut();
    ann.connection().cut(isCut);
    await world.clock.pass(24_000); // the next attempt would be some 6 s away
    assert.deepEqual([ann.client.view.call.shaky, bob.client.view.call.shaky], [isCut, isCut]);
    world.server.reachable = true;
    world.relayMs = { here: 1 };
    await world.clock.pass(kEvery + kSignGapMs + 500);
    const expected = isCut ? 'open' : 'lost';
    assert.deepEqual([ann.client.view.server, bob.client.view.server], [expected, expected]);
  }
});
