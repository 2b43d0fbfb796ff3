// Private calls, from the link to the end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kReopenMs } from './meeting.ts';
import { settle } from './testing/fake_clock.ts';
import { kHappenings, machineIn } from './testing/machine.ts';
import { kKey, kSeats, last, two, typesOf, World, type Person } from './testing/people.ts';

test('two with the link connect without being asked, and everything but the handshake is sealed', async () => {
  const [world, ann, bob] = await two();
  world.open(ann, kKey, kSeats[0]!);
  await settle();
  world.open(bob, kKey, kSeats[1]!);
  await world.untilPhase('connected', ann, bob);
  const everything = JSON.stringify(world.server.log.map(({ message }) => message));
  for (const word of ['fingerprint', 'candidate:', 'a=ice', '"kind\\"']) assert.ok(!everything.includes(word), word);
  const accepts = [...ann.sent, ...bob.sent].filter(({ type }) => type === 'accept').map(({ intro }) => intro as string);
  assert.equal(accepts.filter((intro) => intro === '').length, 1, 'one end answers, the other listens');
});

/** Loses the `accepted` of the end that reads message 2, and lets it come back only when the other end's bodies are waiting for it. */
function loseSealedAccepted(world: World, person: Person): void {
  const session = person.client.session as unknown as { handleText: (text: string) => void };
  const real = session.handleText.bind(session);
  let lost = false;
  session.handleText = (text) => {
    const message = JSON.parse(text) as { type: string; intro?: string };
    if (lost || message.type !== 'accepted' || message.intro === '') return real(text);
    lost = true;
    world.server.reachable = false;
    person.client.session.drop();
  };
}

test('sealed bodies that come back to back with the message 2 that opens them are read', async () => {
  const [world, ann, bob] = await two();
  for (const person of [ann, bob]) loseSealedAccepted(world, person);
  world.open(ann, kKey, kSeats[0]!);
  await settle();
  world.open(bob, kKey, kSeats[1]!);
  await world.until(() => !world.server.reachable);
  await world.clock.pass(1_000);
  const [reader, writer] = ann.client.view.server === 'lost' ? [ann, bob] : [bob, ann];
  assert.ok(typesOf(writer.sent).includes('relay'), 'candidates are waiting');
  world.server.reachable = true;
  await world.untilPhase('connected', ann, bob);
  const candidates = reader.connection().remoteCandidates.map(({ candidate }) => / typ (\w+)/.exec(candidate)![1]);
  assert.deepEqual(candidates, ['host', 'srflx']);
  assert.equal(reader.client.timings.relay_released, null);
});

test('a third with the link reads that two are in the call', async () => {
  const [world, ann, bob] = await two();
  const cid = await world.person();
  world.open(ann, kKey, kSeats[0]!);
  await settle();
  world.open(bob, kKey, kSeats[1]!);
  await world.untilPhase('connected', ann, bob);
  world.open(cid, kKey, kSeats[2]!);
  await world.untilPhase('ended', cid);
  assert.equal(cid.client.view.call.reason, 'full');
  assert.deepEqual([ann.phase(), bob.phase()], ['connected', 'connected']);
});

/** Somebody without the key, who has seen what somebody with it sends. `door`: null for who has found out only the name. */
async function intrude(world: World, seen: Person, door?: null): Promise<Person> {
  const eve = await world.person();
  eve.client.session.onEvent = () => {};
  const noise = Buffer.from(new Uint8Array(64).fill(7)).toString('base64url');
  const { id, door: own } = seen.sent.find(({ type }) => type === 'open') as unknown as { id: string; door: string };
  const prefs = { media: 'video', need: 'any' } as const;
  eve.client.session.send({ type: 'open', id, door: door === null ? kSeats[2]! : own, seat: kSeats[2]!, noise, prefs });
  return eve;
}

test('somebody who knows only the name of a call waits somewhere else, and nobody notices', async () => {
  const [world, ann, bob] = await two();
  world.open(ann, kKey, kSeats[0]!);
  await settle();
  const eve = await intrude(world, ann, null);
  await settle();
  world.open(bob, kKey, kSeats[1]!);
  await world.untilPhase('connected', ann, bob);
  assert.deepEqual(typesOf(eve.received).filter((type) => type !== 'welcome' && type !== 'challenge'), ['waiting']);
  assert.ok(!ann.client.view.call.someoneTried && !bob.client.view.call.someoneTried);
});

test('one with the key whom somebody without it declines first opens anew, and is told', () => {
  const machine = machineIn('private', 'accepting')!;
  machine.apply(kHappenings['left: key']!);
  assert.deepEqual([machine.call.state.phase, machine.call.state.someoneTried], ['seeking', true]);
});

test('a server that says `accepted` before this end has is not heard', () => {
  const meet = { private: kHappenings['joined']!, room: kHappenings['matched']! };
  for (const kind of ['private', 'room'] as const) {
    const machine = machineIn(kind, 'seeking')!;
    machine.apply(meet[kind]);
    // A room's card is agreed to before this end's description is made; a private call's needs no agreement.
    if (kind === 'room') machine.handle({ type: 'accept' });
    assert.equal(machine.call.state.phase, 'accepting', kind);
    machine.apply(kHappenings['accepted']!);
    assert.equal(machine.call.state.phase, 'accepting', kind);
    assert.ok(!machine.commands.some((command) => command.do === 'begin' || command.do === 'open_intro'), kind);
  }
});

test('somebody without the key is turned away, the one who waits is told and goes on waiting', async () => {
  const [world, ann, bob] = await two();
  world.open(ann, kKey, kSeats[0]!);
  await settle();
  const eve = await intrude(world, ann);
  await world.until(() => ann.client.view.call.someoneTried);
  await world.until(() => eve.received.some(({ type, reason }) => type === 'left' && reason === 'key'));
  world.open(bob, kKey, kSeats[1]!);
  await world.untilPhase('connected', ann, bob);
  const knocks = ann.sent.filter(({ type }) => type === 'open').map(({ noise }) => noise);
  assert.equal(new Set(knocks).size, knocks.length, 'every open has a fresh message 1');
});

test('a wish that waits to be sent again is sent once, by whoever comes first', async () => {
  const [world, ann] = await two();
  world.open(ann, kKey, kSeats[0]!);
  await settle();
  await intrude(world, ann);
  await world.until(() => ann.client.view.call.someoneTried);
  world.server.cut();
  await world.until(() => ann.client.session.resumed === 1);
  await world.clock.pass(2 * kReopenMs);
  assert.equal(typesOf(ann.sent).filter((type) => type === 'open').length, 2, 'before, and after');
});

test('a message 1 that is still being made when another is asked for is not sent', async () => {
  const [world, ann] = await two();
  const { crypto } = ann.client.ports;
  let open = (): void => {};
  const gate = new Promise<void>((done) => (open = done));
  const importKey = async (...words: unknown[]): Promise<unknown> => {
    if (words[2] === 'HKDF') await gate;
    return (crypto.subtle.importKey as (...words: unknown[]) => unknown)(...words);
  };
  const subtle = new Proxy(crypto.subtle, { get: (from, name) => (name === 'importKey' ? importKey : Reflect.get(from, name)) });
  ann.client.ports.crypto = { subtle, getRandomValues: (bytes) => crypto.getRandomValues(bytes) };
  world.open(ann, kKey, kSeats[0]!);
  await settle();
  world.server.cut();
  await world.until(() => ann.client.session.resumed === 1);
  open();
  await world.clock.pass(1_000);
  assert.equal(typesOf(ann.sent).filter((type) => type === 'open').length, 1);
  assert.equal(ann.phase(), 'seeking');
});

test('a server that gives back one and the same message 1 gets nothing', async () => {
  const world = new World();
  const ann = await world.person();
  world.open(ann, kKey, kSeats[0]!);
  await settle();
  const own = ann.sent.find(({ type }) => type === 'open')!;
  world.server.tellAll({ type: 'joined', call: '0.forged', role: 'a', noise: own['noise'], prefs: { media: 'video' } });
  await world.until(() => ann.client.view.call.someoneTried);
  assert.ok(ann.sent.some(({ type, call }) => type === 'decline' && call === '0.forged'));
});

test('a message 2 that is not valid: left with the reason, opened anew, and nothing was set', async () => {
  const [world, ann, bob] = await two();
  const spoil = (person: Person) => {
    const real = person.client.session.send.bind(person.client.session);
    person.client.session.send = (message) => {
      if (message.type !== 'accept' || message.intro === '') return real(message);
      return real({ ...message, intro: `${message.intro.startsWith('A') ? 'B' : 'A'}${message.intro.slice(1)}` });
    };
  };
  spoil(ann);
  spoil(bob);
  world.open(ann, kKey, kSeats[0]!);
  await settle();
  world.open(bob, kKey, kSeats[1]!);
  await world.until(() => [ann, bob].some(({ sent }) => sent.some(({ type, reason }) => type === 'leave' && reason === 'key')));
  const victim = [ann, bob].find(({ sent }) => sent.some(({ type }) => type === 'leave'))!;
  assert.ok(victim.client.view.call.someoneTried);
  assert.ok(!victim.rtc.made[0]!.steps.includes('setRemoteDescription'));
  await world.until(() => victim.sent.filter(({ type }) => type === 'open').length === 2);
});

test('plaintext in a private call is not listened to', async () => {
  const [world, ann, bob] = await two();
  world.open(ann, kKey, kSeats[0]!);
  await settle();
  world.open(bob, kKey, kSeats[1]!);
  await world.untilPhase('connecting', ann, bob);
  const candidate = { candidate: 'candidate:1 1 udp 1 198.51.100.66 1 typ host', sdpMid: '0', sdpMLineIndex: 0 };
  const body = JSON.stringify({ kind: 'candidates', list: [candidate], end: false });
  const [call, epoch] = [ann.client.view.call.call, ann.client.session.epoch];
  world.server.tellAll({ type: 'relay', call, epoch, seq: 1, id: 1, body });
  await world.clock.pass(200);
  for (const person of [ann, bob]) assert.ok(!JSON.stringify(person.rtc.made[0]!.remoteCandidates).includes('198.51.100.66'));
});

test('a reload takes the seat again: the other end opens anew and the two are together again', async () => {
  const [world, ann, bob] = await two();
  world.open(ann, kKey, kSeats[0]!);
  await settle();
  world.open(bob, kKey, kSeats[1]!);
  await world.untilPhase('connected', ann, bob);
  const unmatched: unknown[] = [];
  ann.client.on('unmatched', (event) => unmatched.push(event));
  const reloaded = await world.person();
  world.open(reloaded, kKey, kSeats[1]!);
  await world.untilPhase('connected', reloaded);
  await world.untilPhase('connected', ann);
  assert.equal(bob.client.view.call.reason, 'replaced', 'the page that was there before knows that it is not any more');
  assert.notEqual(ann.rtc.made[0], ann.connection());
  assert.deepEqual(unmatched, [{ from: 'connected', cause: 'reload' }]);
});

test('a report is about the partner of a private call until one is there again, and not about who tries without the key', async () => {
  const [world, ann, bob] = await two();
  world.open(ann, kKey, kSeats[0]!);
  await settle();
  world.open(bob, kKey, kSeats[1]!);
  await world.untilPhase('connected', ann, bob);
  const { call } = ann.client.view.call;
  ann.client.act('next');
  await world.untilPhase('seeking', ann);
  const about: (string | null)[] = [];
  ann.client.on('change', (view) => view.call.phase === 'accepting' && about.push(view.call.about));
  const unmatched: unknown[] = [];
  ann.client.on('unmatched', (event) => unmatched.push(event));
  await intrude(world, ann);
  await world.until(() => ann.client.view.call.someoneTried);
  assert.deepEqual(unmatched, [{ from: 'accepting', cause: 'key' }]);
  assert.deepEqual([...new Set(about)], [call]);
  ann.client.report('spam', '');
  await world.until(() => ann.client.view.call.noted.report === true);
  assert.deepEqual([last(ann.sent.filter(({ type }) => type === 'report'))['call'], ann.phase()], [call, 'seeking']);
  world.open(bob, kKey, kSeats[1]!);
  await world.untilPhase('connected', ann, bob);
  assert.equal(ann.client.view.call.about, ann.client.view.call.call);
  assert.deepEqual(ann.client.view.call.noted, { block: false, report: false });
});

test('a report that is made while somebody joins a private call leaves the one who joins alone', async () => {
  const [world, ann, bob] = await two();
  world.open(ann, kKey, kSeats[0]!);
  await settle();
  world.open(bob, kKey, kSeats[1]!);
  await world.untilPhase('connected', ann, bob);
  ann.client.act('next');
  await settle();
  world.open(bob, kKey, kSeats[1]!);
  let blocked = false;
  ann.client.on('change', ({ call }) => {
    if (call.phase !== 'accepting' || blocked) return;
    blocked = true;
    ann.client.act('block');
  });
  await world.untilPhase('connected', ann, bob);
  assert.deepEqual([blocked, typesOf(ann.sent).includes('block')], [true, true]);
});

test('a private call lives through a restart of the server, and sealed bodies resent are taken once', async () => {
  const [world, ann, bob] = await two();
  world.open(ann, kKey, kSeats[0]!);
  await settle();
  world.open(bob, kKey, kSeats[1]!);
  await world.untilPhase('connected', ann, bob);
  world.server.restart();
  await world.until(() => ann.client.view.call.standing === 'live' && bob.client.view.call.standing === 'live', 20_000);
  ann.connection().negotiate();
  await world.clock.pass(200);
  assert.equal(ann.connection().signalingState, 'stable');
  assert.deepEqual([ann.phase(), bob.phase()], ['connected', 'connected']);
});

test('a private meeting that crosses a change of mind is left, not called a stranger', async () => {
  const [world, ann] = await two();
  world.server.tellAll({ type: 'joined', call: '0.late', role: 'a', noise: 'AAAA', prefs: { media: 'video' } });
  await settle();
  assert.deepEqual(last(ann.sent), { type: 'leave', call: '0.late', reason: 'left' });
});

test('leaving a private call before it stands does not call the other a stranger', async () => {
  const [world, ann, bob] = await two();
  world.open(ann, kKey, kSeats[0]!);
  await settle();
  world.open(bob, kKey, kSeats[1]!);
  await world.until(() => ann.phase() === 'accepting' || ann.phase() === 'connecting');
  ann.client.act('leave');
  await settle();
  assert.ok(!typesOf(ann.sent).includes('decline'));
  assert.ok(!bob.received.some(({ reason }) => reason === 'key'));
});
