import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DirectFirst, kHoldMs, kShortHoldMs, networkName, PathMemory } from './direct_first.ts';

const make = (relayOnly = false): DirectFirst<string> => new DirectFirst(relayOnly, (candidate) => candidate === 'relay');

test('direct candidates go at once, the relay waits for the end of the hold', () => {
  const policy = make();
  for (const candidate of ['host', 'relay', 'srflx']) policy.handleCandidate(candidate);
  assert.deepEqual(policy.pollCandidates(), ['host', 'srflx']);
  assert.equal(policy.pollTimeout(), null, 'no check can run yet');
  policy.handleChecksBegan(1_000);
  assert.equal(policy.pollTimeout(), 1_000 + kHoldMs);
  policy.handleTimeout(1_000 + kHoldMs - 1);
  assert.deepEqual(policy.pollCandidates(), []);
  policy.handleTimeout(1_000 + kHoldMs);
  assert.deepEqual(policy.pollCandidates(), ['relay']);
  assert.equal(policy.pollTimeout(), null);
});

test('a relay candidate found after the hold goes at once, and each goes once', () => {
  const policy = make();
  policy.handleChecksBegan(0);
  policy.handleTimeout(kHoldMs);
  policy.handleCandidate('relay');
  assert.deepEqual(policy.pollCandidates(), ['relay']);
  assert.deepEqual(policy.pollCandidates(), []);
});

test('relay only: nothing is held', () => {
  const policy = make(true);
  policy.handleCandidate('relay');
  policy.handleChecksBegan(0);
  assert.deepEqual(policy.pollCandidates(), ['relay']);
  assert.equal(policy.pollTimeout(), null);
});

test('released at once when gathering ends without a direct candidate, and not when it ends with one', () => {
  const without = make();
  without.handleCandidate('relay');
  without.handleGatheringEnded();
  assert.deepEqual(without.pollCandidates(), ['relay']);

  const withOne = make();
  withOne.handleCandidate('relay');
  withOne.handleCandidate('host');
  withOne.handleGatheringEnded();
  assert.deepEqual(withOne.pollCandidates(), ['host']);
  assert.ok(withOne.holdsAny);
});

test('released at once when checks fail, and when the partner has only a relay', () => {
  for (const happen of [(policy: DirectFirst<string>) => policy.handleTrouble(), (policy: DirectFirst<string>) => policy.handlePartnerHasOnlyRelay()]) {
    const policy = make();
    policy.handleCandidate('host');
    policy.handleCandidate('relay');
    happen(policy);
    assert.deepEqual(policy.pollCandidates(), ['host', 'relay']);
    assert.ok(policy.released);
  }
});

test('a direct call keeps the relay back until it is needed', () => {
  const policy = make();
  policy.handleCandidate('relay');
  policy.handleChecksBegan(0);
  policy.handleConnected();
  assert.equal(policy.pollTimeout(), null);
  policy.handleTimeout(60_000);
  assert.deepEqual(policy.pollCandidates(), []);
  policy.handleTrouble();
  assert.deepEqual(policy.pollCandidates(), ['relay']);
});

test('on a network where only a relay worked the hold is shorter, even when that is found out in the middle of it', () => {
  const policy = make();
  policy.handleChecksBegan(0);
  policy.handleNetwork(true);
  assert.equal(policy.pollTimeout(), kShortHoldMs);
  policy.handleNetwork(false);
  assert.equal(policy.pollTimeout(), kHoldMs);
});

test('checks begin once', () => {
  const policy = make();
  policy.handleChecksBegan(100);
  policy.handleChecksBegan(500);
  assert.equal(policy.pollTimeout(), 100 + kHoldMs);
});

test('networks are known by their public addresses, in any order; the newest call decides', () => {
  const memory = new PathMemory();
  const home = networkName(['203.0.113.7', '2001:db8::7', '203.0.113.7']);
  assert.equal(home, networkName(['2001:db8::7', '203.0.113.7']));
  assert.equal(memory.onlyRelayWorked(home), false);
  memory.remember(home, true);
  assert.ok(memory.onlyRelayWorked(home));
  assert.equal(memory.onlyRelayWorked(networkName(['198.51.100.9'])), false);
  memory.remember(home, false);
  assert.equal(memory.onlyRelayWorked(home), false);
});
