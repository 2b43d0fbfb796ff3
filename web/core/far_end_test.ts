import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FarEnd, isOfOne, readEnds, type Ends } from './far_end.ts';
import { kPathPollMs } from './line_watch.ts';
import { two } from './testing/people.ts';

type Entry = Record<string, unknown>;

const kAnn = '2a02:8109:9ac1:1011::2';
const kBob = '2804:14d4:8a71:2022::2';
/** Somebody else's machine, which passes on what it gets. */
const kMiddle = '45.140.30.10';

function report({ local = {}, remote = {}, more = [] }: { local?: Entry; remote?: Entry; more?: Entry[] }): Map<string, unknown> {
  return new Map<string, unknown>([
    ['T', { type: 'transport', selectedCandidatePairId: 'P' }],
    ['P', { type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'R' }],
    ['L', { type: 'local-candidate', candidateType: 'host', ...local }],
    ['R', { type: 'remote-candidate', candidateType: 'host', ...remote }],
    ...more.map((entry, at): [string, Entry] => [`M${at}`, { type: 'local-candidate', ...entry }]),
  ]);
}

test('an address that belongs to one device in the world, and those that many have', () => {
  for (const address of ['45.140.30.10', '9.9.9.9', '100.63.0.1', '100.128.0.1', '172.15.0.1', '172.32.0.1', '192.1.0.1', '198.20.0.1', '223.255.1.1', kAnn, kBob, '2001:67c:10::1', '3fff::1']) {
    assert.ok(isOfOne(address), address);
  }
  for (const address of ['0.0.0.0', '10.1.2.3', '127.0.0.1', '100.64.0.1', '100.127.9.9', '169.254.1.1', '172.16.0.1', '172.31.9.9', '192.0.0.8', '192.0.2.1', '192.88.99.1', '192.168.1.2', '198.18.0.1', '198.19.0.1', '198.51.100.1', '203.0.113.9', '224.0.0.1', '240.0.0.1', '255.255.255.255']) {
    assert.ok(!isOfOne(address), address);
  }
  for (const address of ['::1', 'fe80::1', 'fd12:3456::1', 'ff02::1', '64:ff9b::1', '2001::1', '2001:0:1::1', '2001:2::1', '2001:10::1', '2001:20::1', '2001:1ff::1', '2001:db8::1', '2002:2d8c:1e0a::1', 'd3f1c7aa-1b2c.local', 'call.example', '']) {
    assert.ok(!isOfOne(address), address);
  }
});

test('read from the pair in use, and from what the device found on itself alone', () => {
  const told = { candidateType: 'srflx', address: kMiddle };
  assert.deepEqual(readEnds(report({ local: { address: kAnn }, remote: { address: kBob.toUpperCase() }, more: [told, { candidateType: 'prflx', address: kMiddle }, { candidateType: 'relay', address: kMiddle }] })), { to: kBob, at: [kAnn] });
  assert.deepEqual(readEnds(report({ local: { ip: kAnn }, remote: { ip: kBob, candidateType: 'prflx' } })), { to: kBob, at: [kAnn] }, 'older Firefox');
  assert.deepEqual(readEnds(report({ local: told, remote: { address: kBob }, more: [{ candidateType: 'host', address: '192.168.1.2' }, { candidateType: 'host', address: '' }] })), { to: kBob, at: ['192.168.1.2'] });
  for (const remote of [{}, { address: '' }, { address: '192.168.1.3' }, { address: 'd3f1c7aa.local' }, { address: kBob, candidateType: 'relay' }]) assert.equal(readEnds(report({ remote })).to, null, JSON.stringify(remote));
  assert.equal(readEnds(report({ local: { candidateType: 'relay' }, remote: { address: kBob } })).to, null);
  assert.deepEqual(readEnds(new Map([['x', null]])), { to: null, at: [] });
});

/** Two ends that hear each other, where `heard` lets a test stand between. */
function ends(heard: (message: Ends) => Ends = (message) => message) {
  const said: Ends[] = [];
  const changes: string[] = [];
  let isOpen = true;
  const make = (name: string, other: () => FarEnd): FarEnd =>
    new FarEnd({
      say: (message) => {
        if (!isOpen) return false;
        said.push(message);
        other().handle(heard(message));
        return true;
      },
      changed: (reached) => changes.push(`${name} ${reached}`),
    });
  const ann: FarEnd = make('ann', () => bob);
  const bob: FarEnd = make('bob', () => ann);
  return { ann, bob, said, changes, open: (is: boolean) => (isOpen = is) };
}

const between = (own: string, partner: string, more: Entry[] = []): Map<string, unknown> => report({ local: { address: own }, remote: { address: partner }, more });

test('each sends to what the other has itself: both know it, and say it no more', () => {
  const { ann, bob, said, changes } = ends();
  for (let look = 0; look < 3; ++look) {
    ann.take(between(kAnn, kBob));
    bob.take(between(kBob, kAnn));
  }
  assert.deepEqual([ann.reached, bob.reached], [true, true]);
  assert.deepEqual(changes.sort(), ['ann true', 'bob true']);
  assert.ok(said.length <= 4, JSON.stringify(said));
});

test('what cannot be said yet is said with a later look', () => {
  const { ann, bob, open } = ends();
  open(false);
  ann.take(between(kAnn, kBob));
  bob.take(between(kBob, kAnn));
  assert.deepEqual([ann.reached, bob.reached], [false, false]);
  open(true);
  ann.take(between(kAnn, kBob));
  bob.take(between(kBob, kAnn));
  assert.deepEqual([ann.reached, bob.reached], [true, true]);
});

test('behind a forwarder nothing is proven, whatever it has the two believe of themselves', () => {
  const mapped = { candidateType: 'srflx', address: kMiddle };
  const seen = { candidateType: 'prflx', address: kMiddle };
  const { ann, bob, said, changes } = ends();
  ann.take(between(kAnn, kMiddle, [mapped, seen]));
  bob.take(between(kBob, kMiddle, [mapped, seen]));
  assert.deepEqual(said.map(({ to }) => to), [kMiddle, kMiddle]);
  assert.deepEqual([ann.reached, bob.reached, changes], [false, false, []]);
});

test('one half is not enough: an end that is reached through a router is not proven, nor is the other', () => {
  const { ann, bob } = ends();
  ann.take(between(kAnn, kBob));
  bob.take(report({ local: { address: kBob }, remote: { address: '5.61.10.2', candidateType: 'srflx' } }));
  assert.deepEqual([ann.reached, bob.reached], [false, false]);
});

test('addresses that many homes have prove nothing', () => {
  const { ann, bob, said } = ends();
  ann.take(between('192.168.1.2', '192.168.1.3'));
  bob.take(between('192.168.1.3', '192.168.1.2'));
  assert.deepEqual([ann.reached, bob.reached, said], [false, false, []]);
  bob.handle({ kind: 'ends', to: '192.168.1.3', met: null });
  assert.deepEqual(said, [], 'and are not confirmed to whoever names them');
});

test('a partner that confirms another address than is sent to has confirmed nothing', () => {
  const { ann, bob } = ends((message) => ({ ...message, met: message.met && kMiddle }));
  ann.take(between(kAnn, kBob));
  bob.take(between(kBob, kAnn));
  assert.deepEqual([ann.reached, bob.reached], [false, false]);
});

test('with another path it is to be proven anew', () => {
  const { ann, bob, changes } = ends();
  ann.take(between(kAnn, kBob));
  bob.take(between(kBob, kAnn));
  ann.take(report({ local: { address: kAnn }, remote: { address: kMiddle, candidateType: 'relay' } }));
  assert.deepEqual([ann.reached, bob.reached], [false, false]);
  ann.take(between(kAnn, kBob));
  assert.deepEqual([ann.reached, bob.reached], [true, true]);
  ann.leave();
  assert.equal(ann.reached, false);
  assert.equal(changes.at(-1), 'ann false');
});

test('in a call both pages come to know it, and neither does where another address stands in between', async () => {
  for (const [toBob, toAnn, expected] of [[kBob, kAnn, true], [kMiddle, kAnn, false], [kMiddle, kMiddle, false]] as const) {
    const [world, ann, bob] = await two();
    await world.connect(ann, bob);
    ann.connection().addresses = { own: kAnn, partner: toBob };
    bob.connection().addresses = { own: kBob, partner: toAnn };
    await world.clock.pass(2 * kPathPollMs);
    for (const { client } of [ann, bob]) assert.deepEqual([client.view.path.badge, client.view.path.reached], ['direct', expected]);
    bob.client.act('leave');
    await world.untilPhase('ended', ann);
    ann.client.act('home');
    assert.equal(ann.client.view.path.reached, false);
  }
});
