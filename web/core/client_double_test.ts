// The double offer (double_offer.ts) between two people: what the two intros carry is enough for the whole call.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kCandidatesMax } from './bodies.ts';
import type { Network, Step } from './testing/fake_rtc.ts';
import { kNatted, told, two, World, type Person } from './testing/people.ts';

type Double = 'on' | 'off';

async function pair(doubles: [Double, Double] = ['on', 'on'], networks: [Network?, Network?] = [kNatted, kNatted], world?: World): Promise<[World, Person, Person]> {
  const people = await two(networks, world);
  for (const [at, { client }] of people.slice(1).map((each) => each as Person).entries()) client.ports.doubleOffer = doubles[at]!;
  for (const person of [people[1], people[2]]) for (const kind of ['audio', 'video'] as const) person.client.setTrack(kind, { kind } as MediaStreamTrack);
  return people;
}

type Intro = { sdp?: string; double?: boolean; fingerprint: string; candidates?: { candidate: string }[] };

const introOf = (person: Person): Intro => JSON.parse(person.sent.find(({ type }) => type === 'accept')!['intro'] as string) as Intro;

const typesIn = ({ candidates = [] }: Intro): string[] => candidates.map(({ candidate }) => / typ (\w+)/.exec(candidate)![1]!);

const bodies = (person: Person): string[] => person.told.map(({ body }) => body.kind).filter((kind) => kind !== 'candidates');

async function accept(world: World, ...people: Person[]): Promise<void> {
  for (const { client } of people) client.act('accept');
  await world.untilPhase('connected', ...people);
}

async function assertTalk(world: World, ...people: Person[]): Promise<void> {
  await world.until(() => people.every(({ client }) => client.view.remoteTracks.length === 2));
  for (const person of people) {
    assert.deepEqual(person.connection().getTransceivers().map(({ receiver }) => receiver.track.kind), ['audio', 'video']);
    assert.ok(person.connection().getSenders().every(({ track }) => track !== null), 'both send');
  }
}

test('both intros carry an offer with the candidates that were found, and no other description is told', async () => {
  const [world, ann, bob] = await pair();
  await world.match(ann, bob);
  await world.clock.pass(100);
  const offers: Step[] = ['createOffer', 'setLocalDescription'];
  // Role b has answered an offer of nobody, so that it is role a that decides in ICE.
  const answersNobody: Step[] = ['setRemoteDescription', 'createAnswer', 'setLocalDescription'];
  for (const [person, steps] of [[ann, offers], [bob, [...answersNobody, ...offers]]] as const) {
    assert.deepEqual(person.connection().steps, ['setConfiguration', ...steps]);
    assert.deepEqual(person.client.view.remoteTracks, []);
    assert.deepEqual(person.connection().configuration.iceServers, [{ urls: ['stun:s'] }]);
    assert.deepEqual(person.told, [], 'and nothing is told before it is accepted');
  }
  await accept(world, ann, bob);
  await assertTalk(world, ann, bob);
  for (const person of [ann, bob]) {
    const intro = introOf(person);
    assert.ok(intro.double && intro.sdp!.includes('m=video') && !intro.sdp!.includes('candidate'));
    assert.deepEqual(typesIn(intro), ['host', 'srflx']);
    assert.equal(person.connection().steps.at(-1), 'setRemoteDescription');
    assert.equal(person.connection().steps.filter((step) => step === 'setLocalDescription').length, person === ann ? 1 : 2, 'nothing more is set');
    assert.deepEqual([bodies(person), told(person)], [[], []]);
  }
  assert.equal(ann.client.view.path.badge, 'direct');
});

test('what is found after this end has accepted is told when both have', async () => {
  const [world, ann, bob] = await pair();
  let find = (): void => {};
  ann.rtc.onMade = (connection) => {
    const gather = connection.gather.bind(connection);
    connection.gather = () => (find = gather);
  };
  await world.match(ann, bob);
  await world.clock.pass(50);
  ann.client.act('accept');
  await world.clock.pass(50);
  find();
  await world.clock.pass(50);
  assert.deepEqual(told(ann), []);
  bob.client.act('accept');
  await world.untilPhase('connected', ann, bob);
  assert.deepEqual([typesIn(introOf(ann)), told(ann)], [[], ['host', 'srflx']]);
});

test('of more candidates than an intro holds the rest is told when both have accepted', async () => {
  const [world, ann, bob] = await pair();
  ann.rtc.onMade = (connection) => {
    const gather = connection.gather.bind(connection);
    connection.gather = () => {
      for (let at = 0; at < kCandidatesMax; ++at) {
        const candidate = `candidate:${at} 1 udp 1 192.168.2.${at} 4000 typ host`;
        connection.onicecandidate!({ candidate: { candidate, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: connection.ufrag } });
      }
      gather();
    };
  };
  await world.match(ann, bob);
  await world.clock.pass(50);
  await accept(world, ann, bob);
  assert.deepEqual([typesIn(introOf(ann)).length, told(ann)], [kCandidatesMax, ['host', 'srflx']]);
});

test('without the server\'s word where to ask, the call comes about as ever', async () => {
  const [world, ann, bob] = await pair(['on', 'on'], [kNatted, kNatted], new World({ stun: [] }));
  await world.match(ann, bob);
  await world.clock.pass(100);
  for (const person of [ann, bob]) assert.ok(!person.connection().steps.includes('setLocalDescription'));
  await accept(world, ann, bob);
  await assertTalk(world, ann, bob);
  assert.deepEqual([bodies(ann), bodies(bob)], [[], ['answer']]);
});

test('with a partner whose offer cannot be read as an answer, or who makes none, one answers the other', async () => {
  const other: Network = { ...kNatted, firefox: true };
  const meetings: [[Double, Double], [Network, Network]][] = [
    [['on', 'on'], [kNatted, other]],
    [['on', 'on'], [other, kNatted]],
    [['on', 'off'], [kNatted, kNatted]],
    [['off', 'on'], [kNatted, kNatted]],
  ];
  for (const [doubles, networks] of meetings) {
    const [world, ann, bob] = await pair(doubles, networks);
    await world.match(ann, bob);
    await world.clock.pass(100);
    await accept(world, ann, bob);
    await assertTalk(world, ann, bob);
    assert.deepEqual([bodies(ann)[0], bodies(bob)[0]], [undefined, 'answer'], doubles.join());
    assert.equal(ann.client.view.path.badge, 'direct');
  }
});

test('a relay gets its turn, and a path that breaks is mended, as after any other beginning', async () => {
  const blocked: Network = { direct: false, reflexive: true };
  const [world, ann, bob] = await pair(['on', 'on'], [blocked, blocked]);
  await world.match(ann, bob);
  await accept(world, ann, bob);
  await world.until(() => [ann, bob].every(({ client }) => client.view.path.badge === 'relayed'));
  for (const person of [ann, bob]) person.connection().become('failed');
  await world.until(() => [ann, bob].every(({ client }) => client.pc?.connectionState === 'connected'));
});

test('off, intros are what they were', async () => {
  const [world, ann, bob] = await pair(['off', 'off']);
  await world.match(ann, bob);
  await accept(world, ann, bob);
  assert.deepEqual([introOf(ann).double, introOf(bob).double, introOf(bob).sdp], [undefined, undefined, undefined]);
  assert.deepEqual([ann, bob].map((person) => introOf(person).candidates), [undefined, undefined]);
});

test('who hides their address tells no candidate but the relay\'s, and gathers nothing before both have accepted', async () => {
  const [world, ann, bob] = await pair();
  world.seek(ann, { hideAddress: true });
  await world.clock.pass(10);
  world.seek(bob);
  await world.untilPhase('card', ann, bob);
  await world.clock.pass(100);
  assert.ok(!ann.connection().steps.includes('setLocalDescription'));
  await accept(world, ann, bob);
  await assertTalk(world, ann, bob);
  assert.deepEqual([introOf(ann).candidates, new Set(told(ann))], [undefined, new Set(['relay'])]);
  assert.equal(ann.connection().configuration.iceTransportPolicy, 'relay');
});

test('a server that comes back and wants every address hidden parts two who have looked for theirs', async () => {
  const [world, ann, bob] = await pair();
  await world.match(ann, bob);
  await world.clock.pass(100);
  ann.client.session.onEvent({ type: 'up', welcome: { ...welcomeOf(ann), features: { ...ann.client.view.features!, privacy: 'relay_only' } }, resumed: true });
  assert.equal(ann.phase(), 'seeking');
  await world.clock.pass(100);
  assert.ok(!ann.connection().steps.includes('setLocalDescription'));
  assert.ok(!ann.sent.some(({ type }) => type === 'accept'));
});

type Up = Extract<Parameters<Person['client']['session']['onEvent']>[0], { type: 'up' }>;

function welcomeOf(person: Person): Up['welcome'] {
  const { features, rooms } = person.client.view;
  return { features: features!, rooms, epoch: '', call: null, session: '', resume: '', resumed: true, limits: { answer_seconds: 20, relay_kbps: null } } as unknown as Up['welcome'];
}

test('an offer under another certificate than the intro names ends the call', async () => {
  const [world, ann, bob] = await pair();
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
