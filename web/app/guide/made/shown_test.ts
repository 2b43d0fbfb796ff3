import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMadeFile, writeMade, type SavedCall } from '../../../core/made_file.ts';
import { kExample } from './example.ts';
import { bytesShown, countKinds, kRowsMax, phasesOf, timeLineOf, wayOf } from './shown.ts';

const changed = (change: (call: SavedCall) => void): SavedCall => {
  const call = structuredClone(kExample);
  change(call);
  return call;
};

test('the example is a call that could have been saved', () => {
  assert.deepEqual(readMadeFile(writeMade(kExample)), { ok: true, saved: kExample });
});

test('the way is what the pair in use and both ends say', () => {
  const kinds = (own: 'host' | 'srflx', partner: 'host' | 'prflx') =>
    changed((call) => {
      call.path.badge = 'direct';
      const pair = call.pairs[call.chosen!]!;
      pair.relayed = false;
      call.candidates[pair.own!]!.kind = own;
      call.candidates[pair.partner!]!.kind = partner;
    });
  assert.equal(wayOf(kinds('host', 'host')), 'local');
  assert.equal(wayOf(kinds('host', 'prflx')), 'direct');
  assert.equal(wayOf(kinds('srflx', 'host')), 'direct');
  assert.equal(wayOf(changed((call) => (call.path.badge = 'relayed'))), 'relayed');
  assert.equal(wayOf(changed((call) => (call.pairs[call.chosen!]!.relayed = true))), 'relayed');
  const none = changed((call) => {
    call.chosen = call.why = null;
    call.path.badge = 'unknown';
  });
  assert.equal(wayOf(none), 'unknown');
});

test('the phases follow each other from the yes to the first picture', () => {
  const times = { ...kExample.times, accept: -900, accepted: 0, local: 20, remote: 60, connected: 250, frame: 400 };
  assert.deepEqual(phasesOf(times).map(({ name, from, to }) => [name, from, to]), [
    ['yes', -900, 0],
    ['describe', 0, 60],
    ['connect', 60, 250],
    ['frame', 250, 400],
  ]);
  assert.deepEqual(phasesOf({ ...times, frame: null }).map(({ name }) => name), ['yes', 'describe', 'connect']);
  assert.deepEqual(phasesOf({ ...times, frame: 240 }).at(-1), { name: 'frame', from: 250, to: 250 });
  assert.deepEqual(phasesOf({ ...times, remote: null }).map(({ name }) => name), ['yes']);
  assert.deepEqual(phasesOf({ ...times, accept: null, accepted: null }), []);
});

test('candidates are counted by their kind, and only those that there are', () => {
  const call = changed(({ candidates }) => {
    candidates.length = 0;
    const one = { side: 'own' as const, kind: 'host' as const, protocol: null, leg: null, at: 0, family: null, place: null };
    candidates.push(one, one, { ...one, kind: 'relay' }, { ...one, side: 'partner' });
  });
  assert.deepEqual(countKinds(call, 'own'), [['host', 2], ['relay', 1]]);
  assert.deepEqual(countKinds(call, 'partner'), [['host', 1]]);
});

test('bytes are told apart by the way they went', () => {
  const call = changed(({ pairs }) => {
    for (const pair of pairs) Object.assign(pair, { sent: 1, received: 2, relayed: false });
    Object.assign(pairs[0]!, { sent: 10, received: 20, relayed: true });
  });
  const direct = call.pairs.length - 1;
  assert.deepEqual(bytesShown(call), { direct: { sent: direct, received: 2 * direct }, relayed: { sent: 10, received: 20 } });
});

test('the time line has the pair in use first, each state for as long as it lasted, and leaves out what came much later', () => {
  const call = changed((each) => {
    each.times.connected = 100;
    each.pairs = [
      { ...each.pairs[0]!, own: null, states: [{ at: 0, state: 'waiting' }, { at: 40, state: 'failed' }], used: [] },
      { ...each.pairs[0]!, states: [{ at: 10, state: 'trying' }, { at: 50, state: 'works' }], used: [{ from: 60, to: 900_000 }, { from: 950_000, to: null }] },
      { ...each.pairs[0]!, states: [], used: [] },
    ];
    each.chosen = 1;
  });
  const line = timeLineOf(call)!;
  assert.deepEqual([line.from, line.to, line.more], [0, 100 * 1.15, 0]);
  const [used, failed] = line.rows;
  assert.deepEqual([line.rows.length, used!.isUsed, used!.state, failed!.state, failed!.own], [2, true, 'works', 'failed', null]);
  assert.deepEqual(used!.bars, [
    { state: 'trying', from: 10, to: 50 },
    { state: 'works', from: 50, to: line.to },
    { state: 'used', from: 60, to: line.to },
  ]);
});

test('the bar of a pair ends when the browser has it no more', () => {
  const call = changed((each) => {
    each.pairs = [{ ...each.pairs[0]!, used: [], states: [{ at: 0, state: 'works' }, { at: 40, state: 'gone' }] }];
    each.chosen = each.why = null;
  });
  const [row] = timeLineOf(call)!.rows;
  assert.deepEqual([row!.state, row!.bars], ['gone', [{ state: 'works', from: 0, to: 40 }]]);
});

test('only pairs whose turn came were tried', () => {
  const states = [['waiting'], ['waiting', 'trying', 'waiting'], ['works']] as const;
  const call = changed((each) => {
    each.pairs = states.map((names) => ({ ...each.pairs[0]!, used: [], states: names.map((state, at) => ({ at, state })) }));
    each.chosen = each.why = null;
  });
  const { tried, rows } = timeLineOf(call)!;
  assert.deepEqual([tried, rows.length], [2, 3]);
});

test('of many pairs the most telling are drawn, and the others counted', () => {
  const call = changed((each) => {
    each.pairs = Array.from({ length: kRowsMax + 3 }, () => ({ ...each.pairs[0]!, used: [], states: [{ at: 0, state: 'waiting' as const }] }));
    each.pairs.at(-1)!.states = [{ at: 0, state: 'works' }];
    each.chosen = each.why = null;
  });
  const line = timeLineOf(call)!;
  assert.deepEqual([line.rows.length, line.more, line.rows[0]!.state], [kRowsMax, 3, 'works']);
  assert.equal(timeLineOf(changed((each) => (each.pairs = []))), null);
});
