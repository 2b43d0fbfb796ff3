import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from './bytes.ts';
import { kHoldMs, kSecureMs, kShortHoldMs } from './direct_first.ts';
import { kAnswerGraceMs, kConnectMs } from './call.ts';
import { kRescueMs } from './peer.ts';
import { settle } from './testing/fake_clock.ts';
import { FakeTrack, type Network } from './testing/fake_rtc.ts';
import { World, type Person } from './testing/people.ts';

const kKey = fromHex('000102030405060708090a0b0c0d0e0f');
const kSeats = ['AAAAAAAAAAAAAAAAAAAAAA', 'AQAAAAAAAAAAAAAAAAAAAA', 'AgAAAAAAAAAAAAAAAAAAAA'];
const kNatted: Network = { direct: true, reflexive: true };
const kBlocked: Network = { direct: false, reflexive: true };

const typesOf = (messages: { type: string }[]): string[] => messages.map(({ type }) => type);
const last = <T>(list: readonly T[]): T => list[list.length - 1]!;

async function two(networks: [Network?, Network?] = [], world = new World()): Promise<[World, Person, Person]> {
  return [world, await world.person(networks[0]), await world.person(networks[1])];
}

/** The candidates a person has told, by type, from the plain bodies of a stranger call. */
function told(person: Person, call?: unknown): string[] {
  return person.sent
    .filter((message) => message.type === 'relay' && (call === undefined || message['call'] === call))
    .map(({ body }) => JSON.parse(body as string) as { kind: string; list?: { candidate: string }[] })
    .flatMap(({ list }) => list ?? [])
    .map(({ candidate }) => / typ (\w+)/.exec(candidate)![1]!);
}

test('two strangers meet, accept, connect and talk', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  await world.until(() => ann.client.view.path.badge === 'direct' && bob.client.view.path.badge === 'direct');
  assert.deepEqual([ann.client.view.call.role, bob.client.view.call.role], ['a', 'b']);
  assert.equal(ann.client.view.remoteTracks.length, 2);
  assert.ok(ann.client.sendChat('வணக்கம்'));
  await settle();
  assert.deepEqual(bob.client.view.chat, [{ mine: false, text: 'வணக்கம்' }]);
  assert.deepEqual(ann.client.view.chat, [{ mine: true, text: 'வணக்கம்' }]);
});

test('nothing of a person leaves the device, and nothing reaches the partner, before both have accepted', async () => {
  const [world, ann, bob] = await two();
  await world.match(ann, bob);
  ann.client.act('accept');
  await world.clock.pass(1_000);
  assert.equal(ann.phase(), 'accepting');
  for (const person of [ann, bob]) {
    assert.deepEqual(person.connection().steps, ['createOffer'], 'no description set, no address asked for');
    assert.deepEqual(person.connection().configuration.iceServers, []);
    assert.ok(!typesOf(person.sent).includes('relay'));
  }
  const intro = ann.sent.find(({ type }) => type === 'accept')!['intro'] as string;
  assert.ok(!intro.includes('candidate:'));
  assert.ok(!JSON.stringify(bob.received).includes('fingerprint'));
});

test('the order of operations after accepted: servers first, then the descriptions', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  assert.deepEqual(ann.connection().steps, ['createOffer', 'setConfiguration', 'setLocalDescription', 'setRemoteDescription']);
  assert.deepEqual(bob.connection().steps, ['createOffer', 'setConfiguration', 'setRemoteDescription', 'createAnswer', 'setLocalDescription']);
  const { bundlePolicy, rtcpMuxPolicy, iceTransportPolicy } = ann.connection().configuration;
  assert.deepEqual({ bundlePolicy, rtcpMuxPolicy, iceTransportPolicy }, { bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require', iceTransportPolicy: 'all' });
});

test('every partner gets a fresh connection under a fresh certificate', async () => {
  const [world, ann, bob] = await two();
  const cid = await world.person();
  await world.connect(ann, bob);
  world.seek(cid);
  await settle();
  ann.client.act('next');
  await world.untilPhase('card', ann, cid);
  ann.client.act('accept');
  cid.client.act('accept');
  await world.untilPhase('connected', ann, cid);
  const certificates = ann.rtc.made.map(({ certificate }) => certificate);
  assert.equal(new Set(certificates).size, certificates.length);
  assert.notEqual(ann.rtc.made[0]!.ufrag, last(ann.rtc.made).ufrag);
  await world.clock.pass(500);
  assert.ok(ann.rtc.made[0]!.steps.includes('close'));
});

test('meet right away accepts by itself', async () => {
  const [world, ann, bob] = await two();
  world.seek(ann, { instant: true });
  await settle();
  world.seek(bob, { instant: true });
  await world.untilPhase('connected', ann, bob);
});

test('decline: the one who said it stops, the other goes on looking and learns nothing', async () => {
  const [world, ann, bob] = await two();
  await world.match(ann, bob);
  bob.client.act('accept');
  ann.client.act('decline');
  await settle();
  assert.deepEqual([ann.phase(), ann.client.view.call.reason], ['ended', 'declined']);
  assert.equal(bob.phase(), 'accepting');
  await world.untilPhase('seeking', bob);
  assert.ok(!bob.sent.slice(-1).some(({ type }) => type === 'seek'), 'the server has put them back');
  assert.equal(bob.rtc.made.length, 2, 'with a fresh connection');
});

test('silence: the silent one stops looking, the other goes on', async () => {
  const [world, ann, bob] = await two();
  await world.match(ann, bob);
  bob.client.act('accept');
  await world.clock.pass(21_000);
  assert.deepEqual([ann.phase(), ann.client.view.call.reason], ['ended', 'silent']);
  assert.equal(bob.phase(), 'seeking');
});

test('a server that forgets a card does not leave it standing', async () => {
  const [world, ann, bob] = await two();
  await world.match(ann, bob);
  bob.client.act('accept');
  await settle();
  ann.client.session.onEvent = bob.client.session.onEvent = () => {};
  await world.clock.pass(20_000 + kAnswerGraceMs + 10);
  assert.equal(ann.phase(), 'ended');
  assert.equal(bob.phase(), 'seeking');
});

test('relay before accepted is not listened to', async () => {
  const [world, ann, bob] = await two();
  await world.match(ann, bob);
  const body = JSON.stringify({ kind: 'candidates', list: [{ candidate: 'candidate:1 1 udp 1 203.0.113.9 1 typ host', sdpMid: '0', sdpMLineIndex: 0 }], end: false });
  world.server.tellAll({ type: 'relay', call: ann.client.view.call.call, epoch: ann.client.session.epoch, seq: 1, id: 1, body });
  await settle();
  assert.deepEqual(ann.connection().remoteCandidates, []);
});

test('leave, next and a goodbye without the server end the call at the other end', async () => {
  for (const [act, reason] of [['leave', 'left'], ['next', 'next']] as const) {
    const [world, ann, bob] = await two();
    await world.connect(ann, bob);
    ann.client.act(act);
    await world.untilPhase('ended', bob);
    assert.equal(bob.client.view.call.reason, reason);
  }
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  world.server.reachable = false;
  world.server.cut();
  await settle();
  ann.client.act('leave');
  await world.untilPhase('ended', bob);
  assert.equal(bob.client.view.call.reason, 'left');
  world.server.reachable = true;
  await world.clock.pass(10_000);
  assert.ok(typesOf(ann.sent).includes('leave'), 'the server is told when it is back');
});

test('a call outlives the server: killed, restarted, and both are back in it', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  world.server.reachable = false;
  world.server.restart();
  await settle();
  assert.equal(ann.client.view.server, 'lost');
  assert.deepEqual([ann.phase(), ann.client.view.call.standing], ['connected', 'away']);
  assert.ok(ann.client.sendChat('still here'));
  world.server.reachable = true;
  await world.until(() => ann.client.view.call.standing === 'live' && bob.client.view.call.standing === 'live', 20_000);
  assert.deepEqual([ann.phase(), bob.phase()], ['connected', 'connected']);
  assert.deepEqual([ann.client.session.resumed, bob.client.session.resumed], [1, 1]);
  ann.client.act('leave');
  await world.untilPhase('ended', bob);
});

test('left: gone does not end a call whose path lives, and does end one whose path is broken', async () => {
  for (const broken of [false, true]) {
    const [world, ann, bob] = await two();
    await world.connect(ann, bob);
    if (broken) ann.connection().become('disconnected');
    world.server.tellAll({ type: 'left', call: ann.client.view.call.call, reason: 'gone' });
    await settle();
    assert.equal(ann.phase(), broken ? 'ended' : 'connected');
    assert.equal(ann.client.view.call.standing, 'gone');
    if (broken) assert.equal(ann.client.view.call.reason, 'gone');
    else assert.ok(ann.client.sendChat('we do not need it'));
  }
});

test('an interrupted path is said and mended; one that fails ends the call', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  ann.connection().become('disconnected');
  assert.ok(ann.client.view.call.shaky);
  ann.connection().become('connected');
  assert.equal(ann.client.view.call.shaky, false);
  ann.connection().become('failed');
  await world.clock.pass(kRescueMs + 50);
  assert.deepEqual([ann.phase(), ann.client.view.call.reason], ['ended', 'lost']);
  assert.equal(bob.phase(), 'ended');
});

test('no path: the call ends after its time with the reason', async () => {
  const [world, ann, bob] = await two([kBlocked, kBlocked], new World({ iceServers: [] }));
  await world.match(ann, bob);
  ann.client.act('accept');
  bob.client.act('accept');
  await world.untilPhase('connecting', ann, bob);
  await world.clock.pass(kConnectMs + 10);
  assert.deepEqual([ann.phase(), ann.client.view.call.reason], ['ended', 'failed']);
});

test('direct first: while a direct path works no relay candidate is told, and the badge says direct', async () => {
  const [world, ann, bob] = await two([kNatted, kNatted]);
  await world.connect(ann, bob);
  await world.clock.pass(5_000);
  assert.deepEqual([...told(ann), ...told(bob)].filter((type) => type === 'relay'), []);
  assert.equal(ann.client.timings.relay_released, null);
  for (const person of [ann, bob]) {
    const urls = (person.connection().configuration.iceServers ?? []).flatMap((server) => server.urls);
    assert.deepEqual(urls, [], 'the relay was not even asked for');
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

test('where only a relay works it is told after the hold, sooner the next time, and the badge says relayed at both ends', async () => {
  const [world, ann, bob] = await two([kBlocked, kBlocked]);
  await world.connect(ann, bob);
  const waited = ann.client.timings.relay_released! - ann.client.timings.accepted!;
  assert.ok(waited >= kHoldMs, `${waited}`);
  await world.until(() => ann.client.view.path.badge === 'relayed' && bob.client.view.path.badge === 'relayed');
  const ends = [ann, bob].map(({ client }) => client.view.path.own?.relay);
  assert.ok(ends.includes(true));

  const cid = await world.person(kBlocked);
  world.seek(cid);
  await settle();
  const relayed = ends[0] ? ann : bob;
  relayed.rtc.memory.remember(`203.0.113.${(last(relayed.rtc.made).certificate + 2) & 255}`, true);
  relayed.client.act('next');
  await world.untilPhase('card', relayed, cid);
  relayed.rtc.memory.remember(`203.0.113.${last(relayed.rtc.made).certificate & 255}`, true);
  relayed.client.act('accept');
  cid.client.act('accept');
  await world.untilPhase('connected', relayed, cid);
  const again = relayed.client.timings.relay_released! - relayed.client.timings.accepted!;
  assert.ok(again >= kShortHoldMs && again < kHoldMs, `${again}`);
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
  const [world, ann, bob] = await two();
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

test('an answer under another certificate than the intro announced ends the call', async () => {
  const [world, ann, bob] = await two();
  bob.rtc.onMade = (connection) => {
    const real = connection.createAnswer.bind(connection);
    connection.createAnswer = async () => {
      const answer = await real();
      return { ...answer, sdp: answer.sdp.replaceAll(/a=fingerprint:sha-256 ../g, 'a=fingerprint:sha-256 00') };
    };
  };
  await world.match(ann, bob);
  ann.client.act('accept');
  bob.client.act('accept');
  await world.untilPhase('ended', ann);
  assert.equal(ann.client.view.call.reason, 'fingerprint');
  assert.ok(!ann.rtc.made[0]!.steps.includes('setRemoteDescription'));
});

test('an offer with two fingerprints ends the call before it is applied', async () => {
  const [world, ann, bob] = await two();
  await world.match(ann, bob);
  const real = ann.client.session.send.bind(ann.client.session);
  ann.client.session.send = (message) =>
    real(message.type === 'accept' ? { ...message, intro: message.intro.replace(/a=fingerprint:sha-256 ../, 'a=fingerprint:sha-256 00') } : message);
  ann.client.act('accept');
  bob.client.act('accept');
  await world.untilPhase('ended', bob);
  assert.equal(bob.client.view.call.reason, 'fingerprint');
  assert.ok(!bob.rtc.made[0]!.steps.includes('setRemoteDescription'));
});

test('an intro that is none ends the call', async () => {
  const [world, ann, bob] = await two();
  await world.match(ann, bob);
  ann.client.session.send({ type: 'accept', call: ann.client.view.call.call!, intro: '{"v":2}' });
  bob.client.act('accept');
  await world.untilPhase('ended', bob);
  assert.equal(bob.client.view.call.reason, 'failed');
});

test('two offers that cross: the polite end gives way, the call goes on', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  ann.connection().negotiate();
  bob.connection().negotiate();
  await world.clock.pass(200);
  assert.deepEqual([ann.connection().signalingState, bob.connection().signalingState], ['stable', 'stable']);
  assert.deepEqual([ann.phase(), bob.phase()], ['connected', 'connected']);
  const answers = (person: Person) => person.connection().steps.filter((step) => step === 'createAnswer').length;
  assert.deepEqual([answers(ann), answers(bob)], [0, 2]);
});

test('what is switched on is told, and a track is replaced without negotiation', async () => {
  const [world, ann, bob] = await two();
  ann.client.setMediaOn({ video: true, sound: false });
  await world.connect(ann, bob);
  await world.until(() => bob.client.view.partnerMedia !== null);
  assert.deepEqual(bob.client.view.partnerMedia, { video: true, sound: false });
  const steps = ann.connection().steps.length;
  const track = new FakeTrack('video');
  ann.client.setTrack('video', track as unknown as MediaStreamTrack);
  await settle();
  assert.equal(ann.connection().getSenders()[1]!.track, track);
  bob.client.setTrack('video', track as unknown as MediaStreamTrack);
  await settle();
  assert.equal(bob.connection().getTransceivers().find(({ receiver }) => receiver.track.kind === 'video')!.sender.track, track);
  assert.equal(ann.connection().steps.length, steps);
});

test('block and report end the call, are acknowledged, and work after the end too', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  const call = ann.client.view.call.call;
  ann.client.act('block');
  await world.untilPhase('ended', ann, bob);
  assert.equal(bob.client.view.call.reason, 'left');
  await world.until(() => ann.client.view.call.noted.block);
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
  for (const known of [true, false]) {
    const [world, ann, bob] = await two();
    await world.connect(ann, bob);
    world.server.reachable = false;
    world.server.cut();
    await settle();
    ann.client.report('minor', 'words');
    await world.clock.pass(known ? 1_000 : 40_000);
    assert.equal(ann.client.view.call.noted.report, false);
    world.server.reachable = true;
    await world.until(() => ann.client.view.call.noted.report !== false, 20_000);
    assert.equal(ann.client.view.call.noted.report, known ? true : 'failed');
  }
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
  world.server.refuseSeeks = null;
  await world.clock.pass(60_100);
  assert.deepEqual([ann.phase(), ann.client.view.slowDown], ['seeking', null]);
  assert.equal(typesOf(ann.sent).filter((type) => type === 'seek').length, 2);
});

test('a token made after the greeting is told in a new session before the search, and only then', async () => {
  const world = new World();
  let device: Uint8Array | null = null;
  const ann = await world.person(undefined, 'direct', () => device);
  const bob = await world.person();
  const first = ann.client.session.session;
  world.open(ann, kKey, kSeats[0]!);
  await settle();
  device = new Uint8Array(16).fill(7);
  const servers: string[] = [];
  ann.client.on('server', ({ state }) => servers.push(state));
  await world.match(ann, bob);
  assert.deepEqual(servers, ['connecting', 'open'], 'given up, not lost');
  const hellos = ann.sent.filter(({ type }) => type === 'hello').map(({ device: told, resume }) => [told, resume]);
  assert.deepEqual(hellos, [[undefined, undefined], ['BwcHBwcHBwcHBwcHBwcHBw', undefined]]);
  const session = ann.client.session.session;
  assert.notEqual(session, first);
  ann.client.act('decline');
  world.seek(ann);
  ann.client.session.drop();
  await world.until(() => ann.client.view.server === 'open');
  world.seek(ann);
  await settle();
  assert.equal(ann.client.session.session, session, 'the same token is no reason for another session');
  device = null;
  world.seek(ann);
  await world.until(() => ann.client.session.session !== session && ann.client.view.server === 'open');
  assert.equal(last(ann.sent.filter(({ type }) => type === 'hello'))['device'], undefined);
  assert.equal(ann.phase(), 'seeking');
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

test('going home while waiting takes the wish back, and a match that crosses it is declined', async () => {
  const [world, ann, bob] = await two();
  world.seek(ann);
  await settle();
  world.seek(bob);
  ann.client.act('home');
  await world.clock.pass(100);
  assert.equal(ann.phase(), 'idle');
  const types = typesOf(ann.sent);
  assert.ok(types.includes('unseek'));
  assert.ok(!typesOf(ann.received).includes('matched') || types.includes('decline'));
});

test('a search goes on after the server was away, and one begun without a server begins when it is there', async () => {
  const [world, ann, bob] = await two();
  world.seek(ann);
  await settle();
  world.server.reachable = false;
  world.server.restart();
  await settle();
  world.seek(bob);
  await settle();
  world.server.reachable = true;
  await world.until(() => ann.phase() === 'card' && bob.phase() === 'card', 10_000);
});

test('a card is lost with the connection: back in the queue by asking again', async () => {
  const [world, ann, bob] = await two();
  const cid = await world.person();
  await world.match(ann, bob);
  ann.client.session.drop();
  await world.until(() => ann.phase() === 'seeking');
  world.seek(cid);
  await world.until(() => ann.phase() === 'card' && cid.phase() === 'card');
  assert.equal(typesOf(ann.sent).filter((type) => type === 'seek').length, 2);
});

test('an accepted that was lost is sent again after coming back, and the call comes about', async () => {
  const [world, ann, bob] = await two();
  await world.match(ann, bob);
  const session = ann.client.session as unknown as { handleText: (text: string) => void };
  const real = session.handleText.bind(session);
  let lost = false;
  session.handleText = (text) => {
    if (lost || !text.includes('"accepted"')) return real(text);
    lost = true;
    ann.client.session.drop();
  };
  ann.client.act('accept');
  bob.client.act('accept');
  await world.untilPhase('connected', ann, bob);
  assert.ok(lost);
});

// ---- private calls

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

/** Somebody who has found out the call's name, which the server knows, and not its key. */
async function intrude(world: World, id: string): Promise<Person> {
  const eve = await world.person();
  eve.client.session.onEvent = () => {};
  const noise = Buffer.from(new Uint8Array(64).fill(7)).toString('base64url');
  eve.client.session.send({ type: 'open', id, seat: kSeats[2]!, noise, prefs: { media: 'video', need: 'any' } });
  return eve;
}

test('somebody without the key is turned away, the one who waits is told and goes on waiting', async () => {
  const [world, ann, bob] = await two();
  world.open(ann, kKey, kSeats[0]!);
  await settle();
  const id = ann.sent.find(({ type }) => type === 'open')!['id'] as string;
  const eve = await intrude(world, id);
  await world.until(() => ann.client.view.call.someoneTried);
  await world.until(() => eve.received.some(({ type, reason }) => type === 'left' && reason === 'key'));
  world.open(bob, kKey, kSeats[1]!);
  await world.untilPhase('connected', ann, bob);
  const knocks = ann.sent.filter(({ type }) => type === 'open').map(({ noise }) => noise);
  assert.equal(new Set(knocks).size, knocks.length, 'every open has a fresh message 1');
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
  const reloaded = await world.person();
  world.open(reloaded, kKey, kSeats[1]!);
  await world.untilPhase('connected', reloaded);
  await world.untilPhase('connected', ann);
  assert.equal(bob.client.view.call.reason, 'replaced', 'the page that was there before knows that it is not any more');
  assert.notEqual(ann.rtc.made[0], ann.connection());
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
