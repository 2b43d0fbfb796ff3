import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Inbox, Outbox } from './mail.ts';
import { kBodiesKept, kTellHaveEvery } from './protocol.ts';

const idsOf = (letters: { id: number }[]): number[] => letters.map(({ id }) => id);
const upTo = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

test('what the server has not confirmed is kept, however much it is', () => {
  const box = new Outbox();
  for (const _ of upTo(1, 3 * kBodiesKept)) box.add('x');
  assert.deepEqual(idsOf(box.toResend(false)), upTo(1, 3 * kBodiesKept));
});

test('of what it has confirmed the last 64 are kept for a new life of the server', () => {
  const box = new Outbox();
  for (const id of upTo(1, 100)) box.add(`body ${id}`);
  for (const id of upTo(3, 2 + kBodiesKept)) box.handleAck(id);
  assert.deepEqual(idsOf(box.toResend(false)), [1, 2, ...upTo(3 + kBodiesKept, 100)]);
  box.handleAck(3 + kBodiesKept);
  box.handleAck(3 + kBodiesKept);
  assert.deepEqual(idsOf(box.toResend(true)), [1, 2, ...upTo(4, 100)], 'the oldest confirmed one is gone, and only it');
  assert.deepEqual(box.toResend(false)[0], { id: 1, body: 'body 1' });
});

test('each body is taken once and in order; a gap is told from a repetition and from another life of the server', () => {
  const box = new Inbox();
  assert.equal(box.have(), null);
  box.handleAccepted('one');
  assert.deepEqual(box.have(), { epoch: 'one', seq: 0 });
  const relay = (epoch: string, seq: number, id: number, now = epoch) =>
    box.handleRelay({ type: 'relay', call: 'c', epoch, seq, id, body: '' }, now);
  assert.equal(relay('one', 1, 1), 'new');
  assert.equal(relay('one', 1, 1), 'duplicate');
  assert.equal(relay('one', 3, 3), 'gap');
  assert.equal(relay('one', 2, 2, 'two'), 'stale');
  assert.equal(relay('two', 1, 1), 'duplicate', 'sent again under a new number');
  assert.equal(relay('two', 2, 2), 'new');
  assert.deepEqual(box.have(), { epoch: 'two', seq: 2 });
});

test('it is time to tell how far this end has come after every so many bodies', () => {
  const box = new Inbox();
  const times = upTo(1, 2 * kTellHaveEvery).filter((seq) => {
    box.handleRelay({ type: 'relay', call: 'c', epoch: 'one', seq, id: seq, body: '' }, 'one');
    return box.isTimeToTell();
  });
  assert.deepEqual(times, [kTellHaveEvery, 2 * kTellHaveEvery]);
});
