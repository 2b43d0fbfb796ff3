import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kGiveUpMs, kNeverMs, kRenewalsMax, kRestartAgainMs, kShakyMs, Mending } from './mending.ts';

function connected(): Mending {
  const mending = new Mending();
  mending.handleConnected();
  return mending;
}

test('an interruption is left alone for a while, then ICE is restarted', () => {
  const mending = connected();
  assert.equal(mending.pollTimeout(), null);
  mending.handleInterrupted(1_000);
  mending.handleInterrupted(1_500);
  assert.equal(mending.pollTimeout(), 1_000 + kShakyMs, 'counted from its beginning');
  assert.equal(mending.wantsRestart(1_000 + kShakyMs - 1), false);
  assert.equal(mending.wantsRestart(1_000 + kShakyMs), true);
});

test('one that ends by itself is forgotten', () => {
  const mending = connected();
  mending.handleInterrupted(0);
  mending.handleConnected();
  assert.equal(mending.pollTimeout(), null);
  assert.equal(mending.wantsRestart(kGiveUpMs), false);
  assert.equal(mending.isHopeless(kGiveUpMs), false);
});

test('what the browser calls failed is not waited for', () => {
  const mending = connected();
  mending.handleFailed(500, false);
  assert.equal(mending.wantsRestart(500), true);
});

test("a restart gets its time, whichever end's it is, and is repeated", () => {
  const mending = connected();
  mending.handleInterrupted(0);
  mending.handleRestart(kShakyMs);
  mending.handleChecking();
  assert.equal(mending.wantsRestart(kShakyMs + kRestartAgainMs - 1), false);
  assert.equal(mending.pollTimeout(), kShakyMs + kRestartAgainMs);
  assert.equal(mending.wantsRestart(kShakyMs + kRestartAgainMs), true);
});

test('the end that waits for the other waits so much longer each time', () => {
  const mending = connected();
  mending.setPatience(400);
  mending.handleInterrupted(0);
  assert.equal(mending.pollTimeout(), kShakyMs + 400);
  mending.handleRestart(5_000);
  assert.equal(mending.pollTimeout(), 5_000 + kRestartAgainMs + 400);
});

test('a connection that does not come back is given up', () => {
  const mending = connected();
  mending.handleInterrupted(100);
  for (const at of [10_000, 20_000]) mending.handleRestart(at);
  mending.handleFailed(25_000, false);
  assert.equal(mending.isHopeless(100 + kGiveUpMs - 1), false);
  assert.equal(mending.pollTimeout(), 20_000 + kRestartAgainMs);
  assert.equal(mending.isHopeless(100 + kGiveUpMs), true);
});

test('without DTLS nothing can be mended; before the first connection DTLS has not been there', () => {
  const mending = connected();
  mending.handleFailed(0, true);
  assert.equal(mending.isHopeless(0), true);
  const first = new Mending();
  first.handleFailed(0, true);
  assert.equal(first.isHopeless(0), false);
});

test('before the first connection: no restart, given up after checks have failed for a while, unless they run again', () => {
  const mending = new Mending();
  mending.handleInterrupted(0);
  assert.equal(mending.pollTimeout(), null);
  mending.handleFailed(1_000, false);
  assert.equal(mending.wantsRestart(1_000 + kNeverMs), false);
  assert.equal(mending.pollTimeout(), 1_000 + kNeverMs);
  mending.handleChecking();
  assert.equal(mending.pollTimeout(), null);
  mending.handleFailed(5_000, false);
  assert.equal(mending.isHopeless(5_000 + kNeverMs - 1), false);
  assert.equal(mending.isHopeless(5_000 + kNeverMs), true);
});

test('a handshake that failed before the first connection asks for another connection, so many times', () => {
  const mending = new Mending();
  mending.handleFailed(0, false);
  assert.equal(mending.wantsRenewal, false, 'checks failed, not the handshake');
  for (let time = 0; time < kRenewalsMax; time += 1) {
    mending.handleFailed(0, true);
    assert.equal(mending.wantsRenewal, true);
    assert.equal(mending.takeRenewal(), true);
    assert.equal(mending.takeRenewal(), false);
  }
  mending.handleFailed(0, true);
  assert.equal(mending.wantsRenewal, false);
  mending.handleRenewalWanted();
  assert.equal(mending.takeRenewal(), true, "the partner's handshake is another matter");
  const worked = connected();
  worked.handleFailed(0, true);
  assert.equal(worked.wantsRenewal, false);
});
