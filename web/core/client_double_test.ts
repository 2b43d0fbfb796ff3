// The double offer: what the two intros carry is enough for ICE and DTLS, and sound and picture come by the next round.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosenDoubleOffer, kDoubleOffer, ownRole, type DoubleOffer } from './double_offer.ts';
import type { FakeConnection, Network } from './testing/fake_rtc.ts';
import { kNatted, told, two, type Person, type World } from './testing/people.ts';

const kKinds = ['channel', 'server'] as const;

async function pair(kinds: [DoubleOffer, DoubleOffer], networks: [Network?, Network?] = [kNatted, kNatted]): Promise<[World, Person, Person]> {
  const [world, ann, bob] = await two(networks);
  for (const [at, { client }] of [ann, bob].entries()) client.ports.doubleOffer = kinds[at]!;
  return [world, ann, bob];
}

type Intro = { sdp?: string; double?: boolean; fingerprint: string };

const introOf = (person: Person): Intro => JSON.parse(person.sent.find(({ type }) => type === 'accept')!['intro'] as string) as Intro;

const bodies = (person: Person): string[] => person.told.map(({ body }) => body.kind).filter((kind) => kind !== 'candidates');

const media = (connection: FakeConnection): string[] => connection.getTransceivers().map(({ receiver }) => receiver.track.kind);

const sends = (person: Person): void => {
  for (const kind of ['audio', 'video'] as const) person.client.setTrack(kind, { kind } as MediaStreamTrack);
};

test('both intros carry an offer of the channels alone, and no answer to it is told', async () => {
  for (const kind of kKinds) {
    const [world, ann, bob] = await pair([kind, kind]);
    for (const person of [ann, bob]) sends(person);
    await world.match(ann, bob);
    ann.client.act('accept');
    bob.client.act('accept');
    await world.untilPhase('connecting', ann, bob);
    for (const person of [ann, bob]) {
      const { sdp, double } = introOf(person);
      assert.ok(double && sdp!.includes('m=application') && !sdp!.includes('m=video') && !sdp!.includes('candidate'));
      assert.deepEqual(person.connection().steps.slice(0, 4), ['createOffer', 'setConfiguration', 'setLocalDescription', 'setRemoteDescription']);
    }
    await world.untilPhase('connected', ann, bob);
    await world.until(() => [ann, bob].every(({ client }) => client.view.remoteTracks.length === 2));
    assert.deepEqual([new Set(bodies(ann)), new Set(bodies(bob))], [new Set(['offer']), new Set(['answer'])], kind);
    for (const person of [ann, bob]) {
      assert.deepEqual(media(person.connection()), ['audio', 'video']);
      assert.ok(person.connection().getSenders().every(({ track }) => track !== null), 'both send');
    }
    assert.equal(ann.client.view.path.badge, 'direct');
  }
});

test('sound and picture wait for the channel, or do not', async () => {
  for (const kind of kKinds) {
    const [world, ann, bob] = await pair([kind, kind], [{ ...kNatted, handshakeMs: 500 }, kNatted]);
    await world.match(ann, bob);
    for (const { client } of [ann, bob]) client.act('accept');
    await world.untilPhase('connecting', ann, bob);
    await world.clock.pass(200);
    assert.deepEqual(bodies(ann), kind === 'channel' ? [] : ['offer'], kind);
    await world.until(() => [ann, bob].every(({ client }) => client.view.remoteTracks.length === 2));
  }
});

test('a Firefox that meets another browser makes that round, whoever was found first', async () => {
  for (const kind of kKinds) {
    const [world, ann, bob] = await pair([kind, kind], [kNatted, { ...kNatted, firefox: true }]);
    await world.connect(ann, bob);
    await world.until(() => [ann, bob].every(({ client }) => client.view.remoteTracks.length === 2));
    assert.deepEqual([new Set(bodies(ann)), new Set(bodies(bob))], [new Set(['answer']), new Set(['offer'])]);
  }
});

test('with a partner who makes no double offer the call comes about as ever', async () => {
  for (const kinds of [['channel', 'off'], ['off', 'channel'], ['server', 'off'], ['off', 'server']] as [DoubleOffer, DoubleOffer][]) {
    const [world, ann, bob] = await pair(kinds);
    for (const person of [ann, bob]) sends(person);
    await world.connect(ann, bob);
    await world.until(() => [ann, bob].every(({ client }) => client.view.remoteTracks.length === 2));
    assert.equal(bodies(bob)[0], 'answer');
    for (const person of [ann, bob]) {
      assert.deepEqual(media(person.connection()), ['audio', 'video'], kinds.join());
      assert.ok(person.connection().getSenders().every(({ track }) => track !== null), 'both send');
    }
  }
});

test('off, intros are what they were', async () => {
  const [world, ann, bob] = await pair(['off', 'off']);
  await world.connect(ann, bob);
  assert.deepEqual([introOf(ann).double, introOf(bob).double, introOf(bob).sdp], [undefined, undefined, undefined]);
  assert.ok(introOf(ann).sdp!.includes('m=video'));
});

test('who hides their address tells no candidate but the relay\'s, and gathers nothing before both have accepted', async () => {
  const [world, ann, bob] = await pair(['server', 'server']);
  world.seek(ann, { hideAddress: true });
  await world.clock.pass(10);
  world.seek(bob);
  await world.untilPhase('card', ann, bob);
  ann.client.act('accept');
  await world.clock.pass(100);
  for (const person of [ann, bob]) assert.ok(!person.connection().steps.includes('setLocalDescription'));
  bob.client.act('accept');
  await world.untilPhase('connected', ann, bob);
  assert.deepEqual(new Set(told(ann)), new Set(['relay']));
  assert.equal(ann.connection().configuration.iceTransportPolicy, 'relay');
});

test('an offer under another certificate than the intro names ends the call', async () => {
  const [world, ann, bob] = await pair(['server', 'server']);
  await world.match(ann, bob);
  ann.client.act('accept');
  bob.client.act('accept');
  await world.until(() => ann.client.timings.accept !== null);
  const before = ann.client.session.onEvent;
  const other = 'AB:'.repeat(31) + 'AB';
  ann.client.session.onEvent = (event) => {
    if (event.type !== 'message' || event.message.type !== 'accepted') return before(event);
    const intro = JSON.parse(event.message.intro) as Intro;
    const sdp = intro.sdp!.replace(/a=fingerprint:sha-256 \S+/g, `a=fingerprint:sha-256 ${other}`);
    before({ ...event, message: { ...event.message, intro: JSON.stringify({ ...intro, sdp }) } });
  };
  await world.until(() => ann.phase() === 'ended');
  assert.equal(ann.client.view.call.reason, 'fingerprint');
});

test('one end opens DTLS, and both know which', () => {
  const [one, other] = ['sha-256 00:11', 'sha-256 00:12'];
  assert.deepEqual([ownRole(one, other), ownRole(other, one)], ['active', 'passive']);
});

test('what is named is taken, and anything else is the usual', () => {
  assert.deepEqual([chosenDoubleOffer('channel'), chosenDoubleOffer('server'), chosenDoubleOffer('off')], ['channel', 'server', 'off']);
  for (const name of [null, undefined, '', 'on']) assert.equal(chosenDoubleOffer(name), kDoubleOffer);
});
