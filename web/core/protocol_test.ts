import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBody, parseControl, parseIntro, parseKnock, parseSealedIntro, withoutRelay } from './bodies.ts';
import { parseServerMessage } from './protocol.ts';

const parse = (message: unknown) => parseServerMessage(JSON.stringify(message));

const kWelcome = {
  type: 'welcome',
  session: '0.abc',
  resume: 'token',
  epoch: 'epoch',
  resumed: false,
  features: { rooms: true, private: false, meeting: 'instant', privacy: 'relay_only', topics: ['music'] },
  limits: { message_bytes: 32768, body_bytes: 24576, answer_seconds: 20, resume_seconds: 30 },
  rooms: [{ tag: 'ta', name: 'தமிழ்', dir: 'ltr', waiting: 3 }],
  call: { call: '0.x', role: 'a', kind: 'room', state: 'half', partner: 'away' },
};

test('a welcome is read with what matters, and fields nobody knows are left out', () => {
  const read = parse({ ...kWelcome, surprise: 1 });
  assert.ok(read?.type === 'welcome');
  assert.deepEqual(read.call, { call: '0.x', role: 'a', state: 'half' });
  assert.equal(read.features.privacy, 'relay_only');
  assert.equal(Object.hasOwn(read, 'surprise'), false);
});

test('what a server says about its rooms and itself', () => {
  const features = (more: object) => {
    const read = parse({ ...kWelcome, features: { ...kWelcome.features, ...more } });
    return read?.type === 'welcome' ? read.features : null;
  };
  const { rooms_closed, contact, rules } = features({})!;
  assert.deepEqual({ rooms_closed, contact, rules }, { rooms_closed: null, contact: null, rules: null });
  const said = { rooms: false, rooms_closed: 'no_contact', contact: 'mailto:a@example.org', rules: 'Be kind.\nListen.' };
  assert.deepEqual({ ...features(said), ...said }, features(said));
  assert.equal(features({ rooms: false })?.rooms_closed, 'operator', 'from a server that does not say why');
  assert.equal(features({ rooms: true, rooms_closed: 'operator' })?.rooms_closed, null, 'open rooms are open');
  assert.deepEqual([features({ report_seconds: 3_600 })?.report_seconds, features({})?.report_seconds], [3_600, 30 * 86_400]);
  assert.ok(features({ rules: '🙂'.repeat(4_000) }));
  for (const wrong of [{ rooms_closed: 'mood' }, { report_seconds: -1 }, { contact: 7 }, { contact: 'c'.repeat(513) }, { rules: 'r'.repeat(8_001) }]) {
    assert.equal(features(wrong), null, JSON.stringify(wrong).slice(0, 40));
  }
});

test('a room says who was there lately, or at least who waits', () => {
  const lately = (more: object) => {
    const read = parse({ ...kWelcome, rooms: [{ tag: 'ta', name: 'தமிழ்', dir: 'ltr', waiting: 3, ...more }] });
    return read?.type === 'welcome' ? read.rooms[0]!.lately : null;
  };
  assert.deepEqual([lately({ lately: 12 }), lately({}), lately({ lately: 1 })], [12, 3, 3]);
  for (const wrong of [-1, 1.5, '4']) assert.equal(lately({ lately: wrong }), null);
});

test('a message of an unknown type, without a type, or not JSON is no message', () => {
  for (const text of ['', '{', '[]', 'null', '"x"', '{}', '{"type":7}', '{"type":"toString"}', '{"type":"__proto__"}', '{"type":"news"}']) {
    assert.equal(parseServerMessage(text), null, text);
  }
});

test('every field that must be there is missed', () => {
  const whole = [
    { type: 'challenge', nonce: 'n' },
    { type: 'token', resume: 't' },
    { type: 'waiting', room: null },
    { type: 'matched', call: 'c', role: 'a', prefs: { media: 'video' } },
    { type: 'joined', call: 'c', role: 'b', noise: 'n', prefs: { media: 'sound' } },
    { type: 'accepted', call: 'c', intro: '', ice_servers: [] },
    { type: 'left', call: 'c', reason: 'gone' },
    { type: 'relay', call: 'c', epoch: 'e', seq: 1, id: 1, body: '' },
    { type: 'ack', call: 'c', id: 1 },
    { type: 'noted', call: 'c', what: 'block' },
    { type: 'back', call: 'c' },
    { type: 'rooms', rooms: { ta: 1 } },
    { type: 'error', code: 'busy' },
    kWelcome,
  ];
  const optional = ['limits', 'rooms', 'call'];
  for (const message of whole) {
    assert.ok(parse(message), message.type);
    for (const field of Object.keys(message)) {
      if (message.type === 'welcome' && optional.includes(field)) continue;
      const { [field]: _, ...rest } = message as Record<string, unknown>;
      assert.equal(parse(rest), null, `${message.type} without ${field}`);
    }
  }
});

test('numbers that cannot count are refused', () => {
  for (const seq of [0, -1, 1.5, '1', null, 2 ** 60]) {
    assert.equal(parse({ type: 'relay', call: 'c', epoch: 'e', seq, id: 1, body: '' }), null, String(seq));
  }
});

test('ICE servers: at most three addresses in all, and only STUN and TURN', () => {
  const accepted = (ice_servers: unknown) => parse({ type: 'accepted', call: 'c', intro: '', ice_servers });
  const turn = { urls: ['turn:a', 'turns:a'], username: 'u', credential: 'c' };
  const read = accepted([{ urls: 'stun:a' }, turn]);
  assert.ok(read?.type === 'accepted');
  assert.deepEqual(read.ice_servers, [{ urls: ['stun:a'], username: '', credential: '' }, turn]);
  assert.equal(accepted([turn, turn]), null, 'four addresses');
  assert.equal(accepted([{ urls: 'http://a' }]), null);
  assert.equal(accepted([{}]), null);
  assert.equal(accepted({}), null);
});

test('a table of rooms is read as a map, whatever its names', () => {
  const read = parseServerMessage('{"type":"rooms","rooms":{"ta":2,"__proto__":1}}');
  assert.ok(read?.type === 'rooms');
  assert.equal(read.rooms.get('ta'), 2);
  assert.equal(read.lately.size, 0, 'an older server does not tell it');
  assert.equal(parse({ type: 'rooms', rooms: {}, lately: { ta: -1 } }), null);
  assert.equal(parse({ type: 'rooms', rooms: { ta: -1 } }), null);
});

test("a stranger's intro is read, or nothing of it is", () => {
  const intro = { v: 1, fingerprint: 'sha-256 AB', ufrag: 'u', pwd: 'p', sdp: 'v=0', can: { relay_only: true, later: 1 } };
  assert.deepEqual(parseIntro(JSON.stringify(intro)), { v: 1, fingerprint: 'sha-256 AB', ufrag: 'u', pwd: 'p', sdp: 'v=0', double: false, can: { relay_only: true }, candidates: [] });
  assert.equal(parseIntro(JSON.stringify({ ...intro, double: true }))?.double, true);
  const found = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 };
  assert.deepEqual(parseIntro(JSON.stringify({ ...intro, candidates: [found, { ...found, usernameFragment: 'u' }] }))?.candidates, [found, { ...found, usernameFragment: 'u' }]);
  for (const wrong of [{ v: 2 }, { fingerprint: 7 }, { ufrag: undefined }, { sdp: 'x'.repeat(16_385) }, { double: 1 }, { can: 'all' }, { candidates: [7] }, { candidates: Array.from({ length: 65 }, () => found) }]) {
    assert.equal(parseIntro(JSON.stringify({ ...intro, ...wrong })), null, JSON.stringify(wrong).slice(0, 40));
  }
  assert.equal(parseIntro(''), null);
});

test('bodies and control messages of any other form are dropped', () => {
  const candidate = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 };
  assert.deepEqual(parseBody(JSON.stringify({ kind: 'candidates', list: [candidate], end: false })), { kind: 'candidates', list: [candidate], end: false });
  assert.deepEqual(parseBody('{"kind":"answer","sdp":"v=0","round":2}'), { kind: 'answer', sdp: 'v=0', round: 2 });
  assert.deepEqual(parseBody('{"kind":"answer","sdp":"v=0"}'), { kind: 'answer', sdp: 'v=0', round: null }, 'from a page that does not number');
  assert.deepEqual(parseBody('{"kind":"offer_wanted","restart":true}'), { kind: 'offer_wanted', restart: true, round: null, renew: false });
  assert.deepEqual(parseBody('{"kind":"offer_wanted","restart":true,"round":1,"renew":true}'), { kind: 'offer_wanted', restart: true, round: 1, renew: true });
  assert.deepEqual(parseBody('{"kind":"offer","sdp":"v=0","renewed":"yes"}'), { kind: 'offer', sdp: 'v=0', round: null, renewed: false });
  assert.deepEqual(parseBody('{"kind":"offer","sdp":"v=0","renewed":true}'), { kind: 'offer', sdp: 'v=0', round: null, renewed: true });
  const many = Array.from({ length: 65 }, () => candidate);
  for (const body of ['', '{}', '{"kind":"bye"}', '{"kind":"offer"}', '{"kind":"offer","sdp":"v=0","round":-1}', '{"kind":"offer_wanted","round":"1"}', '{"kind":"candidates","list":[7]}', JSON.stringify({ kind: 'candidates', list: many })]) {
    assert.equal(parseBody(body), null, body.slice(0, 40));
  }
  assert.deepEqual(parseControl('{"kind":"path","relay":true,"leg":"tls"}'), { kind: 'path', relay: true, leg: 'tls' });
  assert.deepEqual(parseControl('{"kind":"bye","reason":"next"}'), { kind: 'bye', reason: 'next' });
  for (const kind of ['ping', 'pong'] as const) assert.deepEqual(parseControl(`{"kind":"${kind}","n":7}`), { kind, n: 7 });
  assert.deepEqual(parseControl('{"kind":"ends","to":"2001:67c::1"}'), { kind: 'ends', to: '2001:67c::1', met: null });
  for (const wrong of ['7', '[]', JSON.stringify('1'.repeat(65))]) assert.equal(parseControl(`{"kind":"ends","to":${wrong}}`), null, wrong);
  assert.notEqual(parseControl(JSON.stringify({ kind: 'ends', to: '1'.repeat(64) })), null);
  const body = { kind: 'offer', sdp: 'v=0', round: 3, renewed: false };
  assert.deepEqual(parseControl(JSON.stringify({ kind: 'body', body })), { kind: 'body', body });
  for (const rubbish of [null, 7, '{}', {}, { kind: 'offer' }, { kind: 'body', body }]) {
    assert.equal(parseControl(JSON.stringify({ kind: 'body', body: rubbish })), null, JSON.stringify(rubbish));
  }
  for (const n of ['-1', '1.5', '"1"', 'null', '1e300']) assert.equal(parseControl(`{"kind":"ping","n":${n}}`), null, n);
  const media = { kind: 'media', video: true, sound: false };
  assert.deepEqual(parseControl(JSON.stringify(media)), { ...media, screen: false }, 'from a page that shares no screens');
  assert.deepEqual(parseControl(JSON.stringify({ ...media, screen: true })), { ...media, screen: true });
  for (const text of ['', '{"kind":"path"}', '{"kind":"path","relay":true,"leg":"smoke"}', '{"kind":"media","video":1}', '{"kind":"media","video":true,"sound":true,"screen":"all"}', '{"kind":"constructor"}']) {
    assert.equal(parseControl(text), null, text);
  }
});

test('the payloads of a private call', () => {
  assert.deepEqual(parseKnock('{"v":1,"relay_only":true}'), { v: 1, relay_only: true });
  assert.equal(parseKnock('{"v":1}'), null);
  assert.deepEqual(parseSealedIntro('{"v":1,"sdp":"v=0"}'), { v: 1, sdp: 'v=0', can: { relay_only: false } });
  assert.equal(parseSealedIntro('{"v":1,"can":{}}'), null);
});

test('without the relay what is left is STUN, which a relay over UDP answers too', () => {
  const relay = { urls: ['turn:192.0.2.1:3478?transport=udp', 'turn:192.0.2.1:80?transport=tcp'], username: 'u', credential: 'c' };
  const urls = (...servers: RTCIceServer[]) => withoutRelay(servers).flatMap((server) => server.urls);
  assert.deepEqual(urls({ urls: ['stun:192.0.2.9:3478'] }, relay), ['stun:192.0.2.9:3478']);
  assert.deepEqual(withoutRelay([relay]), [{ urls: ['stun:192.0.2.1:3478'] }], 'and no name or password');
  assert.deepEqual(urls({ ...relay, urls: 'turn:[2001:db8::1]:443?transport=udp' }), ['stun:[2001:db8::1]:443']);
  assert.deepEqual(urls({ ...relay, urls: ['turn:a:80?transport=tcp', 'turns:a:443?transport=tcp'] }), []);
});
