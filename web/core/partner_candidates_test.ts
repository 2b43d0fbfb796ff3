import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kReflexiveMax, PartnerCandidates } from './partner_candidates.ts';

const told = (address: string, type: string) => ({ candidate: `candidate:1 1 udp 1 ${address} 40000 typ ${type}`, sdpMid: '0', sdpMLineIndex: 0 });

test('public addresses are noted once each, and no more than a device can have', () => {
  const partner = new PartnerCandidates();
  for (let turn = 0; turn < 2; turn += 1) partner.handle([told('198.51.100.1', 'srflx'), told('10.0.0.1', 'host'), told('203.0.113.1', 'relay')]);
  assert.deepEqual([...partner.reflexive], ['198.51.100.1']);
  partner.handle(Array.from({ length: 2 * kReflexiveMax }, (_, at) => told(`198.51.100.${at + 2}`, 'srflx')));
  assert.equal(partner.reflexive.size, kReflexiveMax);
  assert.ok(partner.reflexive.has(`198.51.100.${kReflexiveMax}`));
  assert.equal(partner.reflexive.has(`198.51.100.${kReflexiveMax + 1}`), false);
});

test('as long as only a relay is told the partner is behind nothing else', () => {
  const partner = new PartnerCandidates();
  partner.handle([told('203.0.113.1', 'relay')]);
  assert.equal(partner.onlyRelay, true);
  partner.handle([told('198.51.100.1', 'srflx')]);
  assert.equal(partner.onlyRelay, false);
});
