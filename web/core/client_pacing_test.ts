// How good a picture goes out, between two clients: what one asks for the other does, and each page is told.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kEnoughMegapoints, kTooCostly, noteCost, type CodecCosts } from './codec_costs.ts';
import { parseControl } from './bodies.ts';
import { kSavingStep } from './pacing.ts';
import { kSteps } from './ladder.ts';
import { settle } from './testing/fake_clock.ts';
import { FakeTrack } from './testing/fake_rtc.ts';
import { kBlocked, peerOf, two, usualOrder, World, type Person } from './testing/people.ts';
import type { Negotiation } from './negotiation.ts';

const picture = (person: Person): Record<string, unknown> => {
  const sender = person.connection().getSenders().find(({ track }) => track?.kind === 'video');
  return sender!.encodings[0]!;
};

async function connected(world = new World(), networks: Parameters<typeof two>[0] = []): Promise<[World, Person, Person]> {
  const [, ann, bob] = await two(networks, world);
  for (const { client } of [ann, bob]) client.setTrack('video', new FakeTrack('video') as unknown as MediaStreamTrack);
  await world.connect(ann, bob);
  await world.until(() => ann.client.timings.control !== null && bob.client.timings.control !== null);
  await settle();
  return [world, ann, bob];
}

test('a call begins on the first step, at both ends', async () => {
  const [, ann, bob] = await connected();
  for (const person of [ann, bob]) {
    assert.deepEqual(person.client.view.picture, { own: { height: 480, fps: 30, why: null, busy: false }, partnerStill: false });
    assert.equal(picture(person)['maxBitrate'], 900_000);
  }
});

test('who saves sends less and is sent less, in the next call as well', async () => {
  const [world, ann, bob] = await connected();
  ann.client.setSaving({ battery: true, data: false });
  await world.until(() => bob.client.view.picture.own!.why === 'partner');
  await settle();
  assert.equal(ann.client.view.picture.own!.why, 'choice');
  for (const person of [ann, bob]) assert.equal(picture(person)['maxBitrate'], kSteps[kSavingStep]!.bitrate);
  bob.client.act('leave');
  await world.untilPhase('ended', ann, bob);
  assert.deepEqual(ann.client.view.picture, { own: null, partnerStill: false });
  // They do not meet in a room again so soon.
  const cid = await world.person();
  cid.client.setTrack('video', new FakeTrack('video') as unknown as MediaStreamTrack);
  await world.connect(ann, cid);
  await world.until(() => cid.client.view.picture.own?.why === 'partner');
});

test('a picture that stands still is told to the partner, and when it goes on', async () => {
  const [world, ann, bob] = await connected();
  const say = (text: string): void => ann.connection().channels.get(0)!.send(text);
  say('{"kind":"still","on":true}');
  await world.until(() => bob.client.view.picture.partnerStill);
  say('{"kind":"still","on":false}');
  await world.until(() => !bob.client.view.picture.partnerStill);
  // Asked for nothing at all, it does so itself.
  say('{"kind":"limit","most":{"height":0,"fps":0}}');
  await world.until(() => ann.client.view.picture.partnerStill);
  assert.equal(picture(bob)['active'], false);
});

test('a restart of ICE and another round of descriptions change nothing of it', async () => {
  const [world, ann, bob] = await connected();
  ann.client.setSaving({ battery: true, data: false });
  await world.until(() => bob.client.view.picture.own!.why === 'partner');
  await settle();
  ann.connection().become('disconnected');
  await world.until(() => ann.connection().steps.filter((step) => step === 'setLocalDescription').length > 1, 10_000);
  await world.until(() => ann.connection().connectionState === 'connected', 10_000);
  for (const person of [ann, bob]) assert.equal(picture(person)['maxBitrate'], kSteps[kSavingStep]!.bitrate);
});

test('what is counted of a broken connection calls nobody slow', async () => {
  const [world, ann, bob] = await connected();
  for (const person of [ann, bob]) {
    const connection = person.connection();
    // Nothing is encoded any more, and this browser does not count what comes.
    connection.statistics = 'uncounted';
    connection.measured = () => [['O', { type: 'outbound-rtp', kind: 'video', timestamp: world.clock.now(), framesSent: 100, framesEncoded: 100, totalEncodeTime: 1 }]];
    connection.cut(true);
    connection.become('disconnected');
  }
  for (let second = 0; second < 20; second += 1) await world.clock.pass(1_000);
  for (const person of [ann, bob]) assert.deepEqual(person.client.view.picture.own, { height: 480, fps: 30, why: null, busy: false });
});

test('a relayed call is capped as the operator says, and only that', async () => {
  const world = new World({ limits: { relay_kbps: 600 } });
  const [, ann, bob] = await connected(world, [kBlocked, kBlocked]);
  await world.until(() => ann.client.view.picture.own!.why === 'relay' && bob.client.view.picture.own!.why === 'relay');
  await settle();
  for (const person of [ann, bob]) assert.equal(picture(person)['maxBitrate'], 500_000);
  const [, cid] = await connected(new World({ limits: { relay_kbps: 600 } }));
  assert.equal(cid.client.view.picture.own!.why, null, 'a direct one is not');
});

test('codecs are preferred in the first offer, and in an answer by every browser but Firefox', async () => {
  const facts = {
    audio: [codec('audio/opus'), codec('audio/red')],
    video: [codec('video/VP9'), codec('video/VP8')],
    efficient: [],
    cores: 2,
  };
  for (const firefox of [false, true]) {
    const world = usualOrder();
    const [ann, bob] = [await world.person(), await world.person({ direct: true, reflexive: true, firefox })];
    for (const { client } of [ann, bob]) client.ports.codecs = async () => facts;
    await world.connect(ann, bob);
    const preferred = (person: Person): (string[] | null)[] => person.connection().getTransceivers().map((each) => each.preferred);
    assert.deepEqual(preferred(ann), [['audio/red', 'audio/opus'], ['video/VP8']], 'who offers');
    assert.deepEqual(preferred(bob), firefox ? [null, null] : preferred(ann), 'who answers');
  }
});

const codec = (mimeType: string): RTCRtpCodec => ({ mimeType, clockRate: 90_000 });
const kKnown = { audio: [codec('audio/opus'), codec('audio/red')], video: ['VP8', 'H264', 'VP9'].map((name) => codec(`video/${name}`)), cores: 2 };
const sends = (person: Person, kind: string): string | undefined =>
  person.connection().getTransceivers().find(({ receiver }) => receiver.track.kind === kind)!.sender.codecs[0]?.mimeType;

test('each end sends what costs itself least, whoever offers, and neither what the other has a part of its own for', async () => {
  for (const firefox of [false, true]) {
    for (const order of [[0, 1], [1, 0]] as const) {
      const world = new World();
      const people = [await world.person(), await world.person({ direct: true, reflexive: true, firefox })] as const;
      const efficient = [['video/H264', 'video/VP9'], []];
      for (const [at, { client }] of people.entries()) client.ports.codecs = async () => ({ ...kKnown, efficient: efficient[at]! });
      await world.connect(people[order[0]], people[order[1]]);
      await settle();
      const title = `Firefox: ${firefox}, the first of them is ${order[0]}`;
      assert.deepEqual(people.map((person) => sends(person, 'video')), ['video/H264', 'video/VP8'], title);
      assert.deepEqual(people.map((person) => sends(person, 'audio')), ['audio/red', 'audio/red'], title);
    }
  }
});

test('what a call has measured counts in the next', async () => {
  const world = new World();
  const [ann, bob, cat] = [await world.person(), await world.person(), await world.person()];
  const costs: CodecCosts = new Map();
  ann.client.ports.costs = costs;
  for (const { client } of [ann, bob, cat]) client.ports.codecs = async () => ({ ...kKnown, efficient: [] });
  await world.connect(ann, bob);
  await settle();
  assert.equal(sends(ann, 'video'), 'video/VP8');
  noteCost(costs, { kind: 'video/vp8', ms: 2 * kTooCostly * kEnoughMegapoints, megapoints: kEnoughMegapoints, pictures: 500 });
  ann.client.act('leave');
  await world.untilPhase('ended', ann, bob);
  await world.connect(ann, cat);
  await settle();
  assert.deepEqual([sends(ann, 'video'), sends(cat, 'video')], ['video/H264', 'video/VP8']);
});

test('who uses less data sends sound once and is sent it once, from the start or from the moment it is wanted, and twice again after', async () => {
  for (const at of [0, 1]) {
    const world = new World();
    const people = [await world.person(), await world.person()] as const;
    for (const { client } of people) client.ports.codecs = async () => ({ ...kKnown, efficient: [] });
    const saver = people[at]!;
    const both = (mimeType: string): boolean => people.every((person) => sends(person, 'audio') === mimeType);
    await world.connect(...people);
    assert.ok(both('audio/red'));
    const rounds = saver.told.length;
    saver.client.setSaving({ battery: true, data: false });
    await settle();
    assert.equal(saver.told.length, rounds, 'a battery is not saved by it');
    saver.client.setSaving({ battery: true, data: true });
    await world.until(() => both('audio/opus'));
    saver.client.setSaving({ battery: false, data: false });
    await world.until(() => both('audio/red'));
    const known = saver.told.length;
    saver.client.setSaving({ battery: false, data: true });
    await world.until(() => saver.told.length > known);
    people[0].client.act('leave');
    await world.untilPhase('ended', ...people);
    const other = await world.person();
    other.client.ports.codecs = async () => ({ ...kKnown, efficient: [] });
    await world.connect(...((at === 0 ? [saver, other] : [other, saver]) as [Person, Person]));
    await world.until(() => [saver, other].every((person) => sends(person, 'audio') === 'audio/opus'));
  }
});

test('who comes to use less data while an offer waits for its answer is sent sound once after it', async () => {
  for (const at of [0, 1]) {
    for (const moment of ['first', 'later'] as const) {
      const [world, ann, bob] = await two();
      const people = [ann, bob] as const;
      let due = moment === 'first';
      for (const { client, rtc } of people) {
        client.ports.codecs = async () => ({ ...kKnown, efficient: [] });
        rtc.onMade = (connection) => {
          const takes = connection.setRemoteDescription.bind(connection);
          connection.setRemoteDescription = (description) => {
            if (due && description.type === 'offer') people[at]!.client.setSaving({ battery: false, data: true });
            if (description.type === 'offer') due = false;
            return takes(description);
          };
        };
      }
      await world.connect(ann, bob);
      if (moment === 'later') {
        assert.ok(people.every((person) => sends(person, 'audio') === 'audio/red'));
        due = true;
        ann.connection().become('disconnected');
        await world.until(() => !due, 10_000);
      }
      await world.until(() => people.every((person) => sends(person, 'audio') === 'audio/opus'), 20_000);
    }
  }
});

test('a restart of ICE carries what another round was owed for', async () => {
  const [world, ann, bob] = await two();
  for (const { client } of [ann, bob]) client.ports.codecs = async () => ({ ...kKnown, efficient: [] });
  await world.connect(ann, bob);
  const { negotiation } = peerOf(ann.client) as unknown as { negotiation: Negotiation };
  assert.ok(negotiation.offers.mine);
  ann.client.setSaving({ battery: false, data: true });
  negotiation.owesRound = true;
  await negotiation.offer({ iceRestart: true });
  assert.equal(negotiation.owesRound, false);
  const sound = ann.connection().getTransceivers().find(({ receiver }) => receiver.track.kind === 'audio')!;
  assert.equal(sound.preferred![0], 'audio/opus');
});

test('a browser that refuses the order of codecs has a call in its own', async () => {
  const network = { direct: true, reflexive: true, refusesOrder: true };
  const [world, ann, bob] = await two([network, network]);
  for (const { client } of [ann, bob]) client.ports.codecs = async () => ({ ...kKnown, efficient: [] });
  await world.connect(ann, bob);
  assert.deepEqual(ann.connection().getTransceivers().map(({ preferred }) => preferred), [null, null]);
});

test('no round is made for sound that never went twice', async () => {
  const world = new World();
  const people = [await world.person(), await world.person()] as const;
  const [ann, bob] = people;
  ann.client.ports.codecs = async () => ({ ...kKnown, efficient: [] });
  bob.client.ports.codecs = async () => ({ ...kKnown, audio: [codec('audio/opus')], efficient: [] });
  await world.connect(ann, bob);
  const rounds = ann.told.length;
  ann.client.setSaving({ battery: false, data: true });
  for (let time = 0; time < 20; time += 1) await world.clock.pass(100);
  assert.deepEqual([ann.told.length, sends(ann, 'audio')], [rounds, 'audio/opus']);
});

test('who is told that a codec cannot be decoded sends another, whoever offers, and goes on with it where there is no other', async () => {
  for (const at of [0, 1] as const) {
    const world = new World();
    const people = [await world.person(), await world.person()] as const;
    for (const { client } of people) client.ports.codecs = async () => ({ ...kKnown, efficient: [] });
    await world.connect(...people);
    await world.until(() => people.every(({ client }) => client.timings.control !== null));
    const [one, other] = [people[at], people[1 - at]!];
    const say = (codec: string): void => one.connection().channels.get(0)!.send(JSON.stringify({ kind: 'undecoded', codec }));
    say('vp8');
    await world.until(() => sends(other, 'video') === 'video/H264');
    assert.equal(sends(one, 'video'), 'video/VP8', 'what this end sends is decoded');
    const rounds = people.map(({ told }) => told.length);
    for (const codec of ['vp8', 'red', 'h265']) say(codec);
    await settle();
    assert.deepEqual(people.map(({ told }) => told.length), rounds, 'it is done, and of what is not sent there is nothing to do');
    say('h264');
    await world.until(() => sends(other, 'video') === 'video/VP8');
  }
});

test('which codec cannot be decoded is read strictly', () => {
  const read = (message: unknown): unknown => parseControl(JSON.stringify(message));
  assert.deepEqual(read({ kind: 'undecoded', codec: 'h264', more: 1 }), { kind: 'undecoded', codec: 'h264' });
  for (const codec of [undefined, null, 1, 'x'.repeat(33)]) assert.equal(read({ kind: 'undecoded', codec }), null);
});

test('a limit and a still picture are read strictly', () => {
  const read = (message: unknown): unknown => parseControl(JSON.stringify(message));
  for (const most of [null, { height: 0, fps: 0 }, { height: 8_640, fps: 240 }]) assert.deepEqual(read({ kind: 'limit', most, more: 1 }), { kind: 'limit', most });
  const wrong = [undefined, {}, 360, { height: 360 }, { height: -1, fps: 30 }, { height: 8_641, fps: 30 }, { height: 360, fps: 241 }, { height: 360.5, fps: 30 }, { height: '360', fps: 30 }];
  for (const most of wrong) assert.equal(read({ kind: 'limit', most }), null, JSON.stringify(most));
  assert.deepEqual(read({ kind: 'still', on: true }), { kind: 'still', on: true });
  for (const on of [undefined, null, 1, 'true']) assert.equal(read({ kind: 'still', on }), null);
  for (const kind of ['toString', '__proto__', 'constructor']) assert.equal(read({ kind }), null);
});

test('over another connection each end asks again, and a picture that stood still is not taken to stand on', async () => {
  const [world, ann, bob] = await connected();
  ann.client.setSaving({ battery: false, data: true });
  await world.until(() => bob.client.view.picture.own!.why === 'partner');
  ann.connection().channels.get(0)!.send('{"kind":"still","on":true}');
  ann.client.setHears(false);
  await world.until(() => bob.client.view.picture.partnerStill && !bob.client.view.partnerHears);
  const formers = [ann, bob].map((person) => person.connection());
  ann.connection().closeDtls();
  await world.until(() => [ann, bob].every((person, at) => person.connection() !== formers[at]));
  await world.until(() => [ann, bob].every((person) => person.connection().connectionState === 'connected' && !person.client.view.call.shaky), 20_000);
  await settle();
  assert.deepEqual([bob.client.view.picture.partnerStill, bob.client.view.partnerHears], [false, true]);
  await world.until(() => bob.client.view.picture.own!.why === 'partner');
  for (const person of [ann, bob]) assert.equal(picture(person)['maxBitrate'], kSteps[kSavingStep]!.bitrate);
});
