import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kCalmMs, kEagerRestarts, kFlappingMs, kNeverMs, kRenewalsMax, kRestartAgainMs, kShakyMs, kSignAgainMs, kSlowRestartMs, kStuckAgainMs, kStuckMs, Mending } from './mending.ts';

function connected(): Mending {
  const mending = new Mending();
  mending.handleConnected(0);
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

test('a restart that the partner began just before gets its time, however long the call has held', () => {
  const mending = connected();
  const at = 6 * kCalmMs;
  mending.handleRestart(at);
  mending.handleSilence(at + 300);
  assert.equal(mending.wantsRestart(at + kRestartAgainMs - 1), false);
  assert.equal(mending.wantsRestart(at + kRestartAgainMs), true);
  mending.handleConnected(at + kRestartAgainMs);
  mending.handleHeard(at + kRestartAgainMs);
  mending.handleSilence(at + kRestartAgainMs + kCalmMs);
  assert.equal(mending.wantsRestart(at + kRestartAgainMs + kCalmMs), true, 'an old one says nothing');
});

test('one that ends by itself is forgotten', () => {
  const mending = connected();
  mending.handleInterrupted(0);
  mending.handleConnected(1_000);
  assert.equal(mending.pollTimeout(), null);
  assert.equal(mending.wantsRestart(kStuckMs), false);
  assert.equal(mending.isHopeless(kStuckMs), false);
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

test('a connection that does not come back is mended on, and the person is asked once, and again a while after the answer', () => {
  const mending = connected();
  mending.handleInterrupted(100);
  for (const at of [10_000, 20_000, 28_000]) mending.handleRestart(at);
  mending.handleFailed(25_000, false);
  assert.equal(mending.pollTimeout(), 100 + kStuckMs);
  assert.equal(mending.takeStuck(100 + kStuckMs - 1), false);
  assert.deepEqual([mending.takeStuck(100 + kStuckMs), mending.takeStuck(100 + kStuckMs)], [true, false]);
  assert.equal(mending.isHopeless(10 * kStuckMs), false);
  assert.equal(mending.pollTimeout(), 28_000 + kRestartAgainMs, 'nobody waits for the answer');
  mending.handleKeep(50_000);
  assert.equal(mending.wantsRestart(50_000), true, 'at once');
  assert.deepEqual([mending.takeStuck(50_000 + kStuckAgainMs - 1), mending.takeStuck(50_000 + kStuckAgainMs)], [false, true]);
  mending.handleConnected(120_000);
  mending.handleKeep(120_000);
  assert.equal(mending.pollTimeout(), null);
});

test('restarts that do not help become fewer', () => {
  const mending = connected();
  mending.handleInterrupted(0);
  let now = kShakyMs;
  for (let count = 0; count < kEagerRestarts; count += 1) {
    assert.equal(mending.wantsRestart(now), true);
    mending.handleRestart(now);
    now += kRestartAgainMs;
  }
  assert.equal(mending.wantsRestart(now), true);
  mending.handleRestart(now);
  assert.equal(mending.wantsRestart(now + kSlowRestartMs - 1), false);
  assert.equal(mending.wantsRestart(now + kSlowRestartMs), true);
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

test('where nothing arrives nothing is waited for, and its end is the end of the trouble', () => {
  const mending = connected();
  mending.handleSilence(500);
  assert.deepEqual([mending.trouble, mending.pollTimeout()], ['silent', 500]);
  assert.equal(mending.wantsRestart(500), true);
  mending.handleHeard(900);
  assert.deepEqual([mending.isBroken, mending.pollTimeout()], [false, null]);
});

test('an interruption that the browser tells of lasts until the browser says so, whatever arrives', () => {
  const mending = connected();
  mending.handleInterrupted(0);
  mending.handleSilence(100);
  mending.handleHeard(200);
  assert.deepEqual([mending.trouble, mending.pollTimeout()], ['disconnected', kShakyMs]);
  mending.handleConnected(300);
  assert.equal(mending.isBroken, false);
});

test('silence before the first connection, or after it is told, breaks nothing', () => {
  const mending = new Mending();
  mending.handleSilence(0);
  assert.deepEqual([mending.isBroken, mending.pollTimeout()], [false, null]);
});

test('a path that comes and goes is not restarted for ever at full rate; one that held for a while is new', () => {
  const mending = connected();
  let now = 0;
  const gaps: number[] = [];
  for (let times = 0; times < 6; times += 1) {
    mending.handleSilence(now);
    const due = mending.pollTimeout()!;
    gaps.push(due - now);
    now = due;
    mending.handleRestart(now);
    mending.handleConnected(now);
  }
  assert.deepEqual(gaps, [0, kFlappingMs, 2 * kFlappingMs, 4 * kFlappingMs, kRestartAgainMs, kRestartAgainMs]);
  mending.handleSilence(now + kCalmMs - 1);
  assert.ok(mending.pollTimeout()! <= now + kCalmMs - 1 + kRestartAgainMs);
  mending.handleConnected(now + kCalmMs);
  mending.handleSilence(now + 2 * kCalmMs);
  assert.equal(mending.pollTimeout(), now + 2 * kCalmMs, 'at once');
  mending.handleRestart(now + 2 * kCalmMs);
  mending.handleConnected(now + 2 * kCalmMs);
  mending.handleSilence(now + 2 * kCalmMs);
  assert.equal(mending.pollTimeout(), now + 2 * kCalmMs + kFlappingMs, 'and counted anew');
});

test('a sign that the network has changed restarts what is broken at once, and once', () => {
  const mending = connected();
  mending.handleSign(0);
  assert.equal(mending.pollTimeout(), null, 'what works is left alone');
  mending.handleInterrupted(100);
  mending.handleSign(200);
  assert.equal(mending.wantsRestart(200), true, 'an interruption is not waited for any longer');
  mending.handleRestart(200);
  assert.equal(mending.pollTimeout(), 200 + kRestartAgainMs);
  mending.handleSign(300);
  assert.equal(mending.pollTimeout(), 200 + kSignAgainMs, 'the one before was of another network');
  mending.handleConnected(400);
  assert.equal(mending.hasSign, false);
});

test('where DTLS is gone another connection is asked for, before the first one has worked and after; so many times in one trouble', () => {
  for (const mending of [new Mending(), connected()]) {
    mending.handleFailed(0, false);
    assert.equal(mending.wantsRenewal(0), false, 'checks failed, not the handshake');
    for (let time = 0; time < kRenewalsMax; time += 1) {
      for (let word = 0; word < 2 * kRenewalsMax; word += 1) mending.handleFailed(0, true);
      assert.deepEqual([mending.wantsRenewal(0), mending.isHopeless(0)], [true, false], 'one connection, however often it fails');
      assert.equal(mending.takeRenewal(0), true);
      assert.deepEqual([mending.wantsRenewal(0), mending.takeRenewal(0)], [false, true], 'it is asked for once, and with every restart until it is there');
      mending.handleRenewed(0);
      assert.equal(mending.takeRenewal(0), false);
    }
    mending.handleFailed(0, true);
    assert.deepEqual([mending.wantsRenewal(0), mending.isHopeless(0)], [false, false]);
    assert.equal(mending.takeRenewal(0), mending.wasConnected, 'what worked once goes on with the restarts that are due anyway');
    mending.handleRenewalWanted();
    assert.equal(mending.takeRenewal(0), true, "the partner's trouble is another");
  }
});

test('what worked once is renewed for as long as it takes, a restart’s time after the last, whatever the partner restarts meanwhile', () => {
  const mending = connected();
  for (let time = 0; time < 10; time += 1) {
    const at = 100_000 * time;
    mending.handleRenewed(at);
    mending.handleFailed(at + 10, true);
    const due = time < kRenewalsMax ? at + 10 : at + (time < kEagerRestarts ? kRestartAgainMs : kSlowRestartMs);
    mending.handleRestart(due - 1);
    mending.takeStuck(at + 1);
    assert.ok(mending.pollTimeout()! <= due, `${time}: ${mending.pollTimeout()}`);
    assert.deepEqual([mending.wantsRenewal(due - 1), mending.wantsRenewal(due), mending.isHopeless(due)], [false, true, false], `${time}`);
    assert.equal(mending.takeRenewal(due), true);
    assert.deepEqual([due + kRestartAgainMs - 1, due + kRestartAgainMs].map((now) => mending.wantsRenewal(now)), [false, true], 'the wish may be lost');
  }
});

test('a connection that has held for a while may be renewed as often as the first', () => {
  const mending = connected();
  for (let time = 0; time < kRenewalsMax; time += 1) {
    mending.handleFailed(0, true);
    mending.handleRenewed(0);
  }
  mending.handleConnected(100);
  mending.handleFailed(100 + kCalmMs, true);
  assert.equal(mending.takeRenewal(0), true);
});

test('a partner who wants one connection after another is followed as long as both ends may want them, and anew once one has held', () => {
  const mending = connected();
  for (let time = 0; time < 2 * kRenewalsMax; time += 1) {
    assert.equal(mending.renewsTooOften(time), false);
    mending.handleRenewed(time);
    mending.handleInterrupted(time);
    mending.handleConnected(time);
  }
  assert.equal(mending.renewsTooOften(100), true);
  assert.equal(mending.renewsTooOften(kRestartAgainMs), false, 'but not as fast as that');
  mending.handleInterrupted(100 + kCalmMs);
  assert.equal(mending.renewsTooOften(100 + kCalmMs), false);
});

test('before it has worked for the first time it is followed no further', () => {
  const mending = new Mending();
  for (let time = 0; time < 2 * kRenewalsMax; time += 1) mending.handleRenewed(time);
  assert.equal(mending.renewsTooOften(10 * kRestartAgainMs), true);
});
