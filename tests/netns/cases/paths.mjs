// Direct where hole punching can work, relayed where it cannot, whichever browsers meet; and relayed when a direct path breaks, or carries
// no call.
import assert from 'node:assert/strict';
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { assertTalk, bothOpen, freshRoom, kPairs, usually } from '../../browser/cases/talk.mjs';
import { kIsLong } from '../lib/long.mjs';

// What RFC 5128 §3 and measurements say: a symmetric NAT meets only endpoints that answer to any port of its address.
const kExpected = {
  'full full': 'direct', 'full addr': 'direct', 'full port': 'direct', 'full sym': 'direct',
  'addr addr': 'direct', 'addr port': 'direct', 'addr sym': 'direct',
  'port port': 'direct', 'port sym': 'relayed', 'sym sym': 'relayed',
  'open port': 'direct', 'open sym': 'direct',
};

const kUsual = {
  'chromium chromium': ['full full', 'addr sym', 'port port'], // sym sym: secrecy.mjs
  'firefox firefox': ['addr port', 'port sym'], // the same; with `--long` its path breaks too
  'chromium firefox': ['full sym', 'sym sym'],
  'firefox chromium': ['port port'],
};

/** The pair of routers whose calls also lose their path. */
const kBreaks = 'port port';
const kMendLimit = 25_000; // ms; a browser takes 5 to 9 s to notice

/** More than a check of ICE has, and less than the certificate in a handshake. */
const kNarrow = 400; // bytes
/** A direct pair has 4 s for its handshake (web/core/direct_first.ts); as long again for what comes before, and for the call over the relay. */
const kRoundLimit = 8_000; // ms

/** The call goes on over the relay, of which both badges tell, before either browser has called the connection failed. */
async function assertMends(lab, first, second) {
  const people = [first, second];
  lab.partHomes();
  try {
    await Promise.all(people.map((person) => person.attribute('path', 'relayed', kMendLimit)));
    await assertTalk(first, second, 'relayed');
    for (const person of people) {
      assert.deepEqual(await person.page.evaluate(() => visavis.faults), [], `${person.name}: every description was taken`);
    }
  } finally {
    lab.joinHomes();
  }
}

/** The handshake does not come, both take the relay alone for it by themselves, and so it is told. */
async function assertGoesRound({ lab, server }, first, second) {
  const people = [first, second];
  await bothOpen(server, first, second);
  lab.narrowHomes(kNarrow);
  try {
    await meetAtCard(first, second, await freshRoom(first));
    await bothAccept(first, second);
    await assertTalk(first, second, 'relayed');
  } finally {
    lab.joinHomes();
  }
  const ends = await Promise.all(people.map(({ page }) => page.evaluate(() => ({ ...visavis.timings, why: visavis.restarts.map(({ why }) => why), faults: visavis.faults, policy: visavis.pc.getConfiguration().iceTransportPolicy }))));
  for (const [index, { name }] of people.entries()) {
    const { policy, faults, why, accepted, frame } = ends[index];
    assert.deepEqual({ policy, faults }, { policy: 'relay', faults: [] }, `${name}: no direct pair is tried any more`);
    console.log(`large packets lost between two homes; ${name}: first picture ${((frame - accepted) / 1_000).toFixed(2)} s after both accepted, restarts: ${why}`);
    assert.ok(frame - accepted <= kRoundLimit, `${name}: the first picture comes within ${kRoundLimit} ms`);
  }
  assert.ok(ends.some(({ why }) => why.includes('handshake')), `why: ${JSON.stringify(ends.map(({ why }) => why))}`);
}

export function pathCases(scenario) {
  // No restart of ICE helps two Chromiums, a connection of its own has to be made.
  for (const kinds of usually('chromium', 'chromium')) {
    scenario('a call between homes that lose large packets to each other goes over the relay', kinds, ['port', 'port'], assertGoesRound);
  }
  for (const kinds of kPairs) {
    const routers = kIsLong ? Object.keys(kExpected) : kUsual[kinds.join(' ')];
    for (const pair of routers) {
      const path = kExpected[pair];
      const breaks = pair === kBreaks;
      scenario(`a ${path} call${breaks ? ', whose path then breaks' : ''}`, kinds, pair.split(' '), async ({ lab, server }, first, second) => {
        await bothOpen(server, first, second);
        await meetAtCard(first, second, await freshRoom(first));
        await bothAccept(first, second);
        await assertTalk(first, second, path);
        if (breaks) await assertMends(lab, first, second);
      });
    }
  }
}
