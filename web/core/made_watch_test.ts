import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kMadeCandidatesMax, kMadeMomentsMax, type Made } from './made.ts';
import { kMadeLookMs, kTriedPairsMax, MadeWatch } from './made_watch.ts';
import { FakeClock, settle } from './testing/fake_clock.ts';

type Entry = Record<string, unknown>;

const local = (address: string, candidateType = 'host'): Entry => ({ type: 'local-candidate', candidateType, address, port: 4000, protocol: 'udp' });
const remote = (address: string, candidateType = 'host'): Entry => ({ ...local(address, candidateType), type: 'remote-candidate' });
const pairOf = (state: string, more: Entry = {}): Entry => ({ type: 'candidate-pair', state, localCandidateId: 'L', remoteCandidateId: 'R', ...more });
const transport = (selected: string | null): Entry => ({ type: 'transport', dtlsState: 'connected', ...(selected ? { selectedCandidatePairId: selected } : {}) });

/** A connection of which a test says what it counts and what happens. */
class Connection {
  connectionState = 'new';
  localDescription = { sdp: 'a=fingerprint:sha-256 aa:bb\r\n' };
  remoteDescription = { sdp: 'a=fingerprint:sha-256 cc:dd\r\n' };
  report: Record<string, Entry> = {};
  looks = 0;
  private readonly listeners = new Map<string, () => void>();

  addEventListener(name: string, listener: () => void): void {
    this.listeners.set(name, listener);
  }

  async getStats(): Promise<Map<string, Entry>> {
    this.looks += 1;
    return new Map(Object.entries(this.report));
  }

  say(name: string): void {
    this.listeners.get(name)!();
  }
}

function setUp() {
  const clock = new FakeClock();
  const told: Made[] = [];
  const watch = new MadeWatch(clock, (made) => told.push(made));
  const connect = (): Connection => {
    const connection = new Connection();
    watch.attach(connection as unknown as RTCPeerConnection);
    return connection;
  };
  const take = (report: Record<string, Entry>): Made => {
    watch.take(Object.entries(report));
    return told.at(-1)!;
  };
  return { clock, told, watch, connect, take };
}

test('it looks when something happens, no more often than it may, and once more for what came in between', async () => {
  const { clock, told, connect } = setUp();
  const pc = connect();
  pc.report = { L: local('192.0.2.1') };
  for (let times = 0; times < 3; times += 1) pc.say('icecandidate');
  await clock.pass(0);
  await settle();
  assert.equal(pc.looks, 1);
  pc.say('iceconnectionstatechange');
  await clock.pass(kMadeLookMs - 1);
  assert.equal(pc.looks, 1);
  await clock.pass(1);
  await settle();
  assert.equal(pc.looks, 2);
  await clock.pass(10 * kMadeLookMs);
  assert.equal(pc.looks, 2);
  assert.deepEqual(told.at(-1)!.candidates.map(({ address, at }) => [address, at]), [['192.0.2.1', told[0]!.until]]);
});

test('it looks when the partner\'s candidates have come', async () => {
  const { clock, watch, connect } = setUp();
  watch.handleCandidates();
  const pc = connect();
  watch.handleCandidates();
  await clock.pass(0);
  await settle();
  assert.equal(pc.looks, 1);
});

test('a look that was planned at one connection does not keep the next from its own', async () => {
  const { clock, connect } = setUp();
  const first = connect();
  first.say('icecandidate');
  await clock.pass(0);
  await settle();
  first.say('icecandidate');
  const second = connect();
  second.say('icecandidate');
  await clock.pass(kMadeLookMs);
  await settle();
  assert.deepEqual([first.looks, second.looks], [1, 1]);
});

test('once connected it waits for what others count', async () => {
  const { clock, connect } = setUp();
  const pc = connect();
  pc.connectionState = 'connected';
  pc.say('connectionstatechange');
  await clock.pass(kMadeLookMs);
  assert.equal(pc.looks, 0);
});

test('what each pair came to is kept with its time, and when it was in use', async () => {
  const { clock, connect, take } = setUp();
  connect();
  const began = clock.now();
  const ends = { L: local('192.0.2.1'), R: remote('192.0.2.2'), S: remote('198.51.100.2', 'srflx') };
  const second = (state: string): Entry => pairOf(state, { remoteCandidateId: 'S', bytesSent: 10 });
  take({ ...ends, T: transport(null), P: pairOf('waiting'), Q: second('in-progress') });
  await clock.pass(100);
  take({ ...ends, T: transport('Q'), P: pairOf('in-progress'), Q: second('succeeded') });
  await clock.pass(100);
  const before = take({ ...ends, T: transport('Q'), P: pairOf('in-progress'), Q: second('succeeded') });
  await clock.pass(100);
  const made = take({ ...ends, T: transport('P'), P: pairOf('succeeded', { priority: 9, bytesSent: 500 }), Q: second('succeeded') });
  const [one, other] = made.pairs;
  const moments = (pair: typeof one) => pair!.states.map(({ at, state }) => [at - began, state]);
  assert.deepEqual(moments(one), [[0, 'waiting'], [100, 'trying'], [300, 'works']]);
  assert.deepEqual(moments(other), [[0, 'trying'], [100, 'works']]);
  assert.deepEqual(other!.used.map(({ from, to }) => [from - began, to! - began]), [[100, 300]]);
  assert.deepEqual(one!.used, [{ from: began + 300, to: null }]);
  assert.deepEqual([made.chosen, made.why, one!.sent], [one, 'priority', 500]);
  assert.equal(one!.partner!.address, '192.0.2.2');
  // What was told before has not changed with it.
  assert.deepEqual(before.pairs[1]!.used, [{ from: began + 100, to: null }]);
  assert.equal(before.why, 'only');
});

test('a pair is relayed when it looks so, or once the partner says so', () => {
  const { connect, take, watch } = setUp();
  connect();
  const first = { L: local('192.0.2.1'), R: remote('192.0.2.2', 'prflx'), T: transport('P'), P: pairOf('succeeded') };
  assert.equal(take(first).chosen!.relayed, false);
  watch.handlePartnersWord(true);
  assert.equal(take(first).chosen!.relayed, true, 'until it is known better');
  const report = { ...first, P: pairOf('succeeded', { bytesReceived: 100 }) };
  assert.equal(take(report).chosen!.relayed, true);
  watch.handlePartnersWord(false);
  const other = { ...report, M: local('192.0.2.3', 'relay'), T: transport('Q'), Q: pairOf('succeeded', { localCandidateId: 'M' }) };
  assert.deepEqual(take(other).pairs.map(({ relayed }) => relayed), [true, true]);
  const third = { ...report, T: transport('N'), N: pairOf('succeeded') };
  assert.equal(take(third).chosen!.relayed, false, 'the word was of another pair');
});

test('the partner\'s word stays with the pair it was of, whichever end is the first to leave that', () => {
  const ends = { L: local('192.0.2.1'), R: remote('192.0.2.2', 'prflx') };
  const relayed = { ...ends, T: transport('P'), P: pairOf('succeeded'), Q: pairOf('succeeded') };
  const direct = { ...relayed, T: transport('Q') };
  for (const isFirst of [true, false]) {
    const { connect, take, watch } = setUp();
    connect();
    take(relayed);
    watch.handlePartnersWord(true);
    take(relayed);
    take({ ...relayed, P: pairOf('succeeded', { bytesReceived: 100 }) });
    if (isFirst) assert.equal(take(direct).chosen!.relayed, true, 'until they say otherwise');
    watch.handlePartnersWord(false);
    assert.deepEqual(take(direct).pairs.map((pair) => pair.relayed), [true, false]);
  }
});

test('a partner who has left for a relay says nothing of the pair that this end still has', () => {
  const ends = { L: local('192.0.2.1'), R: remote('192.0.2.2', 'prflx'), P: pairOf('succeeded', { bytesReceived: 900 }) };
  const { connect, take, watch } = setUp();
  connect();
  take({ ...ends, T: transport('P') });
  watch.handlePartnersWord(true);
  for (let looks = 0; looks < 3; looks += 1) take({ ...ends, T: transport('P') });
  const moved = { ...ends, T: transport('Q'), Q: pairOf('succeeded') };
  assert.deepEqual(take(moved).pairs.map((pair) => pair.relayed), [false, true], 'nothing came over the first one any more');
  const come = { ...moved, Q: pairOf('succeeded', { bytesReceived: 100 }) };
  take(come);
  watch.handlePartnersWord(false);
  assert.deepEqual(take(come).pairs.map((pair) => pair.relayed), [false, true], 'it was this one that they spoke of');
});

test('who leaves the relay before anything more came over it has a direct pair once the partner says so', () => {
  const ends = { L: local('192.0.2.1'), R: remote('192.0.2.2', 'prflx'), P: pairOf('succeeded', { bytesReceived: 900 }) };
  const { connect, take, watch } = setUp();
  connect();
  take({ ...ends, T: transport('P') });
  watch.handlePartnersWord(true);
  take({ ...ends, T: transport('P') });
  const direct = { ...ends, T: transport('Q'), Q: pairOf('succeeded') };
  assert.equal(take(direct).chosen!.relayed, true, 'until they say otherwise');
  watch.handlePartnersWord(false);
  for (const bytesReceived of [100, 200]) assert.equal(take({ ...direct, Q: pairOf('succeeded', { bytesReceived }) }).chosen!.relayed, false);
});

test('what was taken on a word given before stays relayed once something has come over it', () => {
  const ends = { L: local('192.0.2.1'), R: remote('192.0.2.2', 'prflx') };
  const { connect, take, watch } = setUp();
  connect();
  watch.handlePartnersWord(true);
  for (const bytesReceived of [0, 100]) take({ ...ends, T: transport('P'), P: pairOf('succeeded', { bytesReceived }) });
  watch.handlePartnersWord(false);
  const direct = { ...ends, T: transport('Q'), P: pairOf('succeeded', { bytesReceived: 100 }), Q: pairOf('succeeded') };
  assert.deepEqual(take(direct).pairs.map((pair) => pair.relayed), [true, false]);
});

test('the partner\'s word changes no pair whose far end was told as an address of their own', () => {
  const told = (bytesReceived: number) => ({ L: local('192.0.2.1'), R: remote('192.0.2.2', 'srflx'), T: transport('P'), P: pairOf('succeeded', { bytesReceived }) });
  const { connect, take, watch } = setUp();
  connect();
  take(told(100));
  watch.handlePartnersWord(true);
  for (const received of [200, 300, 400]) assert.equal(take(told(received)).chosen!.relayed, false);
  const moved = { ...told(400), S: remote('192.0.2.3', 'prflx'), T: transport('Q'), Q: pairOf('succeeded', { remoteCandidateId: 'S' }) };
  take(moved);
  take({ ...moved, Q: pairOf('succeeded', { remoteCandidateId: 'S', bytesReceived: 100 }) });
  watch.handlePartnersWord(false);
  assert.deepEqual(take(moved).pairs.map((pair) => pair.relayed), [false, true], 'what they spoke of came then');
});

test('a connection in the place of another adds to what was seen, under the same names of the browser', () => {
  const { connect, take } = setUp();
  connect();
  take({ L: local('192.0.2.1'), T: transport('P'), P: pairOf('succeeded', { bytesSent: 100 }) });
  connect();
  const made = take({ L: local('192.0.2.9'), T: transport('P'), P: pairOf('succeeded', { bytesSent: 7 }) });
  assert.deepEqual(made.pairs.map(({ sent }) => sent), [100, 7]);
  assert.deepEqual([made.chosen, made.why], [made.pairs[1], 'only']);
  assert.deepEqual(made.candidates.map(({ address }) => address), ['192.0.2.1', '192.0.2.9']);
});

test('what a connection offered is no word on the one in its place', () => {
  const { connect, take } = setUp();
  const relayed = { M: local('192.0.2.3', 'relay'), T: transport('P'), P: pairOf('succeeded', { localCandidateId: 'M' }) };
  connect();
  assert.equal(take({ ...relayed, L: local('192.0.2.1') }).why, 'only', 'it offered its own address too');
  connect();
  assert.equal(take(relayed).why, 'relay_alone');
});

test('a pair that a report has no more has ended, and is no rival of the one taken then', async () => {
  const { clock, connect, take } = setUp();
  connect();
  const began = clock.now();
  take({ T: transport('P'), P: pairOf('succeeded', { bytesSent: 5 }), Q: pairOf('waiting') });
  await clock.pass(100);
  const moved = { T: transport('Q'), Q: pairOf('succeeded') };
  const made = take(moved);
  assert.deepEqual(made.pairs[0]!.states, [{ at: began, state: 'works' }, { at: began + 100, state: 'gone' }]);
  assert.deepEqual([made.why, made.pairs[0]!.sent], ['only', 5]);
  assert.equal(take({}).pairs[1]!.states.at(-1)!.state, 'works', 'nothing is said of any');
});

test('where the browser does not tell certificates the descriptions do', () => {
  const { connect, take } = setUp();
  connect();
  const { own, partner } = take({ T: transport(null) }).lock;
  assert.deepEqual([own, partner], ['sha-256 AA:BB', 'sha-256 CC:DD']);
});

test('pairs are kept up to a limit, and beyond it the one in use', () => {
  const { connect, take } = setUp();
  connect();
  const many = Object.fromEntries(Array.from({ length: kTriedPairsMax }, (_, at) => [`P${at}`, pairOf('waiting')]));
  assert.equal(take(many).pairs.length, kTriedPairsMax);
  assert.equal(take({ ...many, more: pairOf('waiting') }).pairs.length, kTriedPairsMax);
  const made = take({ ...many, T: transport('last'), last: pairOf('succeeded') });
  assert.deepEqual([made.pairs.length, made.chosen], [kTriedPairsMax + 1, made.pairs.at(-1)]);
});

test('candidates are kept up to a limit, and beyond it their pairs still say what they are', () => {
  const { connect, take } = setUp();
  connect();
  const many = Object.fromEntries(Array.from({ length: kMadeCandidatesMax }, (_, at) => [`L${at}`, local(`192.0.2.${at}`)]));
  assert.equal(take(many).candidates.length, kMadeCandidatesMax);
  const { candidates, chosen } = take({ ...many, X: local('198.51.100.7', 'relay'), T: transport('P'), P: pairOf('succeeded', { localCandidateId: 'X' }) });
  assert.deepEqual([candidates.length, chosen!.own!.kind, chosen!.relayed], [kMadeCandidatesMax, 'relay', true]);
});

test('at the limits what the browser has no more makes room, but for pairs that were in use and their ends', () => {
  const { connect, take } = setUp();
  connect();
  const pairs = Object.fromEntries(Array.from({ length: kTriedPairsMax }, (_, at) => [`P${at}`, pairOf(at === 0 ? 'succeeded' : 'waiting', { localCandidateId: `L${at === 0 ? 0 : 1}` })]));
  const ends = Object.fromEntries(Array.from({ length: kMadeCandidatesMax }, (_, at) => [`L${at}`, local(`192.0.2.${at}`)]));
  const [used, next] = take({ ...ends, ...pairs, T: transport('P0') }).pairs;
  connect();
  const made = take({ L0: local('198.51.100.7'), N: pairOf('in-progress', { localCandidateId: 'L0' }) });
  assert.deepEqual([made.pairs.length, made.candidates.length], [kTriedPairsMax, kMadeCandidatesMax]);
  assert.deepEqual([made.pairs[0]!.own, made.pairs.at(-1)!.own!.address], [used!.own, '198.51.100.7']);
  const addresses = made.candidates.map(({ address }) => address);
  assert.deepEqual(addresses.slice(0, 3), ['192.0.2.0', '192.0.2.1', '192.0.2.3'], 'the first two have pairs');
  assert.equal(next!.own!.address, '192.0.2.1');
});

test('of a pair that is taken and left again and again the newest times are kept', async () => {
  const { clock, connect, take } = setUp();
  connect();
  const report = { P: pairOf('succeeded'), Q: pairOf('succeeded') };
  let made: Made | null = null;
  for (let times = 0; times < kMadeMomentsMax + 1; times += 1) {
    for (const selected of ['P', 'Q']) {
      await clock.pass(10);
      made = take({ ...report, T: transport(selected) });
    }
  }
  const [one, other] = made!.pairs;
  assert.deepEqual([one!.used.length, other!.used.length], [kMadeMomentsMax, kMadeMomentsMax]);
  assert.deepEqual(one!.used[0], { from: 30, to: 40 });
  assert.equal(other!.used.at(-1)!.to, null);
});

test('of a pair that goes up and down the first states are kept, and the newest', async () => {
  const { connect, take } = setUp();
  connect();
  let made: Made | null = null;
  for (let times = 0; times <= kMadeMomentsMax; times += 1) made = take({ P: pairOf(times % 2 === 0 ? 'in-progress' : 'succeeded') });
  assert.equal(made!.pairs[0]!.states.length, kMadeMomentsMax);
  assert.equal(made!.pairs[0]!.states.at(-1)!.state, 'trying');
});

test('stopped, it neither looks nor tells', async () => {
  const { clock, told, watch, connect } = setUp();
  const pc = connect();
  pc.say('icecandidate');
  watch.stop();
  await clock.pass(kMadeLookMs);
  watch.take([]);
  assert.deepEqual([pc.looks, told.length], [0, 0]);
});

const reflexive = (): Entry => ({ ...remote('', 'prflx'), address: null });

test('a pair that is named anew when its peer-reflexive end has been signalled goes on', () => {
  const { connect, take } = setUp();
  connect();
  const ends = { L: local('192.0.2.1'), T: transport('P') };
  take({ ...ends, R: reflexive(), P: pairOf('succeeded', { bytesSent: 10, bytesReceived: 5 }) });
  const { pairs, chosen, candidates } = take({ ...ends, S: remote('198.51.100.2', 'srflx'), T: transport('Q'), Q: pairOf('succeeded', { remoteCandidateId: 'S', bytesSent: 30, bytesReceived: 20 }) });
  assert.deepEqual(pairs.map(({ sent, received, used, states, partner }) => [sent, received, used.length, states.length, partner!.kind]), [[30, 20, 1, 1, 'srflx']]);
  assert.equal(chosen, pairs[0]);
  assert.equal(chosen!.used[0]!.to, null);
  assert.deepEqual(candidates.map(({ kind }) => kind), ['host', 'srflx']);
});

for (const [what, first, second] of [
  ['counts less than it did', { bytesSent: 10 }, { bytesSent: 9 }],
  ['has another at this end', {}, { localCandidateId: 'M' }],
] as const) {
  test(`a pair that ${what} is another one`, () => {
    const { connect, take } = setUp();
    connect();
    const ends = { L: local('192.0.2.1'), M: local('192.0.2.9'), T: transport(null) };
    take({ ...ends, R: reflexive(), P: pairOf('succeeded', first) });
    const { pairs } = take({ ...ends, S: remote('198.51.100.2', 'srflx'), Q: pairOf('succeeded', { remoteCandidateId: 'S', ...second }) });
    assert.deepEqual(pairs.map(({ states }) => states.at(-1)!.state), ['gone', 'works']);
  });
}

test('of two pairs that a new one might have been, neither goes on as it', () => {
  const { connect, take } = setUp();
  connect();
  const ends = { L: local('192.0.2.1'), T: transport(null) };
  take({ ...ends, R: reflexive(), V: reflexive(), P: pairOf('succeeded'), O: pairOf('in-progress', { remoteCandidateId: 'V' }) });
  const { pairs } = take({ ...ends, S: remote('198.51.100.2', 'srflx'), Q: pairOf('succeeded', { remoteCandidateId: 'S' }) });
  assert.deepEqual(pairs.map(({ states }) => states.at(-1)!.state), ['gone', 'gone', 'works']);
});

test('a peer-reflexive end of which the port is known is no candidate of another', () => {
  const { connect, take } = setUp();
  connect();
  const ends = { L: local('192.0.2.1'), T: transport(null) };
  take({ ...ends, R: { ...reflexive(), port: 4001 }, P: pairOf('succeeded') });
  const { pairs } = take({ ...ends, S: remote('198.51.100.2', 'srflx'), Q: pairOf('succeeded', { remoteCandidateId: 'S' }) });
  assert.deepEqual(pairs.map(({ states }) => states.at(-1)!.state), ['gone', 'works']);
});
