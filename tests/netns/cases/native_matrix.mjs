// Our own peers on the kernel's networks: every mapping with every filter, one NAT in another, under one roof, without UDP, with one family
// or two. What two of them come to is what the simulator's oracle says, in lib/meetings.json (kernel_meetings_test.cpp).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { kIsLong } from '../lib/long.mjs';
import { meet, withNatives } from '../lib/native_call.mjs';
import { kRelayPort, serveNatives } from '../lib/serve.mjs';
import { kTownServer, kTownServer6, Town } from '../lib/town.mjs';

const { edges, far, underOneRoof } = JSON.parse(readFileSync(new URL('../lib/meetings.json', import.meta.url)));
const kRelay = { addresses: [kTownServer6, kTownServer], port: kRelayPort, secret: 'a secret of the town' };
/** Calls at one time, beside those that wait for nothing but the end of all patience: two processors have no time for more. */
const kAtOnce = 8;
const kLimit = { timeout: 300_000 };
/** Every so many of those that come to nothing have their turn on a day. */
const kHopelessShare = 6;
/** Meetings of one roof in the file, one after the other. */
const kOfOneRoof = 7;

/** Every pair of edges, each as who offers and as who answers. */
function farMeetings(day) {
  const all = far.flatMap((row, a) => row.map((path, b) => ({ name: `${edges[a].name} to ${edges[b].name}`, path, places: [`a${a}`, `b${b}`] })));
  const hopeless = all.filter(({ path }) => path === 'impossible');
  return [...hopeless.filter((_, index) => kIsLong || index % kHopelessShare === day % kHopelessShare), ...all.filter(({ path }) => path !== 'impossible')];
}

/** @param {number} day which of each roof's meetings has its turn @returns them, with the two edges of each */
function nearMeetings(day) {
  const isInTurn = (index) => index % kOfOneRoof === (Math.floor(index / kOfOneRoof) + day) % kOfOneRoof;
  return underOneRoof.filter((_, index) => isInTurn(index)).map(({ a, b, path }, index) => ({
    name: `${edges[a].name} under one roof with ${edges[b].name}`, path, roof: [edges[a], edges[b]], places: [`roof ${index}a`, `roof ${index}b`],
  }));
}

/** Runs `body` for each, several at once, but never two at one place: its ports and mappings are nobody else's then. */
async function inPlaces(meetings, body) {
  const isHopeless = ({ path }) => path === 'impossible';
  const waiting = meetings.filter((meeting) => !isHopeless(meeting));
  const taken = new Set();
  const work = async () => {
    for (;;) {
      const index = waiting.findIndex(({ places }) => !places.some((place) => taken.has(place)));
      if (index < 0) return; // the others go on
      const [meeting] = waiting.splice(index, 1);
      for (const place of meeting.places) taken.add(place);
      await body(meeting);
      for (const place of meeting.places) taken.delete(place);
    }
  };
  await Promise.all([...meetings.filter(isHopeless).map(body), ...Array.from({ length: kAtOnce }, work)]);
}

/** All of them, and what was not as it should be. */
async function judge(context, { lab, hosts }, meetings) {
  const since = performance.now();
  const times = { direct: [], relayed: [], impossible: [] };
  const wrong = [];
  await inPlaces(meetings, async ({ name, path, places }) => {
    try {
      const found = await withNatives(places.map((place) => lab.enter(hosts[place])), kRelay, meet);
      if (found.path !== path) wrong.push(`${name}: ${found.path} where ${path} was predicted`);
      for (const why of found.why ?? []) assert.match(why, /path/, 'both say that there is no path');
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
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(0);
  return `half of them within ${at(0.5)} ms, 95 % within ${at(0.95)} ms`;
}

/** Builds a town, `settle(town)` gives the hosts in it by their places, and runs `body({lab, hosts})` beside its server. */
async function withTown(lab, settle, body) {
  const town = new Town(lab);
  let server = null;
  try {
    const hosts = settle(town);
    const since = performance.now();
    town.build();
    console.log(`a town of ${Object.keys(hosts).length} hosts, built in ${((performance.now() - since) / 1_000).toFixed(1)} s`);
    server = await serveNatives(lab, town.server, [...kRelay.addresses].reverse(), { ports: [8080, kRelayPort], secret: kRelay.secret });
    await body({ lab, hosts });
  } finally {
    try {
      await server?.stop();
    } finally {
      town.close();
    }
  }
}

function settleFar(town) {
  return Object.fromEntries(['a', 'b'].flatMap((side) => edges.slice(0, far.length).map((edge, index) => [`${side}${index}`, town.addFar(edge)])));
}

function settleNear(town, meetings) {
  return Object.fromEntries(meetings.flatMap(({ roof, places }) => town.addUnderOneRoof(...roof).map((host, index) => [places[index], host])));
}

/** @param {() => import('../lib/lab.mjs').Lab} lab */
export function nativeMatrixCases(lab) {
  describe('our own peers on the kernel\'s networks', () => {
    const today = new Date().getUTCDate();

    it('two networks far from each other, whoever offers: direct, relayed, or both say that there is no way', kLimit, async (context) => {
      await withTown(lab(), settleFar, (town) => judge(context, town, farMeetings(today)));
    });

    // All of them at once would be more than the kernel has room for in its table of neighbours.
    for (const day of kIsLong ? [...Array(kOfOneRoof).keys()] : [today % kOfOneRoof]) {
      it(`two under one roof, with hairpins and without: direct or relayed, part ${day + 1} of ${kOfOneRoof}`, kLimit, async (context) => {
        const meetings = nearMeetings(day);
        await withTown(lab(), (town) => settleNear(town, meetings), (town) => judge(context, town, meetings));
      });
    }
  });
}
