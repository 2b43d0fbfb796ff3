import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kUnansweredHurryMs, kUnansweredMs, Offers } from './offers.ts';

test('another offer may follow one that is answered, or has had its time for an answer', () => {
  const offers = new Offers();
  assert.equal(offers.mayOffer(true, 0), true);
  assert.equal(offers.handleOwn(true, 100), 1);
  assert.equal(offers.mayOffer(false, 100 + kUnansweredMs - 1), false);
  assert.equal(offers.mayOffer(false, 100 + kUnansweredMs), true);
  assert.equal(offers.mayOffer(true, 101), true);
});

test('of a Firefox and another the Firefox makes the later offers, of two alike the one that made the first', () => {
  const [firefox, other] = ['v=0\r\no=mozilla...THIS_IS_SDPARTA-153.0 7 0 IN IP4 0.0.0.0\r\n', 'v=0\r\no=- 7 2 IN IP4 127.0.0.1\r\n'];
  for (const [own, partner, first, mine] of [
    [firefox, firefox, true, true],
    [firefox, firefox, false, false],
    [other, other, true, true],
    [other, other, false, false],
    [firefox, other, true, true],
    [firefox, other, false, true],
    [other, firefox, true, false],
    [other, firefox, false, false],
  ] as const) {
    const offers = new Offers();
    offers.handleBegin(first);
    assert.equal(offers.mine, first);
    offers.handleFirstRound(own, partner);
    assert.equal(offers.mine, mine);
  }
});

test('only the answer to the newest offer is one, unless the partner does not number them', () => {
  const offers = new Offers();
  assert.equal(offers.isAnswer(0), true, 'the offer of the intro');
  offers.handleOwn(true, 0);
  offers.handleOwn(true, 8_000);
  assert.deepEqual([0, 1, 2, 3, null].map((round) => offers.isAnswer(round)), [false, false, true, false, true]);
});

test('a wish for a restart is granted once: not when an offer has restarted ICE since', () => {
  const offers = new Offers();
  assert.equal(offers.handleWish(true, 0, true, 0), 'restart');
  offers.handleOwn(true, 0);
  assert.equal(offers.handleWish(true, 0, false, 1), null, 'it crossed');
  assert.equal(offers.takeOwed(), false);
  assert.equal(offers.handleWish(true, 0, true, 2), null, 'it came late');
  assert.equal(offers.handleWish(true, 1, true, 3), 'restart');
  offers.handleOwn(false, 4);
  assert.equal(offers.handleWish(true, 1, true, 5), 'restart', 'the offer since then restarts nothing');
  assert.equal(offers.handleWish(false, 0, true, 6), 'offer');
});

test('an offer from another connection is newer than what was said before it, as far as that is numbered', () => {
  const offers = new Offers();
  offers.handleOwn(true, 0);
  assert.equal(offers.hasRenewedSince(0), false);
  offers.handleOwn(true, 1, true);
  offers.handleOwn(true, 2);
  assert.deepEqual([0, 1, 2, 3, null].map((round) => offers.hasRenewedSince(round)), [true, true, false, false, false]);
});

test('a wish for a restart that crosses an offer without one is owed until the answer, whatever else is wished for', () => {
  const offers = new Offers();
  offers.handleOwn(false, 0);
  assert.equal(offers.handleWish(true, 0, false, 1), null);
  assert.equal(offers.handleWish(false, 0, false, 2), null);
  assert.deepEqual([offers.takeOwed(), offers.takeOwed()], [true, false]);
});

test('a wish that finds an offer without an answer for too long is granted: the partner may have failed at that', () => {
  const offers = new Offers();
  offers.handleOwn(true, 0);
  assert.equal(offers.handleWish(true, 0, false, kUnansweredMs - 1), null);
  assert.equal(offers.handleWish(true, 0, false, kUnansweredMs), 'restart');
});

test('wishes that are not numbered are granted as if they had been sent just now', () => {
  const offers = new Offers();
  offers.handleOwn(true, 0);
  assert.equal(offers.handleWish(true, null, false, 1), null);
  assert.equal(offers.handleWish(true, null, true, 2), 'restart');
  offers.handleOwn(false, 3);
  assert.equal(offers.handleWish(true, null, false, 4), null);
  assert.equal(offers.takeOwed(), true);
});

test('who only answers knows the number of the newest offer, and counts where the partner does not', () => {
  const offers = new Offers();
  offers.handleAnswered(3);
  assert.equal(offers.round, 3);
  offers.handleAnswered(null);
  assert.equal(offers.round, 4);
});

test('where the network has changed since, the next offer need not wait so long for an answer to the former', () => {
  const offers = new Offers();
  offers.handleOwn(true, 0);
  assert.equal(offers.mayOffer(false, kUnansweredHurryMs - 1, true), false);
  assert.equal(offers.mayOffer(false, kUnansweredHurryMs, true), true);
});

test('of the partner’s offers each is looked at once, and none after a later one; what is not numbered always', () => {
  const offers = new Offers();
  assert.deepEqual([1, 1, 3, 2, 3, null, null, 4].map((round) => offers.takeNew(round)), [true, false, true, false, false, true, true, true]);
});
