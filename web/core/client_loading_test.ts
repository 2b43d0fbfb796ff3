// The part that only a call needs is fetched by itself, and may come late or not at all.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerMaker } from './client.ts';
import { Peer } from './peer.ts';
import { settle } from './testing/fake_clock.ts';
import { FakeTrack } from './testing/fake_rtc.ts';
import { two, World } from './testing/people.ts';

const kMaker: PeerMaker = { Peer };

/** Every fetch waits until the test lets it end. */
function held(world: World): { asked: () => number; arrive: () => void; fail: () => void } {
  const waiting: { done: (maker: PeerMaker) => void; fail: (error: Error) => void }[] = [];
  let asked = 0;
  world.loadPeer = () => {
    asked += 1;
    return new Promise((done, fail) => waiting.push({ done, fail }));
  };
  return {
    asked: () => asked,
    arrive: () => waiting.splice(0).forEach(({ done }) => done(kMaker)),
    fail: () => waiting.splice(0).forEach(({ fail }) => fail(new Error('not there'))),
  };
}

test('who is found before the part has come is met once it has, with the tracks of then', async () => {
  const world = new World();
  const part = held(world);
  const [, ann, bob] = await two([], world);
  await world.match(ann, bob);
  const track = new FakeTrack('audio');
  ann.client.setTrack('audio', track as unknown as MediaStreamTrack);
  for (const { client } of [ann, bob]) client.act('accept');
  await world.clock.pass(500);
  assert.deepEqual([ann.phase(), bob.phase()], ['accepting', 'accepting']);
  assert.equal(ann.client.pc, null);
  part.arrive();
  await world.untilPhase('connected', ann, bob);
  assert.equal(ann.connection().getSenders()[0]!.track, track);
  assert.equal(part.asked(), 2, 'once for each page');
});

test('a page that prepared does not wait when it looks for somebody', async () => {
  const world = new World();
  const part = held(world);
  const [, ann] = await two([], world);
  const ready = ann.client.prepare();
  part.arrive();
  await ready;
  world.seek(ann);
  await settle();
  assert.ok(ann.client.pc);
  assert.equal(part.asked(), 1);
});

test('a page that prepared has asked the browser for its codecs before anybody is looked for', async () => {
  const world = new World();
  const [, ann] = await two([], world);
  let asked = 0;
  ann.client.ports.codecs = async () => {
    asked += 1;
    throw new Error('not told');
  };
  await ann.client.prepare();
  assert.equal(asked, 1);
  ann.client.ports.codecs = async () => null;
  world.seek(ann);
  await settle();
  assert.ok(ann.client.pc, 'what failed then is no harm now');
});

test('a part that cannot be had ends the meeting that needs it, and is asked for again by the next', async () => {
  const world = new World();
  const part = held(world);
  const [, ann, bob] = await two([], world);
  const faults: string[] = [];
  ann.client.on('fault', ({ error }) => faults.push(String(error)));
  await assert.rejects(async () => {
    const ready = ann.client.prepare();
    part.fail();
    await ready;
  });
  world.seek(ann);
  await settle();
  part.fail();
  await settle();
  assert.deepEqual([ann.phase(), faults.length], ['seeking', 1], 'a search can do without it');
  world.seek(bob);
  await world.untilPhase('card', ann, bob);
  ann.client.act('accept');
  part.fail();
  await world.untilPhase('ended', ann);
  assert.equal(ann.client.view.call.reason, 'failed');

  world.loadPeer = async () => kMaker;
  const cid = await world.person();
  await world.connect(ann, cid);
});

test('a search that is given up before the part has come makes no connection', async () => {
  const world = new World();
  const part = held(world);
  const [, ann] = await two([], world);
  world.seek(ann);
  await settle();
  ann.client.act('leave');
  part.arrive();
  await settle();
  assert.deepEqual(ann.rtc.made, []);
});
