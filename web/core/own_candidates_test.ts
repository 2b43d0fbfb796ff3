import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CandidateInit } from './bodies.ts';
import { kBatchMs, OwnCandidates } from './own_candidates.ts';
import { FakeClock } from './testing/fake_clock.ts';

interface Setup {
  clock: FakeClock;
  candidates: OwnCandidates;
  find: (...names: string[]) => void;
  /** The bodies so far: names of candidates, and `end`. */
  told: string[][];
}

function setUp(): Setup {
  const clock = new FakeClock();
  const told: string[][] = [];
  const candidates = new OwnCandidates(clock, (list: CandidateInit[], end) => told.push([...list.map(({ candidate }) => candidate), ...(end ? ['end'] : [])]));
  const find = (...names: string[]): void => {
    for (const candidate of names) candidates.handle({ candidate, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'u' } as RTCIceCandidate);
  };
  return { clock, candidates, find, told };
}

test('the first candidate goes out at once, and those found right behind it together', async () => {
  const { clock, candidates, find, told } = setUp();
  find('host 1');
  assert.deepEqual(told, [['host 1']]);
  find('host 2', 'host 3');
  await clock.pass(kBatchMs - 1);
  assert.deepEqual(told, [['host 1']]);
  await clock.pass(1);
  assert.deepEqual(told, [['host 1'], ['host 2', 'host 3']]);
  candidates.handle(null);
  assert.deepEqual(told.at(-1), ['end']);
});

test('what the STUN server tells later waits for nothing', async () => {
  const { clock, find, told } = setUp();
  find('host');
  await clock.pass(kBatchMs);
  find('srflx');
  assert.deepEqual(told, [['host'], ['srflx']]);
});

test('the empty candidate, which ends one address family, is told to nobody and holds nothing up', async () => {
  const { clock, find, told } = setUp();
  find('');
  find('host');
  assert.deepEqual(told, [['host']]);
  await clock.pass(kBatchMs);
  assert.deepEqual(told, [['host']]);
});

test('what is flushed early is not told again, and a restart tells its own end', async () => {
  const { clock, candidates, find, told } = setUp();
  find('host 1', 'host 2');
  candidates.flush();
  candidates.handle(null);
  candidates.handle(null);
  await clock.pass(2 * kBatchMs);
  assert.deepEqual(told, [['host 1'], ['host 2'], ['end']]);
  candidates.handleRestart();
  find('relay');
  candidates.handle(null);
  await clock.pass(kBatchMs);
  assert.deepEqual(told.slice(3), [['relay'], ['end']]);
});

test('nothing is told once it has been stopped', async () => {
  const { clock, candidates, find, told } = setUp();
  find('host 1', 'host 2');
  candidates.stop();
  await clock.pass(2 * kBatchMs);
  assert.deepEqual(told, [['host 1']]);
});
