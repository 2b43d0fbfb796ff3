// Time from receiving `accepted` to the first decoded remote frame, for each pair of browsers on this machine.
import { kPairs, bothOpen, freshRoom } from '../tests/browser/cases/talk.mjs';
import { LocalBrowser } from '../tests/browser/lib/browser.mjs';
import { bothAccept, meetAtCard } from '../tests/browser/lib/person.mjs';
import { until } from '../tests/browser/lib/poll.mjs';
import { BrowserPool, scene } from '../tests/browser/lib/scene.mjs';
import { Server } from '../tests/browser/lib/server.mjs';
import { quantile } from './lib/usage.mjs';

async function firstFrame(person) {
  const [first] = await until(`${person.name}'s first frame`, () => person.page.evaluate(() => vvProbe.firstFrames.length && vvProbe.firstFrames));
  return first.ms;
}

/** How a call comes to its path: what the two browsers hear, and what its first person ticks. */
const kWays = {
  direct: {},
  'relayed after the direct ways had their chance': { probe: { relayOnly: true } },
  'relayed from the start, to hide an address': { probe: { relayOnly: true }, tickFirst: ['hide-address'] },
};

/** @returns for each way, which but for `direct` only Chromium tries, and each pair: milliseconds */
export async function firstFrameBench(rounds) {
  const server = await Server.onLoopback();
  const pool = new BrowserPool((kind) => LocalBrowser.start(kind));
  const measure = async (kinds, { probe, tickFirst = [] }) => {
    const samples = [];
    for (let round = 0; round < rounds; ++round) {
      await scene({ name: `bench ${kinds}`, pool, server, kinds, probe: { firstFrame: true, ...probe } }, async (first, second) => {
        await bothOpen(server, first, second);
        await meetAtCard(first, second, await freshRoom(first), { tickFirst });
        await bothAccept(first, second);
        samples.push(...(await Promise.all([firstFrame(first), firstFrame(second)])));
      });
    }
    return { median: quantile(samples, 0.5), p95: quantile(samples, 0.95), samples: samples.length };
  };
  const results = {};
  try {
    for (const [way, how] of Object.entries(kWays)) {
      results[way] = {};
      for (const kinds of way === 'direct' ? kPairs : kPairs.slice(0, 1)) results[way][kinds.join('-')] = await measure(kinds, how);
    }
  } finally {
    await pool.close();
    await server.stop();
  }
  return results;
}
