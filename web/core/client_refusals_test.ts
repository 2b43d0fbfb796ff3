// What one person has against another, and what the server has against both: block, report, cooldown, haste.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kBusyRetriesMax } from './call.ts';
import { settle } from './testing/fake_clock.ts';
import { kCallResumeMs } from './testing/fake_server.ts';
import { kKey, kSeats, last, two, typesOf, World, type Person } from './testing/people.ts';

test('block and report end the call, are acknowledged, and work after the end too', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  const call = ann.client.view.call.call;
  ann.client.act('block');
  await world.untilPhase('ended', ann, bob);
  assert.equal(bob.client.view.call.reason, 'left');
  await world.until(() => ann.client.view.call.noted.block === true);
  ann.client.report('spam', '  ');
  await world.until(() => ann.client.view.call.noted.report === true);
  assert.deepEqual(last(ann.sent), { type: 'report', call, category: 'spam' });
});

test('a report that the server could not keep is said, and the next attempt counts', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  world.server.refuseReports = 1;
  ann.client.report('hate', '');
  await world.untilPhase('ended', ann, bob);
  await world.until(() => ann.client.view.call.noted.report === 'failed');
  ann.client.report('hate', '');
  assert.equal(ann.client.view.call.noted.report, false, 'on its way');
  await world.until(() => ann.client.view.call.noted.report === true);
});

test('a report that may be lost with its connection is not said to have arrived', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  ann.client.report('spam', '');
  world.server.cut();
  await world.until(() => ann.client.view.call.noted.report === 'failed');
});

test('a report made while the server is away waits for it, and fails only if this session is not known any more', async () => {
  for (const [known, ms] of [[true, 1_000], [true, 40_000], [false, kCallResumeMs + 10_000]] as const) {
    const [world, ann, bob] = await two();
    await world.connect(ann, bob);
    world.server.reachable = false;
    world.server.cut();
    await settle();
    ann.client.report('minor', 'words');
    await world.clock.pass(ms);
    assert.equal(ann.client.view.call.noted.report, 'waiting');
    world.server.reachable = true;
    await world.until(() => ann.client.view.call.noted.report !== 'waiting', 20_000);
    assert.equal(ann.client.view.call.noted.report, known ? true : 'failed');
  }
});

test('of a call that the server no longer knows nothing is said in vain, and that it was is shown', async () => {
  for (const what of ['block', 'report'] as const) {
    const [world, ann, bob] = await two();
    await world.connect(ann, bob);
    const { call } = ann.client.view.call;
    ann.client.act('leave');
    await world.untilPhase('ended', ann, bob);
    world.server.forgetCalls();
    assert.equal(ann.client.view.call.about, call, 'nobody has said so yet');
    if (what === 'block') ann.client.act('block');
    else ann.client.report('spam', '');
    await world.until(() => ann.client.view.call.noted[what] === 'failed');
    const { about, noted } = ann.client.view.call;
    assert.deepEqual([about, noted], [null, { block: false, report: false, [what]: 'failed' }]);
    const { length } = ann.sent;
    ann.client.act('block');
    ann.client.report('spam', '');
    await settle();
    assert.deepEqual([ann.sent.length, ann.client.view.call.noted], [length, { block: 'failed', report: 'failed' }], 'who was writing is told');
  }
});

test('block and report that are both on their way when the server forgets the call are both said to be lost', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  ann.client.act('leave');
  await world.untilPhase('ended', ann, bob);
  world.server.forgetCalls();
  ann.client.report('spam', '');
  ann.client.act('block');
  await world.until(() => ann.client.view.call.about === null);
  assert.deepEqual(ann.client.view.call.noted, { block: 'failed', report: 'failed' });
});

test('a server that starts anew knows a call that comes to be again, and none that was over', async () => {
  for (const isOver of [true, false]) {
    const [world, ann, bob] = await two();
    await world.connect(ann, bob);
    const { call } = ann.client.view.call;
    if (isOver) ann.client.act('leave');
    if (isOver) await world.untilPhase('ended', ann, bob);
    world.server.restart();
    await world.until(() => ann.client.session.resumed === 1 && bob.client.session.resumed === 1, 20_000);
    assert.equal(ann.client.view.call.about, isOver ? null : call);
    if (isOver) continue;
    ann.client.act('block');
    await world.until(() => ann.client.view.call.noted.block === true);
  }
});

test('a block whose connection breaks is said again when the server is back, and is lost only with the session', async () => {
  for (const [away, known] of [[1_000, true], [40_000, false]] as const) {
    for (const sent of [true, false]) {
      const [world, ann, bob] = await two();
      await world.connect(ann, bob);
      ann.client.act('leave');
      await world.untilPhase('ended', ann, bob);
      world.server.reachable = false;
      if (sent) ann.client.act('block');
      world.server.cut();
      await settle();
      if (!sent) ann.client.act('block');
      await world.clock.pass(away);
      assert.equal(ann.client.view.call.noted.block, sent ? false : 'waiting', 'on its way');
      world.server.reachable = true;
      await world.until(() => [true, 'failed'].includes(ann.client.view.call.noted.block), 20_000);
      assert.deepEqual([ann.client.view.call.noted.block, ann.client.view.call.about === null], known ? [true, false] : ['failed', true]);
    }
  }
});

test('a block that the server did not read for haste is said again by itself', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  world.server.unread = 1;
  ann.client.act('block');
  await world.clock.pass(1_900);
  assert.deepEqual([ann.phase(), ann.client.view.call.noted.block], ['ended', false]);
  await world.clock.pass(200);
  assert.equal(ann.client.view.call.noted.block, true);
});

test('a report that is lost while the next person is looked for is said to be', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  ann.client.act('next');
  await world.untilPhase('seeking', ann);
  await settle(); // the server knows that the call is over: the session is kept for 30 s
  world.server.reachable = false;
  world.server.cut();
  await settle();
  ann.client.report('minor', '');
  await world.clock.pass(40_000);
  world.server.reachable = true;
  await world.until(() => ann.client.view.call.noted.report !== 'waiting', 20_000);
  assert.deepEqual([ann.phase(), ann.client.view.call.about, ann.client.view.call.noted.report], ['seeking', null, 'failed']);
});

test('after the session is over a call goes on, and then nobody is looked for and no report said to be on its way', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  world.server.cut(4004);
  await world.until(() => ann.client.view.server === 'closed');
  assert.equal(ann.phase(), 'connected');
  ann.client.report('spam', '');
  ann.client.act('block');
  assert.deepEqual([ann.phase(), ann.client.view.call.noted], ['ended', { block: 'failed', report: 'failed' }]);
  ann.client.act('next');
  assert.deepEqual([ann.phase(), ann.client.view.call.reason], ['ended', 'session']);
  world.seek(ann);
  assert.deepEqual([ann.phase(), ann.client.view.call.reason], ['ended', 'session']);
  world.open(ann, kKey, kSeats[0]!);
  assert.deepEqual([ann.phase(), ann.client.view.call.reason], ['ended', 'session']);
});

test('cooldown and ban end the search and say until when', async () => {
  for (const code of ['cooldown', 'banned'] as const) {
    const [world, ann, bob] = await two();
    world.server.refuseSeeks = { code, retry_after: 90 };
    await world.clock.pass(5_000);
    world.seek(ann);
    await settle();
    assert.equal(ann.phase(), 'ended');
    const { reason, until } = ann.client.view.call;
    assert.deepEqual([reason, until! - world.clock.now()], [code, 90_000]);
    await world.clock.pass(20_000);
    assert.equal(typesOf(ann.sent).filter((type) => type === 'seek').length, 1, 'it is not asked again by itself');
    world.open(ann, kKey, kSeats[0]!);
    world.open(bob, kKey, kSeats[1]!);
    await world.untilPhase('connected', ann, bob);
    assert.equal(ann.client.view.call.until, null);
  }
});

test('a slowed device asks again by itself when it may, and says so no longer than it holds', async () => {
  const [world, ann] = await two();
  world.server.refuseSeeks = { code: 'rate', retry_after: 60 };
  world.seek(ann);
  await settle();
  assert.equal(ann.client.view.slowDown, 60);
  assert.equal(ann.client.view.call.ahead, null, 'who is not in the line has no place in it');
  world.server.refuseSeeks = null;
  await world.clock.pass(60_100);
  assert.deepEqual([ann.phase(), ann.client.view.slowDown, ann.client.view.call.ahead], ['seeking', null, 0]);
  assert.equal(typesOf(ann.sent).filter((type) => type === 'seek').length, 2);
});

test('rooms tell who waits and who was here lately; a message names only what changed', async () => {
  const world = new World();
  const ann = await world.person();
  const counts = () => ann.client.view.rooms.map(({ tag, waiting, lately }) => [tag, waiting, lately]);
  assert.deepEqual(counts(), [['ta', 0, 0], ['hi', 0, 0]]);
  world.server.tellAll({ type: 'rooms', rooms: { ta: 2 }, lately: { ta: 9, hi: 4 } });
  await settle();
  assert.deepEqual(counts(), [['ta', 2, 9], ['hi', 0, 4]]);
  world.server.tellAll({ type: 'rooms', rooms: { hi: 1 }, lately: { ta: 8 } });
  await settle();
  assert.deepEqual(counts(), [['ta', 2, 8], ['hi', 1, 4]]);
  world.server.tellAll({ type: 'rooms', rooms: { hi: 6 } });
  await settle();
  assert.deepEqual(counts(), [['ta', 2, 8], ['hi', 6, 6]], 'from a server that does not count');
});

test('a wish, an answer or a report that the server did not read for haste is not waited for in vain', async () => {
  const [world, ann, bob] = await two();
  world.server.unread = 1;
  world.seek(ann);
  await world.clock.pass(2_100);
  assert.equal(typesOf(ann.received).filter((type) => type === 'waiting').length, 1);
  world.seek(bob);
  await world.untilPhase('card', ann, bob);
  world.server.unread = 1;
  ann.client.act('accept');
  await settle();
  bob.client.act('accept');
  await world.untilPhase('connected', ann, bob);
  world.server.unread = 1;
  ann.client.report('spam', '');
  await settle();
  assert.equal(ann.client.view.call.noted.report, 'failed');
  ann.client.report('spam', '');
  await world.until(() => ann.client.view.call.noted.report === true);
});

test('a wish that the server has heard is not repeated because something else was not read', async () => {
  for (const ask of [(world: World, person: Person) => world.seek(person), (world: World, person: Person) => world.open(person, kKey, kSeats[0]!)]) {
    const [world, ann] = await two();
    ask(world, ann);
    await settle();
    world.server.unread = 1;
    ann.client.check();
    await world.clock.pass(5_000);
    assert.deepEqual(typesOf(ann.sent).slice(1), [typesOf(ann.sent)[1]!, 'ping']);
    assert.equal(ann.phase(), 'seeking');
  }
});

test('a server that keeps saying busy is given up; one that has listened in between is asked as often again', async () => {
  const world = new World();
  const ann = await world.person();
  const refuse = async (times: number): Promise<void> => {
    for (let at = 0; at < times; at++) {
      world.server.tellAll({ type: 'error', code: 'busy', text: '', about: 'seek' });
      await settle();
    }
  };
  world.seek(ann);
  await settle();
  await refuse(kBusyRetriesMax);
  assert.equal(ann.phase(), 'seeking');
  await world.clock.pass(60_000);
  await refuse(kBusyRetriesMax);
  assert.equal(ann.phase(), 'seeking', 'it has said that it heard');
  await refuse(1);
  assert.deepEqual([ann.phase(), ann.client.view.call.reason], ['ended', 'failed']);
});
