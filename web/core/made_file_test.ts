import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kMadeCandidatesMax, kMadeMomentsMax, type Made, type MadeCandidate, type MadePair } from './made.ts';
import { kMadeFileMax, kMadePairsMax, kMadeVersion, readMadeFile, redact, writeMade, type Call, type SavedCall } from './made_file.ts';
import { makeChance } from './testing/trace.ts';
import { noTimings } from './timings.ts';

const kBase = 50_000;
const kFingerprint = `sha-256 ${'AB:'.repeat(31)}AB`;

const candidate = (changes: Partial<MadeCandidate>): MadeCandidate => ({
  side: 'own',
  kind: 'host',
  protocol: 'udp',
  leg: null,
  address: '192.0.2.77',
  port: 40_123,
  at: kBase + 10,
  ...changes,
});
const pairOf = (own: MadeCandidate | null, partner: MadeCandidate | null, changes: Partial<MadePair> = {}): MadePair => ({
  own,
  partner,
  states: [{ at: kBase + 20, state: 'trying' }, { at: kBase + 60.4, state: 'works' }],
  used: [{ from: kBase + 70, to: null }],
  priority: 1,
  roundTripMs: 12.6,
  sent: 1_000,
  received: 2_000,
  relayed: false,
  ...changes,
});

const kHost = candidate({});
const kOtherPort = candidate({ port: 40_124 });
const kSixth = candidate({ address: '2001:db8::77', port: 40_125 });
const kRelay = candidate({ kind: 'relay', leg: 'tls', address: '198.51.100.9', port: 3_478 });
const kTheirs = candidate({ side: 'partner', kind: 'srflx', address: '203.0.113.5', port: 51_000 });
const kHidden = candidate({ side: 'partner', address: '3f0e5f9e-8d7c-4b6a-a1b2-c3d4e5f60718.local', port: 52_000 });
const kUntold = candidate({ side: 'partner', kind: 'prflx', address: null, port: null });

function callOf(changes: Partial<Made> = {}): Call {
  const chosen = pairOf(kHost, kTheirs);
  const made: Made = {
    candidates: [kHost, kOtherPort, kSixth, kRelay, kTheirs, kHidden, kUntold],
    pairs: [pairOf(kSixth, kHidden, { used: [], states: [{ at: kBase + 20, state: 'failed' }] }), chosen],
    chosen,
    why: 'only',
    lock: { dtls: 'DTLS 1.3', cipher: 'TLS_AES_128_GCM_SHA256', srtp: 'SRTP_AES128_CM_HMAC_SHA1_80', own: kFingerprint, partner: kFingerprint },
    until: kBase + 5_000,
    ...changes,
  };
  const timings = { ...noTimings(), matched: kBase - 4_000, accept: kBase - 900, accepted: kBase, connected: kBase + 90, frame: kBase + 130.7 };
  const path = { own: { relay: false, leg: null }, partner: null, badge: 'own_word' as const, reached: false };
  const crossed = {
    before: { in: new Map([['', 900], ['hello', 1]]), out: new Map([['', 100], ['welcome', 1]]) },
    after: { in: new Map([['', 3_900], ['hello', 1], ['relay', 4]]), out: new Map([['', 5_100], ['welcome', 1], ['relay', 5], ['matched', 1]]) },
  };
  return { made, timings, path, crossed };
}

test('moments are counted from the yes of both, and what crossed from when they met', () => {
  const { saved } = redact(callOf());
  assert.deepEqual(saved.signaling, { sent: { messages: 4, bytes: 3_000 }, received: { messages: 6, bytes: 5_000 } });
  const { matched, accept, accepted, connected, frame, ended } = saved.times;
  assert.deepEqual([matched, accept, accepted, connected, frame, ended], [-4_000, -900, 0, 90, 131, null]);
  assert.deepEqual([saved.chosen, saved.why, saved.until], [1, 'only', 5_000]);
  const { own, partner, states, used, roundTripMs } = saved.pairs[1]!;
  assert.deepEqual([own, partner, roundTripMs], [0, 4, 13]);
  assert.deepEqual([states, used], [[{ at: 20, state: 'trying' }, { at: 60, state: 'works' }], [{ from: 70, to: null }]]);
});

test('bytes of pairs are rounded to three digits, and the end of the call to seconds', () => {
  const call = callOf({ until: kBase + 65_432 });
  const pairs = [0, 999, 1_004, 1_234_567].map((sent) => pairOf(kHost, kTheirs, { sent, received: sent }));
  const { saved } = redact({ ...call, made: { ...call.made, pairs, chosen: pairs[0]! }, timings: { ...call.timings, ended: kBase + 64_501 } });
  assert.deepEqual(saved.pairs.map(({ sent }) => sent), [0, 999, 1_000, 1_230_000]);
  assert.deepEqual(saved.pairs.map(({ received }) => received), [0, 999, 1_000, 1_230_000]);
  assert.deepEqual([saved.times.ended, saved.until, saved.times.frame], [65_000, 65_000, 131]);
});

test('an address is a letter and a port a number behind it, each the same wherever it comes', () => {
  const { saved, places } = redact(callOf());
  assert.deepEqual(saved.candidates.map(({ place }) => place), ['A1', 'A2', 'B1', 'C1', 'D1', 'E1', null]);
  assert.deepEqual(saved.candidates.map(({ family }) => family), ['IPv4', 'IPv4', 'IPv6', 'IPv4', 'IPv4', 'name', null]);
  assert.deepEqual([places.get('A2'), places.get('B1')], ['192.0.2.77:40124', '[2001:db8::77]:40125']);
});

test('nothing in the file names an address, a port, a certificate or a time of day', () => {
  const call = callOf();
  const text = writeMade(redact(call).saved);
  const secrets = call.made.candidates.flatMap(({ address, port }) => [address, port]).filter((each) => each !== null);
  assert.equal(secrets.length, 12);
  for (const secret of [...secrets, kFingerprint, 'AB:AB', kBase, kBase + 90]) assert.ok(!text.includes(String(secret)), String(secret));
});

test('what is written is read as it was', () => {
  const { saved } = redact(callOf());
  assert.deepEqual(readMadeFile(writeMade(saved)), { ok: true, saved });
  const bare = redact({ ...callOf({ candidates: [], pairs: [], chosen: null, why: null }), timings: noTimings(), crossed: null }).saved;
  assert.deepEqual(readMadeFile(writeMade(bare)), { ok: true, saved: bare });
});

test('a server that began to count anew is taken at its word', () => {
  const call = callOf();
  call.crossed!.after = { in: new Map([['', 70], ['hello', 1]]), out: new Map([['', 60], ['welcome', 1]]) };
  assert.deepEqual(redact(call).saved.signaling, { sent: { messages: 1, bytes: 70 }, received: { messages: 1, bytes: 60 } });
});

test('of too much the newest is kept, with the pair in use, and can be read', () => {
  const many = Array.from({ length: 400 }, (_, at) => candidate({ port: 1_000 + at, address: `192.0.2.${at % 200}` }));
  const states = Array.from({ length: 40 }, (_, at) => ({ at: kBase + at, state: at % 2 === 0 ? ('trying' as const) : ('works' as const) }));
  const pairs = many.map((own) => pairOf(own, null, { states, used: states.map(({ at }) => ({ from: at, to: at })) }));
  const { saved } = redact(callOf({ candidates: many, pairs, chosen: pairs[0]! }));
  assert.deepEqual([saved.pairs.length, saved.candidates.length, saved.chosen], [kMadePairsMax, kMadeCandidatesMax, 0]);
  assert.equal(saved.candidates[saved.pairs[0]!.own!]!.place, 'A1');
  assert.equal(saved.pairs[0]!.states.length, kMadeMomentsMax);
  const text = writeMade(saved);
  assert.equal(readMadeFile(text).ok, true, `${text.length} letters`);
});

/** The flaw that is found when a file is changed in one place. */
function flawOf(change: (file: Record<string, unknown> & SavedCall) => unknown): string {
  const file = JSON.parse(writeMade(redact(callOf()).saved)) as Record<string, unknown> & SavedCall;
  change(file);
  const read = readMadeFile(JSON.stringify(file));
  if (read.ok) return 'none';
  return read.flaw.why === 'shape' ? `shape ${read.flaw.where}` : read.flaw.why;
}

test('what is no saved call is told apart from one that is damaged', () => {
  const why = (text: string) => {
    const read = readMadeFile(text);
    return read.ok ? 'none' : read.flaw.why;
  };
  assert.equal(why(''), 'json');
  assert.equal(why('{"kind":"visavis.call"'), 'json');
  assert.equal(why('null'), 'json');
  assert.equal(why('[]'), 'kind');
  assert.equal(why('{"kind":"else"}'), 'kind');
  assert.equal(why('7'), 'kind');
  const whole = writeMade(redact(callOf()).saved);
  assert.equal(why(whole + ' '.repeat(kMadeFileMax - whole.length)), 'none');
  assert.equal(why(whole + ' '.repeat(kMadeFileMax - whole.length + 1)), 'large');
});

test('a newer page may have saved more than this one knows', () => {
  assert.equal(flawOf((file) => Object.assign(file, { version: kMadeVersion + 1, more: 1 })), 'version');
  for (const version of [0, -1, 1.5, '1', null]) assert.equal(flawOf((file) => Object.assign(file, { version })), 'shape version');
});

/** Each puts something that was never saved into one place. */
const kDamages: [where: string, change: (file: Record<string, unknown> & SavedCall) => unknown][] = [
  ['unknown', (file) => (file['name'] = 'x')],
  ['signaling', (file) => (file.signaling!.sent.bytes = -1)],
  ['signaling', (file) => (file.signaling!.sent.messages = 1.5)],
  ['signaling', (file) => (file.signaling!.sent.bytes = 2 ** 48 + 1)],
  ['signaling', (file) => Object.assign(file.signaling!, { more: 1 })],
  ['signaling', (file) => delete (file as Partial<SavedCall>).signaling],
  ['times', (file) => delete (file.times as Partial<SavedCall['times']>).frame],
  ['times', (file) => Object.assign(file.times, { frame: '130' })],
  ['times', (file) => (file.times.matched = -3_600_001)],
  ['times', (file) => Object.assign(file.times, { slept: 1 })],
  ['candidates', (file) => Object.assign(file, { candidates: {} })],
  ['candidates', (file) => Object.assign(file.candidates[0]!, { side: 'both' })],
  ['candidates', (file) => Object.assign(file.candidates[0]!, { kind: 'direct' })],
  ['candidates', (file) => Object.assign(file.candidates[0]!, { protocol: 'quic' })],
  ['candidates', (file) => Object.assign(file.candidates[0]!, { leg: 'ftp' })],
  ['candidates', (file) => Object.assign(file.candidates[0]!, { family: 'IPv5' })],
  ['candidates', (file) => (file.candidates[0]!.place = '192.0.2.1')],
  ['candidates', (file) => (file.candidates[0]!.place = 'A0')],
  ['candidates', (file) => Object.assign(file.candidates[0]!, { address: '192.0.2.1' })],
  ['pairs', (file) => (file.pairs[0]!.own = kMadeCandidatesMax)],
  ['pairs', (file) => (file.pairs[0]!.own = 7)],
  ['pairs', (file) => (file.pairs[0]!.own = 4)],
  ['pairs', (file) => (file.pairs[0]!.partner = 0)],
  ['pairs', (file) => Object.assign(file.pairs[0]!.states[0]!, { state: 'odd' })],
  ['pairs', (file) => file.pairs[1]!.states.reverse()],
  ['pairs', (file) => (file.pairs[1]!.used = [{ from: 70, to: 60 }])],
  ['pairs', (file) => (file.pairs[1]!.used = [{ from: 70, to: null }, { from: 80, to: null }])],
  ['pairs', (file) => (file.pairs[1]!.roundTripMs = -1)],
  ['pairs', (file) => Object.assign(file.pairs[1]!, { relayed: 'no' })],
  ['chosen', (file) => (file.chosen = 2)],
  ['chosen', (file) => (file.chosen = -1)],
  ['why', (file) => (file.why = null)],
  ['why', (file) => Object.assign(file, { why: 'because' })],
  ['lock', (file) => (file.lock.dtls = 'DTLS <b>')],
  ['lock', (file) => (file.lock.cipher = 'aes 128')],
  ['lock', (file) => (file.lock.srtp = 'A'.repeat(65))],
  ['path', (file) => Object.assign(file.path, { badge: 'safe' })],
  ['path', (file) => Object.assign(file.path.own!, { leg: 'tls', more: 1 })],
  ['path', (file) => (file.path.own!.leg = 'ip' as 'udp')],
  ['until', (file) => Object.assign(file, { until: null })],
];

for (const [where, change] of kDamages) {
  test(`a file that was changed is refused: ${change.toString().slice('(file) => '.length)}`, () => {
    assert.equal(flawOf(change), `shape ${where}`);
  });
}

test('lists are read up to their limits and no further', () => {
  const grow = <T>(list: T[], length: number): unknown => list.push(...Array.from({ length: length - list.length }, () => list[0]!));
  const limits: [string, number, (file: SavedCall) => unknown[]][] = [
    ['candidates', kMadeCandidatesMax, (file) => file.candidates],
    ['pairs', kMadePairsMax, (file) => file.pairs],
    ['pairs', kMadeMomentsMax, (file) => (file.pairs[0]!.states = [file.pairs[0]!.states[0]!])],
    ['pairs', kMadeMomentsMax, (file) => (file.pairs[0]!.used = [{ from: 1, to: 1 }])],
  ];
  for (const [where, max, listOf] of limits) {
    assert.equal(flawOf((file) => grow(listOf(file), max)), 'none', `${where}: ${max}`);
    assert.equal(flawOf((file) => grow(listOf(file), max + 1)), `shape ${where}`, `${where}: ${max + 1}`);
  }
});

test('whatever becomes of a file on its way, it is refused or is one that could have been saved', () => {
  const chance = makeChance(12);
  const whole = writeMade(redact(callOf()).saved);
  const kLetters = '0123456789-"{}[],:nulltruefalseAB1 \n';
  let taken = 0;
  for (let times = 0; times < 3_000; times += 1) {
    let text = whole;
    for (let wounds = 1 + Math.floor(3 * chance()); wounds > 0; wounds -= 1) {
      const at = Math.floor(text.length * chance());
      const gone = Math.floor(chance() ** 4 * 200);
      const letter = kLetters[Math.floor(kLetters.length * chance())]!;
      text = text.slice(0, at) + (chance() < 0.7 ? letter : text.slice(at, at + 2 * gone)) + text.slice(at + gone);
    }
    const read = readMadeFile(text);
    if (!read.ok) continue;
    taken += 1;
    assert.deepEqual(readMadeFile(writeMade(read.saved)), read);
  }
  assert.ok(taken > 20 && taken < 1_500, `${taken} of 3000 could have been saved`);
});
