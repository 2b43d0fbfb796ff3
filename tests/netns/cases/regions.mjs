// A relay near both homes and a server far from them: who waits times both, and the call goes the short way.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { RemoteBrowser } from '../../browser/lib/remote.mjs';
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { until } from '../../browser/lib/poll.mjs';
import { BrowserPool, scene } from '../../browser/lib/scene.mjs';
import { assertTalk, bothOpen, freshRoom, unlikeInTurn } from '../../browser/cases/talk.mjs';
import { kDelayMs, kFar, kNear, withRegions } from '../lib/regions.mjs';

const kLimit = { timeout: 180_000 };
/** Five calls, one after the other. */
const kManyCallsLimit = { timeout: 360_000 };

/** The addresses of the relays that the two ends use. */
export async function relaysOf(...people) {
  const ends = await Promise.all(people.map((person) => person.summary()));
  return [...new Set(ends.map(({ local }) => local).filter(({ type }) => type === 'relay').map(({ address }) => address))];
}

/** One relayed call; what each end has measured, and the relays they use. */
export async function relayedCall(server, first, second, tick = {}) {
  await bothOpen(server, first, second);
  await meetAtCard(first, second, await freshRoom(first), tick);
  // Both have waited, if only for the other's card: the ways have been timed, or will have been in a moment.
  const times = (person) => person.page.evaluate(() => ({ ...visavis.relays?.times }));
  for (const person of [first, second]) await until(`${person.name} has timed the far relay`, async () => (await times(person)).here > 0);
  await bothAccept(first, second);
  await assertTalk(first, second, 'relayed');
  return { times: await Promise.all([first, second].map(async (person) => (await person.sent('accept')).at(-1).relays)), relays: await relaysOf(first, second) };
}

/** @param {() => object} world the lab, and the pool whose browsers have to make room */
export function regionCases(world) {
  it('two regions 150 ms apart: the near relay carries the call, and the far one when the near is gone', kManyCallsLimit, async () => {
    const { lab, pool } = world();
    await pool.close();
    for (const home of [1, 2]) lab.setMode(home, 'sym');
    await withRegions(lab, async ({ far, near }) => {
      const browsers = new BrowserPool((kind, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, { secureOrigins: [], acceptInsecureCerts: true }));
      const call = (kinds, judge, tick) =>
        scene({ name: `regions ${kinds}`, pool: browsers, server: far, kinds, evidence: () => ({ near: near.logTail(), mappings: lab.mappings() }) }, async (first, second) =>
          judge(await relayedCall(far, first, second, tick), first));
      try {
        await until('the near relay is known to work', () => far.log().includes('region-up'));
        for (const kinds of unlikeInTurn()) {
          await call(kinds, ({ times, relays }) => {
            for (const { here, near: close } of times) {
              assert.ok(here >= 2 * kDelayMs, `the far relay is ${here} ms away`);
              assert.ok(close < here, `the near relay is ${close} ms away, the far one ${here} ms`);
            }
            assert.deepEqual(relays, [kNear.address]);
          });
        }
        // Who hides the address asks it too, since the page's policy names it.
        await call(['firefox', 'chromium'], async (_, hiding) => assert.deepEqual(await relaysOf(hiding), [kNear.address]), { tickFirst: ['hide-address'] });
        await near.kill();
        await until('the near relay is known to be gone', () => far.log().includes('region-down'), { limit: 30_000 });
        await call(['chromium', 'firefox'], ({ relays }) => assert.deepEqual(relays, [kFar.address]));
      } finally {
        await browsers.close();
      }
    });
  });

  it('a relay that nothing gets through to is not handed out, and the log says what to look at: firefox, chromium', kLimit, async () => {
    const { lab, pool } = world();
    await pool.close();
    for (const home of [1, 2]) lab.setMode(home, 'sym');
    await withRegions(lab, async ({ far, near }) => {
      const said = (event) => far.log().split('\n').filter((line) => line.includes(`${event} region=near`));
      await until('the near relay is known to work', () => said('region-up').length === 1);
      // Its own port is open, and those towards peers are not: the commonest mistake of all.
      lab.nft('near', `
        table ip closed {
          chain arriving {
            type filter hook input priority filter
            udp dport 49152-65535 drop
          }
        }\n`);
      const [line] = await until('it is found', () => said('region-down').length === 1 && said('region-down'), { limit: 40_000 });
      assert.match(line, new RegExp(`why="it answers, but nothing sent from ${kFar.address} to ${kNear.address}:\\d+ passes: .*turn\\.relay_ports.*turn\\.public_address`));
      const browsers = new BrowserPool((kind, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, { secureOrigins: [], acceptInsecureCerts: true }));
      try {
        await scene({ name: 'a region with closed ports', pool: browsers, server: far, kinds: ['firefox', 'chromium'], evidence: () => near.logTail() }, async (...people) => {
          const { relays } = await relayedCall(far, ...people);
          assert.deepEqual(relays, [kFar.address]);
        });
      } finally {
        await browsers.close();
      }
      lab.nft('near', 'delete table ip closed\n');
      await until('it is up again', () => said('region-up').length === 2, { limit: 40_000 });
    });
  });
}
