import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMadeFile, writeMade, type SavedCall, type SavedCandidate } from '../../../core/made_file.ts';
import { kExample } from './example.ts';
import { bytesShown, countKinds, kRowsMax, phasesOf, routersOf, timeLineOf, wayOf } from './shown.ts';

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

const one = (side: 'own' | 'partner', kind: SavedCandidate['kind'], place: string | null, more: Partial<SavedCandidate> = {}): SavedCandidate => ({
  side,
  kind,
  protocol: 'udp',
  leg: null,
  at: 0,
  family: 'IPv4',
  place,
  ...more,
});

/** A call over the first of each end's candidates. */
const over = (own: SavedCandidate[], partner: SavedCandidate[]): SavedCall =>
  changed((call) => {
    call.candidates = [...own, ...partner];
    call.pairs = [{ ...call.pairs[0]!, own: 0, partner: own.length }];
    call.chosen = 0;
  });

test('a router is seen where the address in use is not the device\'s own', () => {
  const home = [one('own', 'srflx', 'B1'), one('own', 'host', 'A1')];
  const theirs = [one('partner', 'prflx', 'D1'), one('partner', 'host', 'C1')];
  assert.equal(routersOf(kExample), 'both');
  assert.equal(routersOf(over(home, theirs)), 'both');
  assert.equal(routersOf(over(home, [one('partner', 'host', 'C1')])), 'own');
  // Found, and not on the way.
  assert.equal(routersOf(over([...home].reverse(), [...theirs].reverse())), 'none');
});

test('no router is made up', () => {
  const seen = (...own: SavedCandidate[]): boolean => routersOf(over(own, [one('partner', 'host', 'Z1')])) === 'own';
  assert.equal(seen(one('own', 'srflx', 'A2'), one('own', 'host', 'A1')), false, 'another port of its own address');
  assert.equal(seen(one('own', 'srflx', 'B1'), one('own', 'host', 'A1'), one('own', 'host', 'B2')), false, 'of two own addresses it is one');
  assert.equal(seen(one('own', 'srflx', 'B1')), false, 'its own are not told');
  assert.equal(seen(one('own', 'srflx', 'B1'), one('own', 'host', 'A1', { family: 'name' })), false, 'its own are names');
  assert.equal(seen(one('own', 'srflx', 'B1'), one('own', 'host', 'A1', { family: 'IPv6' })), false, 'its own are of another family');
  assert.equal(seen(one('own', 'srflx', 'B1'), one('partner', 'host', 'A1')), false, 'the other is the partner\'s');
  assert.equal(seen(one('own', 'prflx', null, { family: null }), one('own', 'host', 'A1')), false, 'it is not told');
  const none = over([one('own', 'srflx', 'B1'), one('own', 'host', 'A1')], []);
  none.chosen = none.why = null;
  assert.equal(routersOf(none), 'none');
});

test('on the way to a relay it is this end\'s own router that is seen, in the network in which the device is', () => {
  const relay = one('own', 'relay', 'R1', { at: 9 });
  const home = [one('own', 'host', 'A1', { at: 1 }), one('own', 'srflx', 'B1', { at: 2 })];
  const behind = [one('partner', 'srflx', 'D1'), one('partner', 'host', 'C1')];
  assert.equal(routersOf(over([relay, ...home], behind)), 'both');
  assert.equal(routersOf(over([relay, ...home], [one('partner', 'relay', 'S1'), ...behind])), 'own');
  assert.equal(routersOf(over([relay], behind)), 'partner');
  assert.equal(routersOf(over([relay, ...home, one('own', 'host', 'E1', { at: 5 })], behind)), 'partner');
  // Where sound goes over TCP its addresses are found once more, later.
  assert.equal(routersOf(over([relay, ...home, one('own', 'host', 'A2', { at: 5, protocol: 'tcp' })], behind)), 'both');
});

test('a relay of the partner\'s is no router of theirs', () => {
  const call = over([one('own', 'srflx', 'B1'), one('own', 'host', 'A1')], [one('partner', 'prflx', 'S1'), one('partner', 'host', 'C1')]);
  assert.equal(routersOf(call), 'both');
  for (const tell of [() => (call.path.badge = 'relayed'), () => (call.pairs[0]!.relayed = true)]) {
    call.path.badge = 'direct';
    tell();
    assert.equal(routersOf(call), 'own');
  }
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
