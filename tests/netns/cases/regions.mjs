// A relay near both homes and a server far from them: who waits times both, and the call goes the short way.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { RemoteBrowser } from '../../browser/lib/remote.mjs';
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { until } from '../../browser/lib/poll.mjs';
import { BrowserPool, scene } from '../../browser/lib/scene.mjs';
import { assertTalk, bothOpen, freshRoom, kPairs } from '../../browser/cases/talk.mjs';
import { kDelayMs, kFar, kNear, withRegions } from '../lib/regions.mjs';

const kLimit = { timeout: 180_000 };

/** The addresses of the relays that the two ends use. */
export async function relaysOf(...people) {
  const ends = await Promise.all(people.map((person) => person.summary()));
  return [...new Set(ends.map(({ local }) => local).filter(({ type }) => type === 'relay').map(({ address }) => address))];
}

/** One relayed call; what each end has measured, and the relays they use. */
async function relayedCall(server, first, second) {
  await bothOpen(server, first, second);
  await meetAtCard(first, second, await freshRoom(first));
  // Both have waited, if only for the other's card: the ways have been timed, or will have been in a moment.
  const times = (person) => person.page.evaluate(() => ({ ...visavis.relays?.times }));
  for (const person of [first, second]) await until(`${person.name} has timed the far relay`, async () => (await times(person)).here > 0);
  await bothAccept(first, second);
  await assertTalk(first, second, 'relayed');
  return { times: await Promise.all([first, second].map(async (person) => (await person.sent('accept')).at(-1).relays)), relays: await relaysOf(first, second) };
}

/** @param {() => object} world the lab, and the pool whose browsers have to make room */
export function regionCases(world) {
  it('two regions 150 ms apart: the near relay carries the call, and the far one when the near is gone', kLimit, async () => {
    const { lab, pool } = world();
    await pool.close();
    for (const home of [1, 2]) lab.setMode(home, 'sym');
    await withRegions(lab, async ({ far, near }) => {
      const browsers = new BrowserPool((kind, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, { secureOrigins: [], acceptInsecureCerts: true }));
      const call = (kinds, judge) =>
        scene({ name: `regions ${kinds}`, pool: browsers, server: far, kinds, evidence: () => ({ near: near.logTail(), mappings: lab.mappings() }) }, async (...people) =>
          judge(await relayedCall(far, ...people)));
      try {
        await until('the near relay is known to work', () => far.log().includes('region-up'));
        for (const kinds of kPairs) {
          await call(kinds, ({ times, relays }) => {
            for (const { here, near: close } of times) {
              assert.ok(here >= 2 * kDelayMs, `the far relay is ${here} ms away`);
              assert.ok(close < here, `the near relay is ${close} ms away, the far one ${here} ms`);
            }
            assert.deepEqual(relays, [kNear.address]);
          });
        }
        await near.kill();
        await until('the near relay is known to be gone', () => far.log().includes('region-down'), { limit: 30_000 });
        await call(['chromium', 'firefox'], ({ relays }) => assert.deepEqual(relays, [kFar.address]));
      } finally {
        await browsers.close();
      }
    });
  });
}
