import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBase64url, toBase64url } from './bytes.ts';
import { makeTabKey, proofMessage } from './proof.ts';
import { Session, kCheckMs, kGreetingMs, kPingJitterMs, kPingMs, kPingsMax, kPongMs, kSignGapMs, kSteadyMs, type Sign } from './session.ts';
import { FakeClock, settle } from './testing/fake_clock.ts';
import { FakeServer } from './testing/fake_server.ts';
import { nodeCrypto as crypto } from './testing/node_crypto.ts';
import type { Socket } from './ports.ts';

import { kHost, makeTab, setUp, setUpCall } from './testing/tabs.ts';

test('the server speaks first, and hello names version and key', async () => {
  const { tab } = await setUp();
  assert.deepEqual(
    tab.sent.map(({ type, version, resume }) => ({ type, version, resume })),
    [{ type: 'hello', version: 1, resume: undefined }],
  );
  assert.equal(fromBase64url(tab.sent[0]!['key'] as string)?.length, 65);
  assert.equal(tab.events[0]?.type, 'up');
});

test('hello names the device, each time, when there is a token of the right size', async () => {
  const clock = new FakeClock();
  const server = new FakeServer({ clock, crypto, host: kHost });
  let device: Uint8Array | null = null;
  const sent: { type: string; device?: string }[] = [];
  const ports = { crypto, clock, chance: () => 0, host: kHost, device: () => device, openSocket: () => server.connect() };
  const session = new Session(ports);
  session.onTraffic = (way, text) => way === 'out' && sent.push(JSON.parse(text));
  session.start();
  await settle();
  for (const bytes of [15, 16, 32, 33]) {
    device = new Uint8Array(bytes).fill(bytes);
    session.drop();
    await clock.pass(10_000);
  }
  const devices = sent.filter(({ type }) => type === 'hello').map((hello) => hello.device);
  const token = (bytes: number) => toBase64url(new Uint8Array(bytes).fill(bytes));
  assert.deepEqual(devices, [undefined, undefined, token(16), token(32), undefined]);
  assert.equal(session.resumed, 4);
});

test('a browser that forbids storage has no token, and is greeted all the same', async () => {
  const clock = new FakeClock();
  const server = new FakeServer({ clock, crypto, host: kHost });
  const device = () => {
    throw new Error('SecurityError');
  };
  const session = new Session({ crypto, clock, chance: () => 0, host: kHost, device, openSocket: () => server.connect() });
  session.start();
  await settle();
  assert.equal(session.state, 'open');
  assert.equal(session.deviceChanged(), false);
});

test('nothing is sent between hello and welcome', async () => {
  const clock = new FakeClock();
  const silent: Socket = { send: () => {}, close: () => {}, onopen: null, onmessage: null, onclose: null };
  const tab = makeTab(clock, () => silent);
  tab.session.start();
  await settle();
  silent.onmessage!({ data: JSON.stringify({ type: 'challenge', nonce: toBase64url(new Uint8Array(32)) }) });
  await settle();
  assert.equal(tab.session.send({ type: 'ledger' }), false);
  tab.session.post({ type: 'ledger' });
  assert.deepEqual(tab.sent.map(({ type }) => type), ['hello']);
});

test('the proof is a signature over host, nonce and token as written down', async () => {
  const key = await makeTabKey(crypto);
  const nonce = toBase64url(Uint8Array.from({ length: 32 }, (_, at) => at));
  const proof = fromBase64url((await key.prove(kHost, nonce, 'token'))!)!;
  assert.equal(proof.length, 64);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const point = await crypto.subtle.importKey('raw', fromBase64url(key.publicKey)!, algorithm, false, ['verify']);
  const check = async (host: string, token: string) =>
    crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, point, proof, await proofMessage(crypto, host, fromBase64url(nonce)!, token));
  assert.ok(await check(kHost, 'token'));
  assert.equal(await check('evil.example', 'token'), false);
  assert.equal(await check(kHost, 'other'), false);
  assert.equal(await key.prove(kHost, 'not base64url!', 'token'), null);
});

test('a lost connection comes back as the same session', async () => {
  const { clock, server, tab } = await setUp();
  const before = tab.session.session;
  server.cut();
  await settle();
  assert.equal(tab.session.state, 'waiting');
  await clock.pass(10);
  assert.equal(tab.session.state, 'open');
  assert.equal(tab.session.session, before);
  assert.equal(tab.session.resumed, 1);
  assert.deepEqual(tab.events.map(({ type }) => type), ['up', 'down', 'up']);
});

test('a server that cannot be reached is told of once, from the first attempt on', async () => {
  const clock = new FakeClock();
  const server = new FakeServer({ clock, crypto, host: kHost });
  server.reachable = false;
  const tab = makeTab(clock, () => server.connect());
  tab.session.start();
  await clock.pass(10_000);
  assert.deepEqual(tab.events, [{ type: 'down', renewing: false }]);
  server.reachable = true;
  await clock.pass(8_000);
  assert.deepEqual(tab.events.map(({ type }) => type), ['down', 'up']);
  server.reachable = false;
  tab.session.renew();
  await clock.pass(10_000);
  assert.deepEqual(tab.events.slice(2), [{ type: 'down', renewing: true }, { type: 'down', renewing: false }], 'nor one for a new session');
});

test('it comes back after 0, 0.3, 1.2, 2.7, 4.8, then every 7 s, and up to 1 s later each time', async () => {
  for (const [chance, jitter] of [[0, 0], [0.999, 999]] as const) {
    const clock = new FakeClock();
    const tries: number[] = [];
    const tab = makeTab(
      clock,
      () => {
        tries.push(clock.now());
        const socket: Socket = { send: () => {}, close: () => {}, onopen: null, onmessage: null, onclose: null };
        setImmediate(() => socket.onclose?.({ code: 1006 }));
        return socket;
      },
      chance,
    );
    tab.session.start();
    await clock.pass(40_000);
    const waits = tries.slice(1).map((at, index) => Math.round(at - tries[index]! - jitter));
    assert.deepEqual(waits.slice(0, 7), [0, 300, 1_200, 2_700, 4_800, 7_000, 7_000].slice(0, waits.length));
  }
});

test('a refused token is thrown away: the tab begins a new session', async () => {
  const { clock, server, tab } = await setUp();
  const before = tab.session.session;
  server.reachable = false;
  server.cut();
  await clock.pass(31_000);
  server.reachable = true;
  await clock.pass(20_000);
  assert.equal(tab.session.state, 'open');
  assert.notEqual(tab.session.session, before);
  const last = tab.events[tab.events.length - 1]!;
  assert.ok(last.type === 'up' && !last.resumed);
});

test('a welcome that was lost does no harm: the token before it is still good', async () => {
  const { clock, server, tab } = await setUp();
  server.cut();
  await settle();
  const real = server.connect.bind(server);
  let lost = 0;
  server.connect = () => {
    const socket = real();
    const outer: Socket = { send: (text) => socket.send(text), close: (code) => socket.close(code), onopen: null, onmessage: null, onclose: null };
    socket.onclose = (event) => outer.onclose?.(event);
    socket.onmessage = (event) => {
      if (lost === 0 && (event.data as string).includes('"welcome"')) {
        lost += 1;
        socket.close();
        setImmediate(() => outer.onclose?.({ code: 1006 }));
      } else outer.onmessage?.(event);
    };
    return outer;
  };
  await clock.pass(3_000);
  assert.equal(lost, 1);
  assert.equal(tab.session.state, 'open');
  assert.equal(tab.session.resumed, 1);
});

test('a session that came back elsewhere is given up, not fought over', async () => {
  const { clock, server, tab } = await setUp();
  server.cut(4002);
  await clock.pass(60_000);
  assert.equal(tab.session.state, 'closed');
  assert.deepEqual(tab.events[tab.events.length - 1], { type: 'closed', why: 'elsewhere' });
});

test('a server of another version ends the session with the reason', async () => {
  const { clock, server, tab } = await setUp();
  server.cut(4004);
  await clock.pass(1_000);
  assert.deepEqual(tab.events[tab.events.length - 1], { type: 'closed', why: 'version' });
});

test('going away: it comes back no sooner than the server asked', async () => {
  const { clock, server, tab } = await setUp();
  server.tellAll({ type: 'error', code: 'going_away', text: '', retry_after: 5 });
  await settle();
  server.cut(1012);
  await clock.pass(4_900);
  assert.equal(tab.session.state, 'waiting');
  await clock.pass(200);
  assert.equal(tab.session.state, 'open');
});

test('a server that does not greet is left', async () => {
  const clock = new FakeClock();
  const opened: Socket[] = [];
  const tab = makeTab(clock, () => {
    opened.push({ send: () => {}, close: () => {}, onopen: null, onmessage: null, onclose: null });
    return opened[opened.length - 1]!;
  });
  tab.session.start();
  await clock.pass(kGreetingMs - 1);
  assert.equal(opened.length, 1);
  await clock.pass(10);
  assert.equal(opened.length, 2);
});

test('a quiet connection is asked whether it lives, and left when it does not answer', async () => {
  const { clock, server, tab } = await setUp();
  await clock.pass(kPingMs + 10);
  assert.equal(tab.count('ping'), 1);
  assert.equal(tab.session.state, 'open');
  server.tellAll = () => {};
  const answers = server as unknown as { handle: () => Promise<void> };
  answers.handle = async () => {};
  await clock.pass(kPingMs + kPongMs + 10);
  assert.equal(tab.count('ping'), 2);
  assert.notEqual(tab.session.state, 'open');
});

test('pages do not all ask in the same moment', async () => {
  for (const [chance, quiet] of [[0, kPingMs], [0.5, kPingMs - kPingJitterMs / 2]] as const) {
    const clock = new FakeClock();
    const server = new FakeServer({ clock, crypto, host: kHost });
    const tab = makeTab(clock, () => server.connect(), chance);
    tab.session.start();
    await settle();
    await clock.pass(quiet - 1);
    assert.equal(tab.count('ping'), 0);
    await clock.pass(1);
    assert.equal(tab.count('ping'), 1);
  }
});

test('asking again does not give a silent server more time', async () => {
  for (const [again, limit] of [['ask', kPongMs], ['check', kCheckMs]] as const) {
    const { clock, server, tab } = await setUp();
    server.silence(tab.session.session);
    for (let passed = 0; passed < limit; passed += 500) {
      assert.equal(tab.session.resumed, 0, again);
      tab.session[again]();
      await clock.pass(500);
    }
    assert.equal(tab.session.resumed, 1, again);
  }
});

// ---- a connection that looks open and carries nothing

test('after a sign a dead connection is left soon, and a new one made at once', async () => {
  const { clock, server, tab } = await setUp();
  const before = tab.session.session;
  server.silence(before);
  await clock.pass(5_000);
  assert.equal(tab.session.state, 'open', 'nobody has told it');
  tab.session.check('seen');
  await clock.pass(kCheckMs - 1);
  assert.equal(tab.session.state, 'open');
  await clock.pass(1);
  assert.equal(tab.session.state, 'open', 'without any wait');
  assert.deepEqual([tab.session.session, tab.session.resumed], [before, 1]);
  assert.deepEqual(tab.events.map(({ type }) => type), ['up', 'down', 'up']);
});

test('a sign shortens the wait for an answer that is due already, and no ordinary question after it lengthens that', async () => {
  const { clock, server, tab } = await setUp();
  server.silence(tab.session.session);
  tab.session.ask();
  await clock.pass(1_000);
  tab.session.check('online');
  tab.session.ask();
  await clock.pass(kCheckMs - 1);
  assert.equal(tab.session.resumed, 0);
  await clock.pass(1);
  assert.equal(tab.session.resumed, 1);
});

test('a connection that lives is kept, whatever it is that arrives', async () => {
  const { clock, server, tab } = await setUp();
  for (const sign of ['seen', 'woken', 'online', 'network', 'path'] as Sign[]) tab.session.check(sign);
  await clock.pass(kCheckMs + 1);
  server.silence(tab.session.session);
  const socket = (tab.session as unknown as { socket: Socket }).socket;
  for (const data of [JSON.stringify({ type: 'rooms', rooms: {}, lately: {} }), JSON.stringify({ type: 'of another time' }), 'rubbish']) {
    tab.session.check();
    await clock.pass(kCheckMs - 1);
    socket.onmessage!({ data });
    await clock.pass(1_000);
    assert.equal(tab.session.resumed, 0, data);
  }
});

/** A connection whose answers come when the test says so. */
async function setUpSlow() {
  const { clock, server, tab } = await setUp();
  server.silence(tab.session.session);
  const socket = (tab.session as unknown as { socket: Socket }).socket;
  const tell = (message: object): void => socket.onmessage!({ data: JSON.stringify({ text: '', ...message }) });
  return { clock, tab, tell };
}

test('an answer to what was asked before the sign is no answer to the sign', async () => {
  const { clock, tab, tell } = await setUpSlow();
  tab.session.ask();
  await clock.pass(1_000);
  tab.session.check('seen');
  tell({ type: 'pong' });
  await clock.pass(kCheckMs - 1);
  assert.equal(tab.session.resumed, 0);
  await clock.pass(1);
  assert.equal(tab.session.resumed, 1, 'what arrived had left before');
});

test('each of several questions has its own time: a slow server that answers all of them is kept', async () => {
  const { clock, tab, tell } = await setUpSlow();
  for (let at = 0; at < 10; at++) {
    tab.session.check();
    await clock.pass(1_200);
    if (at > 0) tell({ type: 'pong' });
  }
  tell({ type: 'pong' });
  await clock.pass(kCheckMs + 1);
  assert.deepEqual([tab.session.state, tab.session.resumed], ['open', 0]);
});

test('after a refusal for haste nobody waits for the answer that will not come', async () => {
  const { clock, tab, tell } = await setUpSlow();
  tab.session.ask();
  tell({ type: 'error', code: 'rate', retry_after: 1 });
  tab.session.check();
  await clock.pass(1_000);
  tell({ type: 'pong' });
  await clock.pass(kCheckMs);
  assert.equal(tab.session.resumed, 0);
});

test('a server that says everything but the answers is not kept account of for ever', async () => {
  const { tab, tell } = await setUpSlow();
  const { pings } = tab.session as unknown as { pings: unknown[] };
  for (let at = 0; at < kPingsMax; at++) tab.session.ask();
  assert.equal(pings.length, kPingsMax);
  tell({ type: 'rooms', rooms: {}, lately: {} });
  tab.session.ask();
  assert.equal(pings.length, kPingsMax);
});

test('what is in the dark after a sleep is begun anew; any other sign leaves an attempt its time', async () => {
  const clock = new FakeClock();
  const opened: number[] = [];
  const tab = makeTab(clock, () => {
    opened.push(clock.now());
    return { send: () => {}, close: () => {}, onopen: null, onmessage: null, onclose: null };
  });
  tab.session.start();
  for (const sign of ['seen', 'online', 'network', 'path'] as Sign[]) {
    await clock.pass(1_000);
    tab.session.check(sign);
  }
  assert.deepEqual(opened, [0]);
  tab.session.check('woken');
  assert.deepEqual(opened, [0, 4_000]);
  await clock.pass(kGreetingMs - 1);
  assert.deepEqual(opened, [0, 4_000], 'it has the usual time');
});

test('signs that come one upon the other do not storm a server that is away', async () => {
  const { clock, server, tab } = await setUp();
  const tries: number[] = [];
  const real = server.connect.bind(server);
  server.connect = () => (tries.push(clock.now()), real());
  server.reachable = false;
  server.cut();
  for (let at = 0; at < 5_000; at += 100) {
    tab.session.check('network');
    await clock.pass(100);
  }
  const waits = tries.slice(1).map((at, index) => at - tries[index]!);
  assert.ok(waits.length >= 3 && waits.every((wait) => wait >= 300), String(waits));
  assert.ok(waits.filter((wait) => wait < kSignGapMs).length <= 1, `one is as planned, the others a while apart: ${waits}`);
  assert.ok(waits.every((wait) => wait <= kSignGapMs + 100), 'and none later than a sign asks');
});

test('no sign goes before the time that a server has named', async () => {
  const { clock, server, tab } = await setUp();
  server.tellAll({ type: 'error', code: 'going_away', text: '', retry_after: 5 });
  await settle();
  server.silence(tab.session.session);
  tab.session.check('seen');
  await clock.pass(kCheckMs);
  assert.equal(tab.session.state, 'waiting');
  tab.session.check('woken');
  await clock.pass(4_999 - kCheckMs);
  assert.equal(tab.session.state, 'waiting');
  await clock.pass(1);
  assert.equal(tab.session.state, 'open');
});

test('a device that wakes up comes back at once, but not before the time that the server has named', async () => {
  const { clock, server, tab } = await setUp();
  server.reachable = false;
  server.cut();
  await clock.pass(10_000);
  server.reachable = true;
  tab.session.check();
  await settle();
  assert.equal(tab.session.state, 'open');
  await clock.pass(kSteadyMs);

  server.tellAll({ type: 'error', code: 'going_away', text: '', retry_after: 5 });
  await settle();
  server.cut(1012);
  await clock.pass(4_900);
  tab.session.check();
  await settle();
  assert.equal(tab.session.state, 'waiting');
  await clock.pass(100);
  assert.equal(tab.session.state, 'open');
});

test('the time that a server has named counts from then, not from every attempt after it', async () => {
  const { clock, server, tab } = await setUp();
  server.tellAll({ type: 'error', code: 'going_away', text: '', retry_after: 20 });
  await settle();
  server.reachable = false;
  server.cut(1012);
  await clock.pass(20_100);
  server.reachable = true;
  await clock.pass(1_000);
  assert.equal(tab.session.state, 'open');
});

test('what must reach the server waits for the same session, and only for it', async () => {
  const { clock, server, first, call } = await setUpCall();
  server.reachable = false;
  server.cut();
  await settle();
  assert.equal(first.session.send({ type: 'block', call: call() }), false);
  first.session.post({ type: 'leave', call: call(), reason: 'left' });
  server.reachable = true;
  await clock.pass(5_000);
  assert.equal(first.count('leave'), 1);

  server.reachable = false;
  server.cut();
  await settle();
  first.session.post({ type: 'leave', call: 'old', reason: 'left' });
  await clock.pass(31_000);
  server.reachable = true;
  await clock.pass(20_000);
  assert.equal(first.session.state, 'open');
  assert.equal(first.count('leave'), 1, 'a new session knows nothing of the old call');
});

test('bodies arrive once and in order, whatever breaks in between', async () => {
  const { clock, server, first, second } = await setUpCall();
  const expected: string[] = [];
  for (let round = 0; round < 12; round++) {
    for (let at = 0; at < 3; at++) {
      expected.push(`${round}.${at}`);
      first.session.relay(`${round}.${at}`);
    }
    if (round % 3 === 0) first.session.drop();
    if (round % 3 === 1) second.session.drop();
    if (round % 4 === 2) server.cut();
    if (round === 5) server.restart();
    await clock.pass(1_500);
  }
  await clock.pass(20_000);
  assert.deepEqual(second.bodies(), expected);
});

test('a resend carries the identical body under the same id', async () => {
  const { clock, server, first } = await setUpCall();
  server.cut();
  await settle();
  first.session.relay('one');
  first.session.relay('two');
  await clock.pass(50);
  server.restart();
  await clock.pass(5_000);
  const letters = first.sent.filter(({ type }) => type === 'relay').map(({ id, body }) => `${String(id)} ${String(body)}`);
  assert.deepEqual(letters, ['1 one', '2 two', '1 one', '2 two']);
});

test('a body refused because the queue is full is sent again, with those after it, in order', async () => {
  const { clock, server, first, second } = await setUpCall();
  server.refuseBodies = 1;
  for (const body of ['a', 'b', 'c']) first.session.relay(body);
  await settle();
  assert.deepEqual(second.bodies(), []);
  first.session.relay('d');
  await clock.pass(3_000);
  assert.deepEqual(second.bodies(), ['a', 'b', 'c', 'd']);
});

test('a body that the server did not read for haste is sent again when it may be', async () => {
  const { clock, server, first, second } = await setUpCall();
  server.unread = 1;
  for (const body of ['a', 'b']) first.session.relay(body);
  await clock.pass(1_900);
  assert.deepEqual(second.bodies().filter((body) => body === 'a'), []);
  await clock.pass(200);
  assert.deepEqual(second.bodies(), ['a', 'b']);
  assert.equal(second.session.resumed, 0);
});

test('a gap is healed by coming back with what was had', async () => {
  const { clock, first, second } = await setUpCall();
  const swallow = second.session as unknown as { handleText: (text: string) => void };
  const real = swallow.handleText.bind(swallow);
  let swallowed = 0;
  swallow.handleText = (text) => {
    if (swallowed === 0 && text.includes('"relay"') && text.includes('"seq":2')) swallowed += 1;
    else real(text);
  };
  for (const body of ['a', 'b', 'c']) first.session.relay(body);
  await clock.pass(3_000);
  assert.equal(swallowed, 1);
  assert.deepEqual(second.bodies(), ['a', 'b', 'c']);
  assert.equal(second.session.resumed, 1);
  const hello = second.sent.filter(({ type }) => type === 'hello')[1]!;
  assert.deepEqual(hello['have'], { epoch: second.session.epoch, seq: 1 });
});

test('after every 16 bodies the server is told how far this end has come', async () => {
  const { clock, first, second } = await setUpCall();
  for (let at = 0; at < 16; at++) first.session.relay(String(at));
  await clock.pass(100);
  const pings = second.sent.filter(({ type }) => type === 'ping');
  assert.deepEqual(pings.map(({ have }) => have), [{ epoch: second.session.epoch, seq: 16 }]);
});

test('have is null before accepted, and says 0 after it', async () => {
  const { clock, server, first, second } = await setUpCall();
  server.cut();
  await clock.pass(2_000);
  for (const tab of [first, second]) {
    const hellos = tab.sent.filter(({ type }) => type === 'hello');
    assert.equal(hellos[0]!['have'], undefined);
    assert.equal((hellos[1]!['have'] as { seq: number }).seq, 0);
  }
});

test('relay for another call, or of another epoch, is not heard', async () => {
  const { server, first, call } = await setUpCall();
  const relay = { type: 'relay', call: call(), epoch: first.session.epoch, seq: 1, id: 1, body: 'x' };
  server.tellAll({ ...relay, call: 'other' });
  server.tellAll({ ...relay, epoch: 'elsewhen' });
  await settle();
  assert.deepEqual(first.bodies(), []);
  server.tellAll(relay);
  await settle();
  assert.deepEqual(first.bodies(), ['x']);
});

test('rubbish from the server changes nothing', async () => {
  const { server, tab } = await setUp();
  const seen = tab.events.length;
  for (const message of [{ type: 'constructor' }, { type: 'relay' }, { type: 'welcome' }, { type: 'left', call: 7, reason: 'left' }]) {
    server.tellAll(message);
  }
  await settle();
  assert.equal(tab.events.length, seen);
  assert.equal(tab.session.state, 'open');
});
