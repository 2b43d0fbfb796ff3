// Our own peers on the kernel's networks: every mapping with every filter, one NAT in another, under one roof, without UDP, with one family
// or two. What two of them come to is what the simulator's oracle says, in lib/meetings.json (sim/kernel_meetings_test.cpp).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { kIsLong } from '../lib/long.mjs';
import { meet, withNatives } from '../lib/native_call.mjs';
import { serveTown } from '../lib/serve.mjs';
import { kTownServer, kTownServer6, Town } from '../lib/town.mjs';

const { edges, far, underOneRoof } = JSON.parse(readFileSync(new URL('../lib/meetings.json', import.meta.url)));
const kSecret = 'a secret of the town';
const kServers = { addresses: [kTownServer6, kTownServer], secret: kSecret };
/** Calls at one time: two processors have no time for more. */
const kAtOnce = 8;
/** Those that wait for nothing but the end of all patience take no time of the processors. */
const kHopelessAtOnce = 30;
const kLimit = { timeout: kIsLong ? 900_000 : 180_000 };
/** Meetings of one roof in the file, one after the other. */
const kOfOneRoof = 7;

/** Every pair of edges, each as who offers and as who answers. */
function farMeetings() {
  return far.flatMap((row, a) => row.map((path, b) => ({ name: `${edges[a].name} to ${edges[b].name}`, path, places: [`a${a}`, `b${b}`] })));
}

/** @param {number} day which of each roof's meetings has its turn @returns them, with the two edges of each */
function nearMeetings(day) {
  const isInTurn = (index) => kIsLong || index % kOfOneRoof === (Math.floor(index / kOfOneRoof) + day) % kOfOneRoof;
  return underOneRoof.filter((_, index) => isInTurn(index)).map(({ a, b, path }, index) => ({
    name: `${edges[a].name} under one roof with ${edges[b].name}`, path, roof: [edges[a], edges[b]], places: [`roof ${index}a`, `roof ${index}b`],
  }));
}

/** Runs `body` for each, several at once, but never two that have a place in common. */
async function inPlaces(meetings, atOnce, body) {
  const waiting = [...meetings];
  const taken = new Set();
  const next = () => {
    const index = waiting.findIndex(({ places }) => !places.some((place) => taken.has(place)));
    return index < 0 ? null : waiting.splice(index, 1)[0];
  };
  await new Promise((resolve, reject) => {
    let running = 0;
    const fill = () => {
      for (let meeting; running < atOnce && (meeting = next());) {
        const { places } = meeting;
        for (const place of places) taken.add(place);
        ++running;
        body(meeting).then(() => {
          for (const place of places) taken.delete(place);
          --running;
          fill();
        }, reject);
      }
      if (running === 0 && waiting.length === 0) resolve();
    };
    fill();
  });
}

/** All of them, and what was not as it should be. */
async function judge(context, { lab, hosts }, meetings, atOnce) {
  const since = performance.now();
  const times = { direct: [], relayed: [], impossible: [] };
  const wrong = [];
  await inPlaces(meetings, atOnce, async ({ name, path, places }) => {
    try {
      const found = await withNatives(places.map((place) => lab.enter(hosts[place])), kServers, meet);
      if (found.path !== path) wrong.push(`${name}: ${found.path} where ${path} was predicted`);
      if (found.path === 'impossible') assert.match(found.why, /path/, 'both say that there is no path');
      times[found.path].push(found.time);
    } catch (error) {
      wrong.push(`${name}, predicted ${path}: ${error.message}`);
    }
  });
  const told = Object.entries(times).filter(([, list]) => list.length).map(([path, list]) => `${list.length} ${path} (${inWords(list)})`);
  context.diagnostic(`${meetings.length} calls in ${((performance.now() - since) / 1_000).toFixed(1)} s: ${told.join(', ')}`);
  assert.deepEqual(wrong, []);
}

function inWords(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(0);
  return `half of them within ${at(0.5)} ms, 95 % within ${at(0.95)} ms`;
}

/** @param {() => import('../lib/lab.mjs').Lab} lab */
export function nativeMatrixCases(lab) {
  describe('our own peers on the kernel\'s networks', () => {
    const own = {};
    const roofs = nearMeetings(new Date().getUTCDate());

    /** Built by the first case that is run. */
    const ready = async () => {
      if (own.server) return own;
      own.lab = lab();
      own.town = new Town(own.lab);
      own.hosts = {};
      for (const side of ['a', 'b']) for (const index of far.keys()) own.hosts[`${side}${index}`] = own.town.addFar(edges[index]);
      for (const { roof, places } of roofs) {
        const hosts = own.town.addUnderOneRoof(...roof);
        for (const [index, place] of places.entries()) own.hosts[place] = hosts[index];
      }
      const since = performance.now();
      own.town.build();
      own.server = await serveTown(own.lab, own.town, kSecret);
      console.log(`a town of ${Object.keys(own.hosts).length} hosts, built in ${((performance.now() - since) / 1_000).toFixed(1)} s`);
      return own;
    };

    after(async () => {
      await own.server?.stop();
      own.town?.close();
    });

    const possible = farMeetings().filter(({ path }) => path !== 'impossible');
    it('any two networks far from each other: direct or relayed, as the oracle says, whoever offers', kLimit, async (context) => {
      await judge(context, await ready(), possible, kAtOnce);
    });

    it('two under one roof, with hairpins and without: as the oracle says', kLimit, async (context) => {
      await judge(context, await ready(), roofs, kAtOnce);
    });

    it('where there is no way both say so', kLimit, async (context) => {
      const hopeless = farMeetings().filter(({ path }) => path === 'impossible').map((meeting, index) => ({ ...meeting, places: meeting.places, index }));
      await judge(context, await ready(), hopeless, kHopelessAtOnce);
    });
  });
}
