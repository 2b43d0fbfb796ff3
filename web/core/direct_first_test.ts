import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DirectFirst, kHoldMs, kSecureMs, kShortHoldMs } from './direct_first.ts';

test('the relay gets its turn at the end of the hold, which begins when checks can run', () => {
  const policy = new DirectFirst(false);
  assert.equal(policy.pollTimeout(), null, 'no check can run yet');
  policy.handleChecksBegan(1_000);
  assert.equal(policy.pollTimeout(), 1_000 + kHoldMs);
  policy.handleTimeout(1_000 + kHoldMs - 1);
  assert.equal(policy.released, false);
  policy.handleTimeout(1_000 + kHoldMs);
  assert.equal(policy.released, true);
  assert.equal(policy.pollTimeout(), null);
});

test('relay only: nothing is waited for', () => {
  const policy = new DirectFirst(true);
  policy.handleChecksBegan(0);
  assert.equal(policy.released, true);
  assert.equal(policy.pollTimeout(), null);
});

test('at once when gathering ends without a direct candidate, and not when it ends with one', () => {
  for (const [types, released] of [[[], true], [['relay'], true], [['relay', 'host'], false]] as const) {
    const policy = new DirectFirst(false);
    for (const type of types) policy.handleOwnCandidate(type);
    policy.handleGatheringEnded();
    assert.equal(policy.released, released, String(types));
  }
});

test('a pair that works ends the hold before the handshake over it has', () => {
  const policy = new DirectFirst(false);
  policy.handleChecksBegan(0);
  policy.handlePairFound(500);
  policy.handleTimeout(kHoldMs);
  assert.equal(policy.released, false);
  assert.equal(policy.pollTimeout(), 500 + kSecureMs, 'a handshake that does not end gets the relay after all');
  policy.handlePairFound(900);
  assert.equal(policy.pollTimeout(), 500 + kSecureMs, 'counted from the first');
  policy.handleTimeout(500 + kSecureMs);
  assert.equal(policy.released, true);
});

test('a pair that works at the last moment takes the turn back; a need stays', () => {
  const late = new DirectFirst(false);
  late.handleChecksBegan(0);
  late.handleTimeout(kHoldMs);
  late.handlePairFound(kHoldMs);
  assert.equal(late.released, false);
  const needed = new DirectFirst(false);
  needed.handleRelayNeeded();
  needed.handlePairFound(kHoldMs);
  needed.handleConnected();
  assert.equal(needed.released, true);
});

test('a direct call keeps the relay back until it is needed', () => {
  const policy = new DirectFirst(false);
  policy.handleChecksBegan(0);
  policy.handlePairFound(100);
  policy.handleConnected();
  assert.equal(policy.pollTimeout(), null);
  policy.handleTimeout(60_000);
  assert.equal(policy.released, false);
  policy.handleRelayNeeded();
  assert.equal(policy.released, true);
});

test('on a network where only a relay worked the hold is shorter, even when that is found out in the middle of it', () => {
  const policy = new DirectFirst(false);
  policy.handleChecksBegan(0);
  policy.handleNetwork(true);
  assert.equal(policy.pollTimeout(), kShortHoldMs);
  policy.handleNetwork(false);
  assert.equal(policy.pollTimeout(), kHoldMs);
});

test('checks begin once', () => {
  const policy = new DirectFirst(false);
  policy.handleChecksBegan(100);
  policy.handleChecksBegan(500);
  assert.equal(policy.pollTimeout(), 100 + kHoldMs);
});

test('a direct pair that carries no handshake is to be avoided, also where the relay had its turn before it was found', () => {
  for (const needed of [false, true]) {
    const policy = new DirectFirst(false);
    policy.handleChecksBegan(0);
    if (needed) policy.handleRelayNeeded();
    policy.handlePairFound(500);
    policy.handleTimeout(500 + kSecureMs - 1);
    assert.equal(policy.mustAvoidDirect, false);
    policy.handleTimeout(500 + kSecureMs);
    assert.deepEqual([policy.mustAvoidDirect, policy.released, policy.pollTimeout()], [true, true, null]);
  }
});

test('a handshake that is given up, or whose pair is lost, is none that does not come', () => {
  const policy = new DirectFirst(false);
  policy.handleChecksBegan(0);
  policy.handlePairFound(100);
  policy.handlePairLost();
  policy.handleRelayNeeded();
  policy.handleTimeout(100 + kSecureMs);
  policy.handlePartnersRestart(100 + kSecureMs);
  assert.deepEqual([policy.mustAvoidDirect, policy.pollTimeout()], [false, null]);
  policy.handlePairFound(9_000);
  assert.equal(policy.pollTimeout(), 9_000 + kSecureMs, 'the next has to prove itself as well');
});

test('where a relay is somebody’s choice there is no direct pair to avoid', () => {
  const policy = new DirectFirst(true);
  policy.handlePairFound(0);
  assert.equal(policy.pollTimeout(), null);
});

test('the partner’s restart tells of a handshake that does not come, once it has had some time', () => {
  for (const [waited, avoids] of [[kSecureMs / 2 - 1, false], [kSecureMs / 2, true]] as const) {
    const policy = new DirectFirst(false);
    policy.handlePairFound(100);
    policy.handlePartnersRestart(100 + waited);
    assert.equal(policy.mustAvoidDirect, avoids);
  }
  const connected = new DirectFirst(false);
  connected.handlePairFound(0);
  connected.handleConnected();
  connected.handlePartnersRestart(60_000);
  assert.equal(connected.mustAvoidDirect, false);
});
