import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kConnectMs } from './call.ts';
import { kAnswerGraceMs } from './meeting.ts';
import { kCalmMs, kStuckAgainMs, kStuckMs } from './mending.ts';
import { settle } from './testing/fake_clock.ts';
import { FakeTrack } from './testing/fake_rtc.ts';
import { kBlocked, kKey, kNatted, kSeats, last, two, typesOf, usualOrder, World, type Person } from './testing/people.ts';

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

test('a message the browser does not take is not said to be sent', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  const { channels } = ann.connection();
  for (const channel of channels.values()) channel.full = true;
  assert.equal(ann.client.sendChat('lost?'), false);
  assert.deepEqual(ann.client.view.chat, []);
  for (const channel of channels.values()) channel.full = false;
  assert.ok(ann.client.sendChat('not lost'));
});

test('what crosses in a room is not hidden from the server', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  await settle();
  const seen = JSON.stringify(world.server.log.filter(({ way }) => way === 'in').map(({ message }) => message));
  for (const word of ['fingerprint', 'candidate:', 'typ srflx']) assert.ok(seen.includes(word), word);
});

test('nothing of a person leaves the device, and nothing reaches the partner, before both have accepted', async () => {
  const [world, ann, bob] = await two([], usualOrder());
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
  const [world, ann, bob] = await two([], usualOrder());
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

test('what two have written and the way it took are let go of at home', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  bob.client.sendChat('a secret');
  await world.until(() => ann.client.view.chat.length > 0 && ann.client.view.path.own !== null);
  ann.client.act('leave');
  assert.equal(ann.client.view.chat.length, 1, 'it can still be read');
  ann.client.act('home');
  assert.deepEqual([ann.client.view.chat, ann.client.view.path], [[], { own: null, partner: null, badge: 'unknown', reached: false }]);
  assert.equal(ann.phase(), 'idle');
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

test('an interrupted path is said; of one that stays broken the person decides', async () => {
  const network = { ...kNatted };
  const [world, ann, bob] = await two([network], new World({ iceServers: [] }));
  await world.connect(ann, bob);
  ann.connection().become('disconnected');
  assert.ok(ann.client.view.call.shaky);
  ann.connection().become('connected');
  assert.equal(ann.client.view.call.shaky, false);
  ann.client.keep();
  network.direct = false;
  network.cut = true;
  ann.connection().become('failed');
  await world.clock.pass(kStuckMs - 10);
  assert.deepEqual([ann.phase(), bob.phase(), ann.client.view.call.stuck], ['connected', 'connected', false], 'it may come back');
  await world.clock.pass(20);
  assert.deepEqual([ann.phase(), ann.client.view.call.stuck, ann.client.view.call.shaky], ['connected', true, true]);
  const before = ann.client.restarts.length;
  ann.client.keep();
  await settle();
  assert.deepEqual([ann.client.view.call.stuck, ann.client.restarts.length], [false, before + 1], 'it is tried at once');
  await world.clock.pass(kStuckAgainMs + 10);
  assert.deepEqual([ann.phase(), ann.client.view.call.stuck], ['connected', true], 'and asked again');
  ann.client.act('leave');
  await world.untilPhase('ended', bob);
  assert.deepEqual([ann.client.view.call.reason, bob.client.view.call.reason], ['you', 'left']);
});

test('a path that comes back after any time takes the question back', async () => {
  const network = { ...kNatted };
  const [world, ann, bob] = await two([network]);
  await world.connect(ann, bob);
  network.cut = true;
  await world.until(() => ann.client.view.call.stuck && bob.client.view.call.stuck, 2 * kStuckMs);
  await world.clock.pass(5 * kStuckMs);
  network.cut = false;
  await world.until(() => [ann, bob].every(({ client }) => !client.view.call.stuck && !client.view.call.shaky), 30_000);
  assert.deepEqual([ann.phase(), bob.phase()], ['connected', 'connected']);
});

test('where the browser has closed what it encrypts with the call goes on over another connection', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  for (const person of [ann, bob]) {
    await world.clock.pass(kCalmMs);
    const [former, others] = [person.connection(), person === ann ? bob.connection() : ann.connection()];
    former.closeDtls();
    await world.until(() => person.connection() !== former && person.connection().connectionState === 'connected', 10_000);
    await world.until(() => [ann, bob].every(({ client, phase }) => phase() === 'connected' && !client.view.call.shaky), 10_000);
    assert.deepEqual([former.connectionState, others.connectionState], ['closed', 'closed'], 'both have another');
    for (const { client } of [ann, bob]) assert.equal(client.view.remoteTracks.length, 2);
    const count = bob.client.view.chat.length;
    ann.client.sendChat('still there');
    await world.until(() => bob.client.view.chat.length > count);
  }
});

test('where both ends have closed it at once, one other connection is enough', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  const before = [ann.rtc.made.length, bob.rtc.made.length];
  const former = [ann.connection(), bob.connection()];
  for (const connection of former) connection.closeDtls();
  await world.until(() => [ann, bob].every(({ client, connection }, at) => connection() !== former[at] && !client.view.call.shaky), 10_000);
  await world.clock.pass(kCalmMs);
  assert.deepEqual([ann.rtc.made.length, bob.rtc.made.length], before.map((count) => count + 1));
  assert.deepEqual([ann.phase(), bob.phase()], ['connected', 'connected']);
});

test('where that does not help for a while the person decides, and one connection after another is tried until one does', async () => {
  for (const seat of [0, 1]) {
    const [world, ...people] = await two();
    await world.connect(...people);
    const weak = people[seat]!;
    const before = weak.rtc.made.length;
    weak.rtc.onMade = (connection) => (connection.breaksHandshake = true);
    weak.connection().closeDtls();
    await world.until(() => people.every(({ client }) => client.view.call.stuck), 2 * kStuckMs);
    await world.clock.pass(2 * kStuckMs);
    assert.deepEqual(people.map(({ phase }) => phase()), ['connected', 'connected']);
    const made = weak.rtc.made.length - before;
    assert.ok(made > 2 && made <= 2 + (3 * kStuckMs) / 8_000, `${made} connections`);
    weak.rtc.onMade = () => {};
    await world.until(() => people.every(({ client }) => !client.view.call.shaky), kStuckMs);
  }
});

test('a connection that broke is lost also to the end that hears of it by the server', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  world.server.tellAll({ type: 'left', call: ann.client.view.call.call, reason: 'failed' });
  await world.untilPhase('ended', ann, bob);
  assert.deepEqual([ann.client.view.call.reason, bob.client.view.call.reason], ['lost', 'lost']);
});

test('a session that ends for good ends a search with the reason, and leaves a call alone', async () => {
  const [world, ann, bob] = await two();
  const cid = await world.person();
  await world.connect(ann, bob);
  world.seek(cid);
  await settle();
  world.server.cut(4004);
  await settle();
  assert.deepEqual([cid.phase(), cid.client.view.call.reason], ['ended', 'session']);
  assert.deepEqual([ann.phase(), ann.client.view.call.standing], ['connected', 'gone']);
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

test('an answer under another certificate than the intro announced ends the call', async () => {
  const [world, ann, bob] = await two([], usualOrder());
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
  const [world, ann, bob] = await two([], usualOrder());
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

test('an offer that asks for the camera twice ends the call before it is applied', async () => {
  const [world, ann, bob] = await two([], usualOrder());
  await world.match(ann, bob);
  const real = ann.client.session.send.bind(ann.client.session);
  const twice = (sdp: string): string => sdp.replace('BUNDLE 0 1 2', 'BUNDLE 0 1 2 3') + /m=video[^]*?(?=m=)/.exec(sdp)![0].replace('a=mid:1', 'a=mid:3');
  ann.client.session.send = (message) => {
    if (message.type !== 'accept') return real(message);
    const intro = JSON.parse(message.intro) as { sdp: string };
    return real({ ...message, intro: JSON.stringify({ ...intro, sdp: twice(intro.sdp) }) });
  };
  ann.client.act('accept');
  bob.client.act('accept');
  await world.untilPhase('ended', bob);
  assert.equal(bob.client.view.call.reason, 'failed');
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

test('one end makes every offer, whoever wants one, and wishes that cross it cost nothing', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  const answers = (person: Person) => person.connection().steps.filter((step) => step === 'createAnswer').length;
  const rounds = [[bob], [ann], [ann, bob], [bob, ann]];
  for (const [round, who] of rounds.entries()) {
    for (const person of who) person.connection().negotiate();
    await world.clock.pass(200);
    assert.deepEqual([ann.connection().signalingState, bob.connection().signalingState], ['stable', 'stable']);
    assert.deepEqual([ann.phase(), bob.phase()], ['connected', 'connected']);
    assert.deepEqual([answers(ann), answers(bob)], [0, round + 2]);
  }
});

test('a wish for a restart that crosses an offer without one is granted after it', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  const ufrag = ann.connection().ufrag;
  ann.connection().negotiate();
  bob.tell({ kind: 'offer_wanted', restart: true });
  await world.until(() => ann.connection().signalingState === 'stable' && ann.connection().ufrag !== ufrag);
  await world.clock.pass(500);
  assert.equal(ann.connection().steps.filter((step) => step === 'createOffer').length, 3);
});

test('an offer of the end that answered is passed over: it would have to be rolled back if another crossed it', async () => {
  const [world, ann, bob] = await two();
  await world.connect(ann, bob);
  const steps = ann.connection().steps.length;
  const { sdp } = await bob.connection().createOffer();
  const heard: string[] = [];
  ann.client.onBody = (way, _, { kind }) => way === 'in' && heard.push(kind);
  bob.tell({ kind: 'offer', sdp });
  await world.clock.pass(200);
  assert.deepEqual(heard, ['offer']);
  assert.equal(ann.connection().steps.length, steps);
  assert.equal(ann.phase(), 'connected');
});

test('what is switched on is told, and a track is replaced without negotiation', async () => {
  const [world, ann, bob] = await two();
  ann.client.setMediaOn({ video: true, sound: false });
  await world.connect(ann, bob);
  await world.until(() => bob.client.view.partnerMedia !== null);
  assert.deepEqual(bob.client.view.partnerMedia, { video: true, sound: false, screen: false });
  ann.client.setMediaOn({ video: true, sound: false, screen: true });
  await world.until(() => bob.client.view.partnerMedia?.screen === true);
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
