import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badge, readPath, relayLeg, samePath } from './path.ts';

type Entry = Record<string, unknown>;

function report(local: Entry, remote: Entry, pair: Entry = {}, transport: Entry | null = { selectedCandidatePairId: 'CP1' }) {
  const entries: [string, Entry][] = [
    ['CP0', { type: 'candidate-pair', state: 'waiting', localCandidateId: 'L0', remoteCandidateId: 'R0' }],
    ['CP1', { type: 'candidate-pair', state: 'succeeded', nominated: true, localCandidateId: 'L1', remoteCandidateId: 'R1', ...pair }],
    ['L0', { type: 'local-candidate', candidateType: 'relay', relayProtocol: 'udp' }],
    ['R0', { type: 'remote-candidate', candidateType: 'relay' }],
    ['L1', { type: 'local-candidate', ...local }],
    ['R1', { type: 'remote-candidate', ...remote }],
  ];
  return new Map<string, unknown>(transport ? [['T01', { type: 'transport', ...transport }], ...entries] : entries);
}

const host = { candidateType: 'host', address: '192.168.1.2' };

test('Chromium: the transport names the pair', () => {
  const srflx = { candidateType: 'srflx', url: 'stun:example' };
  assert.deepEqual(readPath(report(srflx, { candidateType: 'srflx' })), { relay: false, leg: null });
  const relay = { candidateType: 'relay', relayProtocol: 'tls', url: 'turns:example:443?transport=tcp' };
  assert.deepEqual(readPath(report(relay, host)), { relay: true, leg: 'tls' });
});

test('Firefox: no url, and the pair may be marked itself', () => {
  const relay = { candidateType: 'relay', relayProtocol: 'tcp' };
  assert.deepEqual(readPath(report(relay, { candidateType: 'prflx' }, { selected: true }, null)), { relay: true, leg: 'tcp' });
  assert.deepEqual(readPath(report(host, host, { selected: true }, null)), { relay: false, leg: null });
});

test("a partner's relay counts where it can be seen, and has no leg of ours", () => {
  assert.deepEqual(readPath(report(host, { candidateType: 'relay' })), { relay: true, leg: null });
  assert.deepEqual(readPath(report(host, { candidateType: 'prflx' })), { relay: false, leg: null }, 'looks direct from here');
});

test('a relay that does not name its protocol is taken for UDP', () => {
  assert.deepEqual(readPath(report({ candidateType: 'relay' }, host)), { relay: true, leg: 'udp' });
});

test('no selected pair: nothing is known', () => {
  assert.equal(readPath(report(host, host, {}, null)), null);
  assert.equal(readPath(report(host, host, {}, { selectedCandidatePairId: 'CP9' })), null);
  assert.equal(readPath(new Map<string, unknown>([['x', null], ['y', 7]])), null);
});

test('the badge: relayed if either says so, direct if both say not, and this end alone is said to be alone', () => {
  const [direct, relayed] = [{ relay: false, leg: null }, { relay: true, leg: 'udp' as const }];
  assert.equal(badge(null, null), 'unknown');
  assert.equal(badge(direct, null), 'own_word');
  assert.equal(badge(direct, direct), 'direct');
  for (const [own, partner] of [[relayed, null], [relayed, direct], [direct, relayed], [null, relayed], [relayed, relayed]] as const) {
    assert.equal(badge(own, partner), 'relayed');
  }
  assert.equal(badge(null, direct), 'unknown');
});

test('a relayed call has the leg of this end, else that of the partner', () => {
  const [direct, udp, tls] = [{ relay: true, leg: null }, { relay: true, leg: 'udp' as const }, { relay: true, leg: 'tls' as const }];
  assert.equal(relayLeg(tls, udp), 'tls');
  assert.equal(relayLeg(direct, udp), 'udp');
  assert.equal(relayLeg(null, tls), 'tls');
  assert.equal(relayLeg(direct, null), null);
});

test('a change of leg is a change of path', () => {
  assert.ok(samePath({ relay: true, leg: 'udp' }, { relay: true, leg: 'udp' }));
  assert.equal(samePath({ relay: true, leg: 'udp' }, { relay: true, leg: 'tls' }), false);
  assert.equal(samePath(null, { relay: false, leg: null }), false);
  assert.ok(samePath(null, null));
});
