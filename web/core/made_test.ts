import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, readMade, whyChosen, type MadeCandidate, type MadePair } from './made.ts';
import chromium from './testing/reports/way_chromium.json';
import firefox from './testing/reports/way_firefox.json';

const last = ({ reports }: { reports: unknown[] }) => reports.at(-1) as [string, unknown][];

test('Chromium tells candidates, pairs, the one in use, the encryption and both certificates', () => {
  const read = readMade(last(chromium));
  const own = [...read.candidates.values()].filter(({ side }) => side === 'own');
  assert.deepEqual(own.map(({ protocol, kind }) => `${kind} ${protocol}`).sort(), ['host tcp', 'host tcp', 'host udp', 'host udp']);
  assert.equal(read.candidates.size - own.length, 2);
  assert.equal(read.pairs.size, 2);
  const chosen = read.pairs.get(read.selected!)!;
  assert.deepEqual([chosen.state, chosen.sent, chosen.received, chosen.roundTripMs], ['works', 367405, 331930, 92]);
  assert.equal(read.candidates.get(chosen.own)!.address, 'fd00::2');
  const { own: ownCertificate, partner, ...cipher } = read.lock;
  assert.deepEqual(cipher, { dtls: 'DTLS 1.3', cipher: 'TLS_AES_128_GCM_SHA256', srtp: 'SRTP_AES128_CM_HMAC_SHA1_80' });
  assert.match(ownCertificate!, /^sha-256 20:34:FB:/);
  assert.match(partner!, /^sha-256 21:F1:4E:/);
});

test('Firefox tells the same but for the certificates', () => {
  const read = readMade(last(firefox));
  assert.deepEqual([read.candidates.size, read.pairs.size], [6, 2]);
  const chosen = read.pairs.get(read.selected!)!;
  assert.deepEqual([chosen.sent, chosen.received], [1593435, 1036338]);
  assert.equal(read.candidates.get(chosen.partner)!.kind, 'prflx');
  assert.deepEqual(read.lock, { dtls: 'DTLS 1.3', cipher: 'TLS_AES_128_GCM_SHA256', srtp: 'SRTP_AES128_CM_HMAC_SHA1_80', own: null, partner: null });
});

test('what a browser leaves out, or says in a way nobody knows, is left open', () => {
  const read = readMade([
    ['T', { type: 'transport', selectedCandidatePairId: 'P', tlsVersion: '0303', dtlsCipher: '<b>', srtpCipher: 7 }],
    ['P', { type: 'candidate-pair', state: 'in-progress', localCandidateId: 'L', bytesSent: -1, priority: Infinity }],
    ['Q', { type: 'candidate-pair', state: 'odd' }],
    ['L', { type: 'local-candidate', candidateType: 'host', protocol: 'quic', address: '' }],
    ['M', { type: 'local-candidate', candidateType: 'odd' }],
    ['N', null],
  ]);
  assert.deepEqual(read.lock, { dtls: null, cipher: null, srtp: null, own: null, partner: null });
  assert.deepEqual([...read.pairs.values()], [{ own: 'L', partner: 'undefined', state: 'trying', priority: 0, roundTripMs: null, sent: 0, received: 0 }]);
  assert.deepEqual([...read.candidates.values()], [{ side: 'own', kind: 'host', protocol: null, leg: null, address: null, port: null }]);
});

test('a pair that Firefox needs no more has not failed', () => {
  const states = ['cancelled', 'failed'].map((state) => readMade([['P', { type: 'candidate-pair', state }]]).pairs.get('P')!.state);
  assert.deepEqual(states, ['waiting', 'failed']);
});

test('before DTLS has begun nothing is said of it', () => {
  assert.equal(readMade([['T', { type: 'transport', dtlsState: 'new', tlsVersion: 'FEFC' }]]).lock.dtls, null);
});

const candidate = (kind: MadeCandidate['kind']): MadeCandidate => ({ side: 'own', kind, protocol: 'udp', leg: null, address: null, port: null, at: 0 });
const pair = (changes: Partial<MadePair> = {}): MadePair => ({
  own: candidate('host'),
  partner: null,
  states: [{ at: 0, state: 'works' }],
  used: [],
  priority: 1,
  roundTripMs: 50,
  sent: 0,
  received: 0,
  relayed: false,
  ...changes,
});

test('why a pair was taken follows from what became of the others', () => {
  const why = (chosen: MadePair, ...others: MadePair[]) => whyChosen(chosen, [chosen, ...others], []);
  assert.equal(why(pair({ own: candidate('relay') }), pair({ own: candidate('relay') })), 'relay_alone');
  const relays = [pair({ own: candidate('relay') })];
  assert.equal(whyChosen(relays[0]!, relays, [candidate('relay')]), 'relay_alone');
  assert.equal(whyChosen(relays[0]!, relays, [candidate('relay'), candidate('host')]), 'only', 'another was offered, of which no pair is left');
  assert.equal(why(pair(), pair({ states: [{ at: 0, state: 'failed' }] })), 'only');
  const taken = pair({ used: [{ from: 5, to: null }] });
  const until = (at: number) => pair({ states: [{ at: 0, state: 'works' }, { at, state: 'gone' }] });
  assert.deepEqual([why(taken, until(5)), why(taken, until(6))], ['only', 'browser'], 'one that had stopped before was no choice');
  assert.equal(why(pair({ priority: 2 }), pair()), 'priority');
  assert.equal(why(pair({ priority: 1, roundTripMs: 20 }), pair({ priority: 2 })), 'quick');
  assert.equal(why(pair({ priority: 1, roundTripMs: 50 }), pair({ priority: 2 })), 'browser');
  assert.equal(why(pair({ priority: 1, roundTripMs: null }), pair({ priority: 2 })), 'browser');
});

test('bytes are told apart by the way they went', () => {
  const sum = bytesOf([pair({ sent: 5, received: 7 }), pair({ sent: 100, received: 10, relayed: true }), pair({ sent: 1 })]);
  assert.deepEqual(sum, { direct: { sent: 6, received: 7 }, relayed: { sent: 100, received: 10 } });
});
