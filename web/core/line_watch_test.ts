import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineWatch } from './line_watch.ts';
import { kCountLimitMs } from './statistics.ts';
import { FakeClock } from './testing/fake_clock.ts';

/** It goes on between two looks at it, as a browser's does. */
class CreepingClock extends FakeClock {
  private crept = 0;

  override now(): number {
    this.crept += 0.01;
    return super.now() + this.crept;
  }
}

/** A connection of which a test says what arrives. */
function setUp({ media = true, clock = new FakeClock(), statistics = 'all' as 'all' | 'never' | 'unpaired' } = {}) {
  const world = { flows: true, answers: true, counts: 0, statistics, asked: 0, told: 0, received: 0, at: 0 };
  const told: string[] = [];
  const flow = (): number => {
    if (world.flows && media) world.received += clock.now() - world.at;
    world.at = clock.now();
    return world.received;
  };
  const ice: { onselectedcandidatepairchange?: () => void } = {};
  const pc = {
    sctp: { transport: { iceTransport: ice } },
    getTransceivers: () => [{ receiver: { getSynchronizationSources: () => (media ? [{ timestamp: flow() }] : []) } }],
    getStats: async () => {
      world.counts += 1;
      if (world.statistics === 'never') return new Promise(() => {});
      if (world.statistics === 'unpaired') return new Map<string, unknown>([['T', { type: 'transport' }]]);
      const pair = { type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'R', bytesReceived: flow() };
      return new Map<string, unknown>([
        ['T', { type: 'transport', selectedCandidatePairId: 'P' }],
        ['P', pair],
        ['L', { type: 'local-candidate', candidateType: 'host' }],
      ]);
    },
  };
  const line: LineWatch = new LineWatch(clock, {
    path: (own) => told.push(own.relay ? 'relayed' : 'direct'),
    reached: (is) => told.push(`${is ? '' : 'not '}reached`),
    say: () => true,
    counted: () => (world.told += 1),
    silent: (is) => told.push(`${is ? 'silent' : 'heard'} at ${Math.floor(clock.now())}`),
    switched: () => told.push('switched'),
    ask: () => {
      world.asked += 1;
      if (world.answers) clock.after(40, () => line.handleHeard(40));
      return true;
    },
  });
  line.watch(pc as unknown as RTCPeerConnection);
  return { clock, world, told, line, ice };
}

test('while sound comes it costs next to nothing: no question, and a count for the path now and then', async () => {
  const { clock, world, told } = setUp();
  await clock.pass(60_000);
  assert.deepEqual([told, world.asked], [['direct'], 0]);
  assert.ok(world.counts <= 31, `${world.counts} counts in a minute`);
  assert.equal(world.told, world.counts, 'and what is counted is told to whoever else wants it');
});

test('a partner who sends nothing is asked about once a second, and counted no more often', async () => {
  const { clock, world, told } = setUp({ media: false });
  await clock.pass(60_000);
  assert.deepEqual(told, ['direct']);
  assert.ok(world.asked >= 40 && world.asked <= 60, `${world.asked} questions in a minute`);
  assert.ok(world.counts <= 61, `${world.counts} counts in a minute`);
});

test('silence is told once, within three seconds, and its end as well', async () => {
  for (const [media, Clock] of [[true, FakeClock], [false, FakeClock], [true, CreepingClock], [false, CreepingClock]] as const) {
    for (const phase of [0, 130, 260, 390, 520, 650, 780, 910, 1_040, 1_170]) {
      const { clock, world, told } = setUp({ media, clock: new Clock() });
      await clock.pass(10_000 + phase);
      world.flows = world.answers = false;
      const from = clock.now();
      await clock.pass(5_000);
      assert.equal(told.length, 2, `${told}`);
      const at = Number(/^silent at (\d+)$/.exec(told[1]!)![1]);
      assert.ok(at - from <= 3_000, `${media ? 'sound' : 'nothing'} stopped at ${from}, told at ${at}`);
      world.flows = world.answers = true;
      await clock.pass(2_000);
      assert.match(told[2]!, /^heard/);
    }
  }
});

test('a browser that never says what it counts keeps nobody waiting, and is not taken for silence', async () => {
  const { clock, world, told, line } = setUp();
  world.statistics = 'never';
  world.flows = world.answers = false;
  await clock.pass(20_000);
  assert.deepEqual(told.filter((word) => word !== 'direct'), []);
  const before = world.counts;
  await clock.pass(10 * kCountLimitMs);
  assert.ok(world.counts > before, 'it is asked again');
  line.stop();
  const last = world.counts;
  await clock.pass(10_000);
  assert.equal(world.counts, last, 'a call that is over is not looked at');
});

test('a browser that has lost its pair hears nothing, and one that never named any is not taken for that', async () => {
  for (const named of [true, false]) {
    const { clock, world, told } = setUp({ statistics: named ? 'all' : 'unpaired' });
    await clock.pass(10_000);
    world.statistics = 'unpaired';
    world.flows = world.answers = false;
    const from = clock.now();
    await clock.pass(5_000);
    if (!named) assert.deepEqual(told, []);
    else assert.ok(Number(/^silent at (\d+)$/.exec(told.at(-1)!)![1]) - from <= 3_500, `${told}`);
  }
});

test('a connection that was left for another is neither looked at nor spoken of', async () => {
  const { clock, world, told, line } = setUp();
  await clock.pass(10_000);
  line.leave();
  assert.equal(line.own, null);
  world.flows = world.answers = false;
  const before = world.counts;
  line.handleWake();
  await clock.pass(10_000);
  assert.deepEqual([told, world.counts], [['direct'], before]);
});

test('that packets go another way is told, and not of a connection that was left', async () => {
  const { clock, told, line, ice } = setUp();
  await clock.pass(10_000);
  ice.onselectedcandidatepairchange!();
  assert.deepEqual(told, ['direct', 'switched']);
  line.leave();
  ice.onselectedcandidatepairchange!();
  assert.deepEqual(told, ['direct', 'switched']);
});
