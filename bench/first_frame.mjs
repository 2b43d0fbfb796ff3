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

export async function firstFrameBench(rounds) {
  const server = await Server.onLoopback();
  const pool = new BrowserPool((kind) => LocalBrowser.start(kind));
  const results = {};
  try {
    for (const kinds of kPairs) {
      const samples = [];
      for (let round = 0; round < rounds; ++round) {
        await scene({ name: `bench ${kinds}`, pool, server, kinds, probe: { firstFrame: true } }, async (first, second) => {
          await bothOpen(server, first, second);
          await meetAtCard(first, second, await freshRoom(first));
          await bothAccept(first, second);
          samples.push(...(await Promise.all([firstFrame(first), firstFrame(second)])));
        });
      }
      results[kinds.join('-')] = { median: quantile(samples, 0.5), p95: quantile(samples, 0.95), samples: samples.length };
    }
  } finally {
    await pool.close();
    await server.stop();
  }
  return results;
}
