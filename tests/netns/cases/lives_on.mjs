// A call lives on through what happens to networks, relays and servers: it is the same call, picture, sound and words go both ways again, and
// once there is a path a restart begins soon. How long the picture stood still is printed, and with several runs its median is judged.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { until } from '../../browser/lib/poll.mjs';
import { RemoteBrowser } from '../../browser/lib/remote.mjs';
import { BrowserPool, scene } from '../../browser/lib/scene.mjs';
import { assertChat, assertTalk, bothOpen, freshRoom, kPairs } from '../../browser/cases/talk.mjs';
import { CallWatch } from '../lib/call_watch.mjs';
import { Faults } from '../lib/faults.mjs';
import { describeFault, describeRuns, gapsAfter, judgeFault, median, tookUntil } from '../lib/gaps.mjs';
import { kIsLong } from '../lib/long.mjs';
import { kNear, withRegions } from '../lib/regions.mjs';
import { relayedCall } from './regions.mjs';

/** With `--long`; `VISAVIS_RUNS=1` makes a table of all faults and pairs in an hour and a quarter. */
const kRuns = kIsLong ? Number(process.env.VISAVIS_RUNS ?? 5) : 1;
assert.ok(Number.isInteger(kRuns) && kRuns >= 1, 'VISAVIS_RUNS is a number of runs, at least 1');
/** For the call, what happens to it, and its coming back; far more than any of it takes. */
const kRunLimit = 150_000; // ms
const kBackLimit = 75_000; // ms
/** Until each person is asked whether to keep trying, which is 30 s after the page has noticed. */
const kAskedLimit = 40_000; // ms
/** From the fault until the page says so, whether there is anything that it can do; */
const kNoticedMax = 3_000; // ms
/** and until the first restart of ICE begins; and from when there is a path again until one does, or is under way. */
const kBegunMax = 3_000; // ms
/** From there to the next frame, the median of all runs and both ends; */
const kAfterMedianMax = 1_500; // ms
/**
 * and between two Chromiums (156) where another path was there all the while: they keep to the pair that has gone silent until nothing has
 * come over it for 3.5 s, whatever ICE has been restarted for.
 */
const kKeptMedianMax = 2_500; // ms

const hidden = { tickFirst: ['hide-address'], tickSecond: ['hide-address'] };

/**
 * What happens, by name. `begin(faults, server)` resolves when all that is to happen has happened; `breaks`: no picture goes on
 * meanwhile as if nothing were; `leavesPath`: another path is there all the while, and not only then; `isMute`: neither can tell the
 * other of a restart before it is over, and none begins before; `asks`: it lasts so long that both are asked whether to keep trying, and
 * want it; `usual`: which way, and who meets whom, where not all is run; `runs`: fewer than of the others; `lasts`: ms, where that is much longer
 * than the others take. The first is the one it happens to.
 */
const kFaults = {
  'its router is off for 3 s': {
    breaks: true,
    begin: (faults) => faults.rebootRouter(1, 3_000),
    ways: ['direct', 'relayed'],
    usual: ['direct chromium firefox'],
  },
  'one goes from Wi-Fi to a mobile network': {
    breaks: true,
    prepare: (faults) => faults.addMobile(),
    begin: (faults) => faults.leaveForMobile(1_000),
    ways: ['direct', 'relayed'],
    usual: ['direct firefox chromium'],
    movesBrowser: true,
  },
  'the server is gone for 20 s, and its relay with it': {
    breaks: true,
    isMute: true,
    begin: (faults, server) => faults.restart(server, 20_000),
    ways: ['relayed'],
    usual: ['relayed chromium firefox'],
  },
  'the server is gone for 20 s': {
    begin: (faults, server) => faults.restart(server, 20_000),
    ways: ['direct'],
    usual: ['direct firefox chromium'],
  },
  'the server and its relay start anew': {
    breaks: true,
    begin: (faults, server) => faults.restart(server, 0),
    ways: ['relayed'],
    usual: ['relayed firefox firefox'],
  },
  'UDP is cut off at one end for good': {
    breaks: true,
    leavesPath: true,
    begin: (faults) => faults.cutUdp(1),
    ways: ['direct', 'relayed'],
    usual: ['direct chromium chromium'],
    async after(first) {
      await first.attribute('path', 'relayed');
      await first.attribute('leg', 'tcp');
    },
  },
  'UDP is cut off at one end for 10 s': {
    breaks: true,
    leavesPath: true,
    async begin(faults) {
      faults.cutUdp(1);
      await faults.after(10_000, () => faults.letUdp(1));
    },
    ways: ['direct', 'relayed'],
    usual: [],
  },
  // Longer than a Firefox (153) keeps what it encrypts with, which it closes some 28 s after the last packet.
  'its router is off for 45 s': {
    breaks: true,
    asks: true,
    begin: (faults) => faults.rebootRouter(1, 45_000),
    ways: ['direct'],
    usual: [],
    runs: 1,
  },
  // The server notices within 40 s that it does not hear one of the two, and keeps the call for minutes.
  'its router is off for 150 s': {
    breaks: true,
    asks: true,
    lasts: 150_000,
    begin: (faults) => faults.rebootRouter(1, 150_000),
    ways: ['direct'],
    usual: [],
    runs: 1,
  },
  'there is no way between the two for 45 s, and the server is there': {
    breaks: true,
    asks: true,
    begin: (faults) => faults.cutCalls(45_000),
    ways: ['direct', 'relayed'],
    usual: [],
    runs: 1,
  },
  // The person has said that they want it, and means it.
  'there is no way between the two for 150 s, and the server is there': {
    breaks: true,
    asks: true,
    lasts: 150_000,
    begin: (faults) => faults.cutCalls(150_000),
    ways: ['direct', 'relayed'],
    usual: [],
    runs: 1,
  },
};

/** @param {() => object} world the lab, its server and the browsers */
export function livesOnCases(world) {
  if (kIsLong) regionCases(world);
  for (const [name, fault] of Object.entries(kFaults)) {
    for (const way of fault.ways) {
      for (const kinds of kPairs) {
        if (!kIsLong && !fault.usual.includes([way, ...kinds].join(' '))) continue;
        const title = `a ${way} call lives on when ${name}: ${kinds.join(', ')}`;
        const count = fault.runs ?? kRuns;
        it(title, { timeout: count * (kRunLimit + (fault.lasts ?? 0)) }, async () => {
          const runs = [];
          for (let run = 1; run <= count; ++run) runs.push(...(await oneRun(world(), { title, fault, way, kinds })));
          judgeRuns(title, runs, fault.leavesPath && !kinds.includes('firefox') ? kKeptMedianMax : kAfterMedianMax);
        });
      }
    }
  }
}

/** A relay of its own near both homes starts anew, and the server far from them goes on. */
function regionCases(world) {
  const fault = { breaks: true, begin: (faults, near) => faults.restart(near, 0) };
  for (const kinds of kPairs) {
    const title = `a relayed call lives on when its region's relay starts anew: ${kinds.join(', ')}`;
    it(title, { timeout: kRuns * kRunLimit }, async () => {
      const { lab, pool } = world();
      await pool.close();
      for (const home of [1, 2]) lab.setMode(home, 'sym');
      await withRegions(lab, async ({ far, near }) => {
        await until('the region is known to work', () => far.log().includes('region-up region=near'));
        const browsers = new BrowserPool((kind, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, { acceptInsecureCerts: true }));
        const runs = [];
        try {
          for (let run = 1; run <= kRuns; ++run) {
            await scene({ name: title, pool: browsers, server: far, kinds, evidence: () => near.logTail() }, async (...people) => {
              assert.deepEqual((await relayedCall(far, ...people)).relays, [kNear.address]);
              const faults = new Faults(lab);
              try {
                runs.push(...(await assertLivesOn({ title, fault, faults, server: near }, ...people)));
              } finally {
                await faults.close();
              }
            });
          }
        } finally {
          await browsers.close();
        }
        judgeRuns(title, runs);
      });
    });
  }
}

/** @returns what it did to the picture at each end */
async function oneRun({ lab, server, pool }, { title, fault, way, kinds }) {
  for (const home of [1, 2]) if (lab.setMode(home, 'port')) await pool.close(home - 1);
  const faults = new Faults(lab);
  try {
    fault.prepare?.(faults);
    let judged;
    await scene({ name: title, pool, server, kinds, evidence: () => lab.mappings() }, async (first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first), way === 'relayed' ? hidden : {});
      await bothAccept(first, second);
      await assertTalk(first, second, way);
      judged = await assertLivesOn({ title, fault, faults, server }, first, second);
    });
    return judged;
  } finally {
    await faults.close();
    // It has seen networks go that are there again.
    if (fault.movesBrowser) await pool.close(0);
  }
}

/** One run may be that of a machine that was slow: what is asked of the time to the next frame is asked of several. */
function judgeRuns(title, runs, limit = kAfterMedianMax) {
  if (runs.length <= 2) return;
  console.log(`${title}; ${runs.length / 2} runs, both ends: ${describeRuns(runs)}`);
  const after = median(runs.map((run) => run.after).filter((ms) => ms !== null));
  if (after !== null) assert.ok(after <= limit, `the next frame comes ${after} ms after the restart began with a path, in the median`);
}

async function assertLivesOn({ title, fault, faults, server }, first, second) {
  const people = [first, second];
  const watch = await CallWatch.begin(first, second);
  const at = Date.now();
  await Promise.all([fault.begin(faults, server), ...(fault.asks ? people.map(keepsTrying) : [])]);
  const path = fault.leavesPath ? at : Date.now();
  if (fault.breaks) {
    await until('the picture has stood still at both ends, and is back', async () => {
      const ends = await watch.read();
      const gaps = ends.map((end) => gapsAfter(end, at, end.readAt));
      const isOver = ends.some(({ states }) => states.includes('ended'));
      if (isOver || gaps.every((end) => end.length > 0 && end.every(({ to }) => to !== null))) return true;
      throw new Error(JSON.stringify(gaps));
    }, { limit: kBackLimit, every: 250 });
    assertOneCall(await watch.read(), people, at);
  }
  await Promise.all(people.map((person) => person.seesAndHears()));
  await assertChat(first, second);
  await Promise.all(people.map((person) => person.server('open', kBackLimit)));
  await fault.after?.(first);
  const watched = await watch.end();
  assertOneCall(watched, people, at);
  for (const [index, person] of people.entries()) {
    const { troubles } = watched[index];
    assert.deepEqual(troubles, [], `${person.name}: the watch has seen it all`);
    assert.deepEqual(await person.page.evaluate(() => visavis.faults), [], `${person.name}: every description was taken`);
  }
  const judged = watched.map((watching) => judgeFault(watching, { fault: at, path, end: watching.readAt }));
  for (const [index, person] of people.entries()) {
    const { begun, gap } = judged[index];
    console.log(`${title}; at ${person.name}: ${describeFault(judged[index])}`);
    if (!fault.breaks) {
      assert.equal(gap, 0, `${person.name}: the picture goes on as if nothing were`);
      continue;
    }
    const noticed = tookUntil(judged[index], 'noticed');
    assert.ok(noticed <= kNoticedMax, `${person.name}: it is noticed ${noticed} ms after the fault`);
    const first = tookUntil(judged[index], 'restart');
    assert.ok(fault.isMute || first <= kBegunMax, `${person.name}: the first restart begins ${first} ms after the fault`);
    assert.ok(begun === null || begun <= kBegunMax, `${person.name}: the restart begins ${begun} ms after there is a path`);
  }
  return judged;
}

/** Is asked, once the path has been gone for a while, and does not give up. */
async function keepsTrying(person) {
  await until(`${person.name} is asked whether to keep trying`, async () => {
    if (await person.has('shaky-keep')) return true;
    throw new Error(JSON.stringify(await person.attributes()));
  }, { limit: kAskedLimit, every: 250 });
  await person.press('shaky-keep');
  await until(`${person.name} is not asked any more`, async () => !(await person.has('shaky-keep')));
}

function assertOneCall(watched, people, fault) {
  for (const [index, end] of watched.entries()) {
    const story = describeFault(judgeFault(end, { fault, end: end.readAt }));
    assert.deepEqual(end.states, ['connected'], `${people[index].name}: it is one call throughout; ${story}`);
  }
}
