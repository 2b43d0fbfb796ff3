import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kOtherHomeMs, kReflexiveMax, PartnerCandidates } from './partner_candidates.ts';
import { FakeClock } from './testing/fake_clock.ts';

const told = (address: string, type: string) => ({ candidate: `candidate:1 1 udp 1 ${address} 40000 typ ${type}`, sdpMid: '0', sdpMLineIndex: 0 });

test('public addresses are noted once each, and no more than a device can have', () => {
  const partner = new PartnerCandidates(new FakeClock(), () => []);
  for (let turn = 0; turn < 2; turn += 1) partner.handle([told('198.51.100.1', 'srflx'), told('10.0.0.1', 'host'), told('203.0.113.1', 'relay')]);
  assert.deepEqual([...partner.reflexive], ['198.51.100.1']);
  partner.handle(Array.from({ length: 2 * kReflexiveMax }, (_, at) => told(`198.51.100.${at + 2}`, 'srflx')));
  assert.equal(partner.reflexive.size, kReflexiveMax);
  assert.ok(partner.reflexive.has(`198.51.100.${kReflexiveMax}`));
  assert.equal(partner.reflexive.has(`198.51.100.${kReflexiveMax + 1}`), false);
});

test('as long as only a relay is told the partner is behind nothing else', () => {
  const partner = new PartnerCandidates(new FakeClock(), () => []);
  partner.handle([told('203.0.113.1', 'relay')]);
  assert.equal(partner.onlyRelay, true);
  partner.handle([told('198.51.100.1', 'srflx')]);
  assert.equal(partner.onlyRelay, false);
});

test('addresses within a home wait where the two are in different ones, and nothing waits elsewhere', async () => {
  const ofHome = [told('192.168.1.2', 'host'), told('0f5e8a3c.local', 'host'), told('fd12:3456::1', 'host')];
  const others = [told('2A01:4f8::1', 'host'), told('45.140.30.9', 'host'), told('5.61.10.2', 'srflx'), told('5.61.10.9', 'relay')];
  const clock = new FakeClock();
  const added = async (...own: string[]): Promise<string[]> => {
    const partner = new PartnerCandidates(clock, () => own);
    partner.handle([...ofHome, ...others]);
    const taken: string[] = [];
    await partner.add({ addIceCandidate: async ({ candidate }: { candidate: string }) => void taken.push(candidate) } as unknown as RTCPeerConnection);
    return taken;
  };
  const textsOf = (list: { candidate: string }[]): string[] => list.map(({ candidate }) => candidate);
  const apart = await added('91.150.20.2');
  await clock.pass(kOtherHomeMs - 1);
  assert.deepEqual(apart, textsOf(others));
  await clock.pass(1);
  assert.deepEqual(apart, textsOf([...others, ...ofHome]));
  assert.deepEqual(await added('91.150.20.2', '5.61.10.2'), textsOf([...ofHome, ...others]), 'behind one router');
  assert.deepEqual(await added(), textsOf([...ofHome, ...others]), 'nothing is known of this end');
});

test('a candidate that the browser does not take keeps none of the others from it', async () => {
  const partner = new PartnerCandidates(new FakeClock(), () => []);
  partner.handle([told('10.0.0.1', 'host'), told('10.0.0.2', 'host')]);
  let taken = 0;
  await partner.add({
    addIceCandidate: async ({ candidate }: { candidate: string }) => {
      if (candidate.includes('10.0.0.1')) throw new Error('not this one');
      taken += 1;
    },
  } as unknown as RTCPeerConnection);
  assert.equal(taken, 1);
});
