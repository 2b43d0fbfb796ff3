// Which way a call goes, and who says so: direct first, the relay when it is needed, a hidden address.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kHoldMs, kSecureMs, kShortHoldMs } from './direct_first.ts';
import type { Body } from './bodies.ts';
import { kShakyMs } from './mending.ts';
import { kUnansweredMs } from './offers.ts';
import { kSecondAskMs } from './peer.ts';
import { kServersFreshMs } from './servers.ts';
import { kPongMs } from './session.ts';
import { settle } from './testing/fake_clock.ts';
import type { Network } from './testing/fake_rtc.ts';
import { kBlocked, kNatted, peerOf, told, two, usualOrder, World, type Person } from './testing/people.ts';

test('direct first: while a direct path works no relay candidate is told, and the badge says direct', async () => {
  const [world, ann, bob] = await two([kNatted, kNatted]);
  await world.connect(ann, bob);
  await world.clock.pass(5_000);
  assert.deepEqual([...told(ann), ...told(bob)].filter((type) => type === 'relay'), []);
  assert.equal(ann.client.timings.relay_released, null);
  for (const person of [ann, bob]) {
    const urls = (person.connection().configuration.iceServers ?? []).flatMap((server) => server.urls);
    assert.deepEqual(urls.filter((url) => url.startsWith('turn')), [], 'the relay was not even asked for');
  }
  ann.connection().become('failed');
  await world.clock.pass(50);
  assert.ok(told(ann).includes('relay'), 'trouble brings it out');
});

test('direct first: a handshake that is slower than the hold is waited for, as long as handshakes may take', async () => {
  const [world, ann, bob] = await two([{ ...kNatted, handshakeMs: 2 * kHoldMs }]);
  await world.connect(ann, bob);
  await world.until(() => ann.client.view.path.badge === 'direct' && bob.client.view.path.badge === 'direct');
  for (const person of [ann, bob]) {
    assert.equal(person.client.timings.relay_released, null);
    assert.equal(person.connection().steps.filter((step) => step === 'createOffer').length, 1, 'no second round');
  }

  const [late, cid, dan] = await two([{ ...kNatted, handshakeMs: 2 * kSecureMs }]);
  await late.match(cid, dan);
  cid.client.act('accept');
  dan.client.act('accept');
  await late.untilPhase('connecting', cid, dan);
  await late.until(() => cid.client.timings.relay_released !== null, 10_000);
  assert.ok(cid.client.timings.relay_released! - cid.client.timings.remote! >= kSecureMs);
});

test('direct first: a pair that works while the restart waits for its turn makes it needless', async () => {
  const [world, ann, bob] = await two([kBlocked, kBlocked]);
  await world.match(ann, bob);
  ann.client.act('accept');
  bob.client.act('accept');
  await world.until(() => ann.client.timings.remote !== null);
  let free = (): void => {};
  ann.connection().getSenders()[0]!.replaceTrack = () => new Promise((done) => (free = done));
  ann.client.setTrack('audio', null);
  await world.clock.pass(kHoldMs + 50);
  ann.connection().becomeIce('connected');
  free();
  await world.clock.pass(100);
  assert.equal(ann.client.timings.relay_released, null);
});

test('a direct pair that carries checks but no handshake is given up for the relay alone, at both ends', async () => {
  for (const firefox of [false, true]) {
    const [world, ann, bob] = await two([{ ...kNatted, narrow: true }, { ...kNatted, firefox }], usualOrder());
    await world.match(ann, bob);
    for (const { client } of [ann, bob]) client.act('accept');
    await world.untilPhase('connecting', ann, bob);
    await world.until(() => [ann, bob].every(({ client }) => client.view.path.badge === 'relayed'), kSecureMs + 2_000);
    assert.deepEqual([ann.phase(), bob.phase()], ['connected', 'connected']);
    for (const person of [ann, bob]) assert.equal(person.connection().configuration.iceTransportPolicy, 'relay');
    for (const { rtc, connection } of [ann, bob]) assert.equal(connection(), rtc.made[1], 'the former keeps the pair that it has');
    const why = [ann, bob].map(({ client }) => client.restarts.map((restart) => restart.why));
    assert.deepEqual(why, firefox ? [['partner'], ['handshake']] : [['handshake'], ['partner']]);
    // What would choose the direct pair again is not tried later either.
    ann.connection().become('failed');
    await world.clock.pass(3_000);
    assert.deepEqual([ann.phase(), ann.client.view.call.shaky, ann.client.view.path.badge], ['connected', false, 'relayed']);
  }
});

test('where there is no relay a handshake is waited for', async () => {
  const [world, ann, bob] = await two([{ ...kNatted, narrow: true }], new World({ iceServers: [{ urls: ['stun:s'] }] }));
  await world.match(ann, bob);
  for (const { client } of [ann, bob]) client.act('accept');
  await world.untilPhase('connecting', ann, bob);
  await world.clock.pass(3 * kSecureMs);
  assert.deepEqual([ann.phase(), ann.connection().configuration.iceTransportPolicy, ann.client.restarts.length], ['connecting', 'all', 0]);
});

/** A direct call whose direct path breaks: nothing passes between the two homes any more, and one end or both see it. */
async function breakPath(...see: (0 | 1)[]): Promise<[World, Person, Person]> {
  return breakPathIn(new World(), ...see);
}

async function breakPathIn(start: World, ...see: (0 | 1)[]): Promise<[World, Person, Person]> {
  const network = { ...kNatted };
  const [world, ann, bob] = await two([network], start);
  await world.connect(ann, bob);
  await world.until(() => ann.client.view.path.badge === 'direct' && bob.client.view.path.badge === 'direct');
  network.direct = false;
  for (const which of see) {
    [ann, bob][which]!.connection().become('disconnected');
    await world.clock.pass(kSecondAskMs / 2);
  }
  return [world, ann, bob];
}

type Told = { kind: string; sdp: string; restart: boolean; round: number };

const bodies = (person: Person): Told[] => person.told.map(({ body }) => body as Told);

const restarts = (person: Person): string[] => bodies(person).flatMap(({ kind, sdp }) => (kind === 'offer' ? [/a=setup:(\w+)/.exec(sdp)![1]!] : []));

const wishes = (person: Person): boolean[] => bodies(person).flatMap(({ kind, restart }) => (kind === 'offer_wanted' ? [restart] : []));

test('a direct path that breaks is replaced by the relay, whichever end sees it', async () => {
  for (const see of [[0], [1], [1, 0]] as const) {
    const [world, ann, bob] = await breakPath(...see);
    await world.clock.pass(kShakyMs - kSecondAskMs - 10);
    assert.deepEqual([...restarts(ann), ...wishes(bob)], [], 'it may end by itself');
    await world.until(() => ann.client.view.path.badge === 'relayed' && bob.client.view.path.badge === 'relayed');
    assert.deepEqual([ann, bob].map(({ client }) => [client.view.call.phase, client.view.call.shaky]), [['connected', false], ['connected', false]]);
    // Ann made the first offer, so she makes every other. It left the DTLS role open, and Bob took the active one.
    assert.deepEqual([restarts(ann), restarts(bob)], [['passive'], []]);
    assert.deepEqual(wishes(bob), see.some((which) => which === 0) ? [] : [true], 'where both see it he leaves the restart to her');
    assert.ok(ann.client.sendChat('still here'));
    await settle();
    assert.equal(bob.client.view.chat.length, 1);
  }
});

test('a Firefox that answered the first offer makes the later ones, in the DTLS role it took', async () => {
  const [world, ann, bob] = await two([kNatted, { ...kNatted, firefox: true }]);
  await world.connect(ann, bob);
  await world.until(() => ann.client.view.path.badge === 'direct' && bob.client.view.path.badge === 'direct');
  ann.connection().become('disconnected');
  await world.until(() => restarts(bob).length === 1);
  assert.deepEqual([restarts(ann), wishes(ann), restarts(bob)], [[], [true], ['active']]);
  await world.until(() => !ann.client.view.call.shaky);
  assert.deepEqual([ann, bob].map(({ client }) => client.view.call.phase), ['connected', 'connected']);
});

test('which end makes the later offers is settled by the first, whatever later descriptions look like', async () => {
  const network: Network = { ...kNatted };
  const [world, ann, bob] = await two([kNatted, network]);
  await world.connect(ann, bob);
  network.firefox = true;
  for (const count of [1, 2, 3]) {
    ann.connection().negotiate();
    await world.clock.pass(200);
    assert.deepEqual([restarts(ann).length, wishes(ann)], [count, []]);
  }
});

test('an offer on its way when the server is lost, or begins a new life, is answered soon after it is back', async () => {
  for (const lose of ['cut', 'restart'] as const) {
    const [world, ann, bob] = await breakPath(0);
    await world.until(() => restarts(ann).length === 1);
    world.server[lose]();
    await world.until(() => ann.client.view.path.badge === 'relayed' && bob.client.view.path.badge === 'relayed', 2_000);
    assert.equal(ann.client.view.call.shaky, false);
  }
});

test('an interruption asks whether the server is there, so that its offer is not lost with a network that is gone', async () => {
  for (const which of [0, 1] as const) {
    const [world, ann, bob] = await breakPath();
    const { client, connection } = [ann, bob][which]!;
    world.server.silence(client.session.session);
    connection().become('disconnected');
    await world.until(() => ann.client.view.path.badge === 'relayed' && bob.client.view.path.badge === 'relayed', kPongMs + 2_000);
    assert.equal(ann.client.view.call.shaky, false);
  }
});

test('a restart waits for the partner to be back after a restart of the server: told later, it would be of a path that was', async () => {
  const [world, ann, bob] = await breakPath();
  const { ports } = bob.client;
  const { openSocket } = ports;
  ports.openSocket = () => ({ send: () => {}, close: () => {}, onopen: null, onmessage: null, onclose: null });
  world.server.restart();
  await world.until(() => ann.client.view.call.standing === 'half');
  ann.connection().cut(true);
  ann.connection().become('disconnected');
  await world.clock.pass(2 * kShakyMs);
  assert.equal(ann.connection().signalingState, 'stable');
  ports.openSocket = openSocket;
  await world.until(() => restarts(ann).length === 1, 12_000);
  ann.connection().cut(false);
  await world.until(() => ann.client.view.path.badge === 'relayed' && bob.client.view.path.badge === 'relayed', 12_000);
  assert.equal(restarts(ann).length, 1);
});

test('a partner who fails at an offer is made another, and a late answer is not taken for one to that', async () => {
  const [world, ann, bob] = await breakPathIn(usualOrder());
  const connection = bob.connection();
  const takes = connection.setRemoteDescription.bind(connection);
  const failures = [new Error('not now'), new Error('not yet')];
  connection.setRemoteDescription = async (description) => {
    if (failures.length > 0) throw failures.shift()!;
    return takes(description);
  };
  ann.connection().become('disconnected');
  await world.until(() => restarts(ann).length === 1);
  assert.equal(ann.connection().signalingState, 'have-local-offer');
  await world.clock.pass(kUnansweredMs - 10);
  assert.equal(restarts(ann).length, 1, 'an answer may take its time');
  await world.until(() => restarts(ann).length === 2);
  const { sdp } = bodies(bob).find(({ kind }) => kind === 'answer')!;
  bob.tell({ kind: 'answer', sdp, round: 1 });
  await world.clock.pass(100);
  assert.equal(ann.connection().signalingState, 'have-local-offer');
  await world.clock.pass(kUnansweredMs);
  assert.equal(restarts(ann).length, 3);
  await world.until(() => ann.client.view.path.badge === 'relayed' && bob.client.view.path.badge === 'relayed');
});

test('a Firefox takes an offer without an answer back before it makes the next, and no other browser does', async () => {
  for (const firefox of [true, false]) {
    const [world, ann, bob] = await two([{ ...kNatted, firefox }, kNatted]);
    await world.connect(ann, bob);
    const connection = bob.connection();
    const takes = connection.setRemoteDescription.bind(connection);
    connection.setRemoteDescription = async () => {
      connection.setRemoteDescription = takes;
      throw new Error('not now');
    };
    ann.connection().become('disconnected');
    await world.until(() => restarts(ann).length === 2, kShakyMs + 2 * kUnansweredMs);
    await world.until(() => !ann.client.view.call.shaky && ann.connection().signalingState === 'stable');
    const steps = ann.connection().steps.filter((step) => step === 'rollback' || step === 'setLocalDescription');
    const taken = firefox ? ['rollback'] : [];
    assert.deepEqual(steps, ['setLocalDescription', 'setLocalDescription', ...taken, 'setLocalDescription']);
  }
});

test('a wish for a restart that was sent before the last one is not granted again, and one that was sent after it is', async () => {
  const [world, ann, bob] = await breakPath(0);
  await world.until(() => ann.client.view.path.badge === 'relayed' && !ann.client.view.call.shaky);
  const wish = (round?: number): void => bob.tell({ kind: 'offer_wanted', restart: true, round });
  assert.equal(restarts(ann).length, 1);
  wish(0);
  await world.clock.pass(500);
  assert.equal(restarts(ann).length, 1);
  wish(1);
  await world.until(() => restarts(ann).length === 2 && ann.connection().signalingState === 'stable');
  // A page that does not number its wishes is granted them.
  wish();
  await world.until(() => restarts(ann).length === 3 && ann.connection().signalingState === 'stable');
});

/** From now on this person's page is one of before offers had numbers and the end that answers had wishes. */
function makeOlder({ client }: Person): void {
  const peer = peerOf(client);
  const tell = peer.onEvent;
  peer.onEvent = (event) => {
    if (event.type !== 'body') return tell(event);
    const { round: _, ...body } = event.body as Told;
    if (body.kind !== 'offer_wanted') tell({ ...event, body: body as unknown as Body });
  };
}

test('an older page, which numbers nothing and has no wishes, is talked to all the same, and what it does not know is passed over', async () => {
  for (const which of [0, 1] as const) {
    const [world, ann, bob] = await breakPath();
    makeOlder([ann, bob][which]!);
    bob.tell({ kind: 'of_tomorrow', sdp: 7 });
    ann.connection().become('disconnected');
    await world.until(() => ann.client.view.path.badge === 'relayed' && bob.client.view.path.badge === 'relayed');
    for (const person of [ann, bob]) assert.deepEqual([person.phase(), person.client.view.call.shaky], ['connected', false]);
    assert.equal(restarts(ann).length, 1);
  }
});

test('an interruption that ends by itself leaves the call direct', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  ann.connection().become('disconnected');
  await world.clock.pass(kShakyMs - 10);
  ann.connection().become('connected');
  await world.clock.pass(10_000);
  assert.deepEqual([...restarts(ann), ...wishes(bob)], []);
  assert.equal(ann.client.view.path.badge, 'direct');
});

test('a broken path is mended when the server is there to carry the offer', async () => {
  const [world, ann, bob] = await breakPath();
  world.server.reachable = false;
  world.server.cut();
  await settle();
  ann.connection().become('disconnected');
  await world.clock.pass(10_000);
  assert.equal(ann.connection().signalingState, 'stable');
  world.server.reachable = true;
  await world.until(() => ann.client.view.path.badge === 'relayed' && bob.client.view.path.badge === 'relayed', 12_000);
  assert.equal(ann.client.view.call.shaky, false);
});

test('a relayed path that breaks is mended too, as often as it breaks', async () => {
  const [world, ann] = await breakPath(0);
  for (const times of [1, 2, 3]) {
    await world.until(() => !ann.client.view.call.shaky && ann.client.view.path.badge === 'relayed');
    assert.equal(restarts(ann).length, times);
    ann.connection().become('disconnected');
  }
});

test("late in a call a restart asks for fresh credentials first, and makes do with the old ones without an answer", async () => {
  const later = [{ urls: ['turn:relay.example'], username: 'later', credential: 'secret' }];
  const name = (person: Person): unknown => person.connection().configuration.iceServers?.[0]?.username;
  for (const answered of [true, false]) {
    const [world, ann, bob] = await breakPath();
    await world.clock.pass(kServersFreshMs);
    (world.server as unknown as { settings: { iceServers: unknown[] } }).settings.iceServers = later;
    world.server.namesServers = answered;
    ann.connection().become('disconnected');
    await world.until(() => ann.client.view.path.badge === 'relayed' && bob.client.view.path.badge === 'relayed', 10_000);
    for (const person of [ann, bob]) {
      assert.equal(person.sent.filter(({ type }) => type === 'servers').length, 1);
      assert.equal(name(person), answered ? 'later' : 'user');
    }
  }
  const [world, ann] = await breakPath(0);
  await world.until(() => ann.client.view.path.badge === 'relayed');
  assert.equal(ann.sent.filter(({ type }) => type === 'servers').length, 0, 'not while the first are good');
});

test('a call that breaks on its relay asks for another relay each time, however fresh its credentials are', async () => {
  const other = [{ urls: ['turn:other.example'], username: 'other', credential: 'secret' }];
  const asked = (person: Person): number => person.sent.filter(({ type }) => type === 'servers').length;
  const [world, ann, bob] = await breakPath(0);
  await world.until(() => ann.client.view.path.badge === 'relayed' && !ann.client.view.call.shaky);
  for (const times of [1, 2]) {
    if (times === 2) (world.server as unknown as { settings: { iceServers: unknown[] } }).settings.iceServers = other;
    ann.connection().become('disconnected');
    await world.until(() => !ann.client.view.call.shaky && asked(ann) === times, 10_000);
    // Whichever end restarts, both may have lost the relay.
    for (const person of [ann, bob]) {
      assert.equal(asked(person), times);
      assert.equal(person.connection().configuration.iceServers?.[0]?.username, times === 2 ? 'other' : 'user');
    }
  }
});

/** Two who have not met before, through the card. */
async function meet(world: World, ann: Person, bob: Person): Promise<number> {
  world.seek(bob);
  await settle();
  if (ann.phase() === 'connected') ann.client.act('next');
  else world.seek(ann);
  await world.untilPhase('card', ann, bob);
  ann.client.act('accept');
  bob.client.act('accept');
  await world.untilPhase('connected', ann, bob);
  await world.until(() => [ann, bob].every(({ client }) => client.view.path.own !== null && client.view.path.partner !== null));
  return ann.client.timings.relay_released === null ? Infinity : ann.client.timings.relay_released - ann.client.timings.remote!;
}

test('where only a relay works it is told after the hold, and the badge says relayed at both ends', async () => {
  const [world, ann, bob] = await two([kBlocked, kBlocked]);
  assert.ok((await meet(world, ann, bob)) >= kHoldMs);
  await world.until(() => ann.client.view.path.badge === 'relayed' && bob.client.view.path.badge === 'relayed');
  assert.ok([ann, bob].some(({ client }) => client.view.path.own?.relay));
});

test('after relayed calls with two people the hold is shorter, until a call is direct', async () => {
  const network = { ...kBlocked };
  const [world, ann] = await two([network]);
  const others = await Promise.all(Array.from({ length: 5 }, () => world.person(kNatted)));
  const held: number[] = [];
  for (const [at, other] of others.entries()) {
    network.direct = at === 3;
    held.push(await meet(world, ann, other));
  }
  const around = (ms: number) => (held: number) => held >= ms && held <= ms + kSecondAskMs;
  assert.ok(held.slice(0, 2).every(around(kHoldMs)), `${held}`);
  assert.ok(around(kShortHoldMs)(held[2]!), `${held}`);
  assert.equal(held[3], Infinity, 'direct');
  assert.ok(around(kHoldMs)(held[4]!), `${held}`);
});

test('hide my address: relay only from the start, nothing else is told, nothing is held', async () => {
  const [world, ann, bob] = await two();
  world.seek(ann, { hideAddress: true, instant: true });
  await settle();
  assert.equal(ann.connection().configuration.iceTransportPolicy, 'relay');
  world.seek(bob, { instant: true });
  await world.untilPhase('connected', ann, bob);
  assert.deepEqual(new Set(told(ann)), new Set(['relay']));
  assert.equal(ann.connection().configuration.iceTransportPolicy, 'relay');
  await world.until(() => bob.client.view.path.badge === 'relayed' && ann.client.view.path.badge === 'relayed');
  assert.ok(bob.client.timings.connected! - bob.client.timings.accepted! < kHoldMs, 'the partner does not wait either');
});

test('hide my address: nobody is asked for it but relays at the page\'s own host, at the beginning and when ICE is restarted', async () => {
  const iceServers = [{ urls: ['stun:stranger'] }, { urls: ['turn:partner:3478?transport=udp', 'turn:call.example:3478?transport=udp'], username: 'user', credential: 'secret' }];
  const [world, ann, bob] = await two([], new World({ iceServers }));
  world.seek(ann, { hideAddress: true, instant: true });
  await settle();
  world.seek(bob, { instant: true });
  await world.untilPhase('connected', ann, bob);
  const asked = (person: Person): string[] => (person.connection().configuration.iceServers ?? []).flatMap(({ urls }) => urls);
  assert.deepEqual(asked(ann), ['turn:call.example:3478?transport=udp']);
  assert.deepEqual(asked(bob), iceServers.flatMap(({ urls }) => urls), 'the other hides nothing');

  await world.clock.pass(kServersFreshMs);
  ann.connection().configuration.iceServers = [];
  ann.connection().become('failed');
  await world.until(() => asked(ann).length > 0, 20_000);
  assert.equal(ann.sent.filter(({ type }) => type === 'servers').length, 1, 'the server has named them again');
  assert.deepEqual(asked(ann), ['turn:call.example:3478?transport=udp']);
});

test('the strictest voice wins: server and page can demand it, and a later welcome does not take it back', async () => {
  const strict = new World({ privacy: 'relay_only' });
  const ann = await strict.person();
  strict.seek(ann);
  await settle();
  assert.ok(ann.client.view.call.relayOnly);
  (strict.server as unknown as { settings: { privacy: string } }).settings.privacy = 'direct';
  strict.server.restart();
  await strict.clock.pass(5_000);
  assert.equal(ann.client.view.features!.privacy, 'direct');
  strict.seek(ann);
  assert.ok(ann.client.view.call.relayOnly);

  const page = new World();
  const bob = await page.person(undefined, 'relay_only');
  page.seek(bob);
  await settle();
  assert.equal(bob.connection().configuration.iceTransportPolicy, 'relay');
});

test('a stricter server that comes back while somebody waits makes the waiting connection strict too', async () => {
  const world = new World();
  const ann = await world.person();
  world.seek(ann);
  await settle();
  assert.equal(ann.connection().configuration.iceTransportPolicy, 'all');
  demandRelay(world);
  world.server.restart();
  await world.clock.pass(5_000);
  assert.equal(ann.phase(), 'seeking');
  assert.equal(ann.connection().configuration.iceTransportPolicy, 'relay');
});

function demandRelay(world: World): void {
  (world.server as unknown as { settings: { privacy: string } }).settings.privacy = 'relay_only';
}

test('a server that becomes stricter during a call is obeyed from the next partner on', async () => {
  const [world, ann, bob] = await two();
  const cid = await world.person();
  await world.connect(ann, bob);
  demandRelay(world);
  world.server.restart();
  await settle();
  await world.until(() => ann.client.view.call.standing === 'live' && bob.client.view.call.standing === 'live', 20_000);
  assert.equal(ann.client.view.call.relayOnly, false, 'the call that stands goes on as it is');
  world.seek(cid);
  await settle();
  ann.client.act('next');
  await world.untilPhase('card', ann, cid);
  assert.ok(ann.client.view.call.relayOnly);
  ann.client.act('accept');
  cid.client.act('accept');
  await world.untilPhase('connected', ann, cid);
  assert.equal(ann.connection().configuration.iceTransportPolicy, 'relay');
  assert.deepEqual(told(ann, ann.client.view.call.call), ['relay']);
});

test('a server that becomes stricter while a card is open is obeyed by whoever comes next', async () => {
  const [world, ann, bob] = await two();
  await world.match(ann, bob);
  demandRelay(world);
  world.server.restart();
  await world.until(() => ann.phase() === 'card' && bob.phase() === 'card' && ann.client.view.call.relayOnly, 10_000);
  ann.client.act('accept');
  bob.client.act('accept');
  await world.untilPhase('connected', ann, bob);
  for (const person of [ann, bob]) {
    assert.equal(person.connection().configuration.iceTransportPolicy, 'relay');
    assert.deepEqual(told(person).filter((type) => type !== 'relay'), []);
  }
});

test('a server that becomes stricter between accept and accepted is obeyed by the call that then comes about', async () => {
  const [world, ann, bob] = await two([], usualOrder());
  await world.match(ann, bob);
  ann.client.act('accept');
  await settle();
  const session = ann.client.session as unknown as { handleText: (text: string) => void };
  const real = session.handleText.bind(session);
  session.handleText = (text) => {
    if (!text.includes('"accepted"')) return real(text);
    session.handleText = real;
    demandRelay(world);
    ann.client.session.drop();
  };
  bob.client.act('accept');
  await world.untilPhase('connected', ann, bob);
  assert.equal(ann.client.session.resumed, 1);
  assert.equal(ann.connection().configuration.iceTransportPolicy, 'relay');
  assert.deepEqual(told(ann).filter((type) => type !== 'relay'), []);
});

test('relay only without a relay is said, not tried', async () => {
  const [world, ann, bob] = await two([], new World({ iceServers: [{ urls: ['stun:s'] }] }));
  world.seek(ann, { hideAddress: true, instant: true });
  await settle();
  world.seek(bob, { instant: true });
  await world.untilPhase('ended', ann);
  assert.equal(ann.client.view.call.reason, 'no_relay');
  assert.ok(!ann.rtc.made[0]!.steps.includes('setLocalDescription'));
});

test('regions: who accepts says how far the relays are, and nobody hears of it before', async () => {
  const relays = [
    { name: 'here', origin: null },
    { name: 'eu', origin: 'https://eu.example' },
    { name: 'in', origin: 'https://in.example' },
  ];
  const world = new World({ relays });
  world.relayMs = { here: 90, 'https://in.example': 12 };
  const [, ann, bob] = await two([], world);
  await world.match(ann, bob);
  assert.ok(!ann.sent.some((message) => 'relays' in message));
  ann.client.act('accept');
  bob.client.act('accept');
  await world.untilPhase('connected', ann, bob);
  for (const person of [ann, bob]) {
    assert.deepEqual(person.sent.find(({ type }) => type === 'accept')!['relays'], { here: 90, in: 12 });
  }
});

test('regions: a server with one relay is told nothing of it', async () => {
  const [world, ann, bob] = await two([], new World({ relays: [{ name: 'here', origin: null }] }));
  world.relayMs = { here: 5 };
  await world.connect(ann, bob);
  assert.ok(!('relays' in ann.sent.find(({ type }) => type === 'accept')!));
});
