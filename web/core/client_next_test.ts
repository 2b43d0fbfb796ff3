// Going on to somebody else: what the next partner is told, and what may still be said of the last one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from './testing/fake_clock.ts';
import { last, two, typesOf, type Person } from './testing/people.ts';

const seeks = (person: Person) => person.sent.filter(({ type }) => type === 'seek').map(({ prefs }) => (prefs as { media: string }).media);

test('whoever is found next is told of a camera that was switched off in the call before', async () => {
  const [world, ann, bob] = await two();
  const cid = await world.person();
  await world.connect(ann, bob);
  ann.client.bring('sound');
  await settle();
  assert.deepEqual(seeks(ann), ['video'], 'a call that stands is not disturbed');
  world.seek(cid);
  ann.client.act('next');
  await world.untilPhase('card', ann, cid);
  assert.deepEqual(seeks(ann), ['video', 'sound']);
  assert.equal(cid.client.view.call.partner?.media, 'sound');
});

test('a search whose camera is gone begins anew with what is true, once', async () => {
  const [world, ann] = await two();
  world.seek(ann);
  await settle();
  ann.client.bring('video');
  ann.client.bring('sound');
  ann.client.bring('sound');
  await settle();
  assert.deepEqual(typesOf(ann.sent).slice(-3), ['seek', 'unseek', 'seek']);
  assert.deepEqual(seeks(ann), ['video', 'sound']);
  assert.equal(ann.phase(), 'seeking');
});

test('a camera that goes while a card is looked at is not promised to the one after, when the partner says no', async () => {
  const [world, ann, bob] = await two();
  const cid = await world.person();
  world.seek(ann);
  world.seek(bob);
  await world.untilPhase('card', ann, bob);
  ann.client.bring('sound');
  bob.client.act('decline');
  await world.untilPhase('seeking', ann);
  await settle();
  assert.deepEqual(typesOf(ann.sent).slice(-3), ['seek', 'unseek', 'seek']);
  assert.deepEqual(seeks(ann), ['video', 'sound']);
  world.seek(cid);
  await world.untilPhase('card', ann, cid);
  assert.equal(cid.client.view.call.partner?.media, 'sound');
});

test('the last partner can be blocked and reported while the next is looked for, until one is found', async () => {
  const [world, ann, bob] = await two();
  const cid = await world.person();
  await world.connect(ann, bob);
  const { call } = ann.client.view.call;
  ann.client.act('next');
  await world.until(() => ann.client.view.call.phase === 'seeking');
  assert.equal(ann.client.view.call.about, call);
  ann.client.act('block');
  ann.client.report('spam', '');
  await world.until(() => ann.client.view.call.noted.report === true);
  assert.deepEqual(ann.sent.filter(({ type }) => type === 'block' || type === 'report').map((sent) => sent['call']), [call, call]);
  assert.deepEqual([ann.phase(), ann.client.view.call.noted], ['seeking', { block: true, report: true }]);
  world.seek(cid);
  await world.untilPhase('card', ann);
  assert.notEqual(ann.client.view.call.about, call);
  assert.deepEqual(ann.client.view.call.noted, { block: false, report: false });
});

test('a search that is given up leaves the time of the last call as it was', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  ann.client.act('next');
  const { ended } = ann.client.timings;
  assert.notEqual(ended, null);
  await world.clock.pass(5_000);
  ann.client.act('leave');
  assert.equal(ann.client.timings.ended, ended);
});

test('going on under another token of the device is a new session, from a call and after it', async () => {
  for (const isOver of [false, true]) {
    let device: Uint8Array | null = new Uint8Array(16).fill(1);
    const [world, , bob] = await two();
    const ann = await world.person(undefined, 'direct', () => device);
    await world.connect(ann, bob);
    if (isOver) ann.client.act('leave');
    await settle();
    const { session } = ann.client.session;
    device = null;
    ann.client.act('next');
    await world.until(() => last(typesOf(ann.sent)) === 'seek');
    assert.notEqual(ann.client.session.session, session);
    assert.deepEqual(typesOf(ann.sent).slice(-2), ['hello', 'seek']);
    assert.equal('device' in ann.sent.at(-2)!, false);
    assert.deepEqual([ann.phase(), bob.phase()], ['seeking', 'ended']);
  }
});

test('a session that is not taken up again can say nothing of a call of the one before', async () => {
  let device: Uint8Array | null = null;
  const [world, , bob] = await two();
  const ann = await world.person(undefined, 'direct', () => device);
  await world.connect(ann, bob);
  device = new Uint8Array(16).fill(7);
  ann.client.act('leave');
  world.seek(ann);
  await world.until(() => ann.client.view.server === 'open');
  assert.equal(last(typesOf(ann.sent)), 'seek');
  assert.equal(ann.client.view.call.about, null);
});
