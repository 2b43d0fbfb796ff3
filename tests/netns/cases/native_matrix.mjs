// Our own peers on the kernel's networks: every mapping with every filter, one NAT in another, under one roof, without UDP, with one family
// or two. What two of them come to is what the simulator's oracle says, in lib/meetings.json (sim/kernel_meetings_test.cpp).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { kIsLong } from '../lib/long.mjs';
import { meet, withNatives } from '../lib/native_call.mjs';
import { kRelayPort, serveNatives } from '../lib/serve.mjs';
import { kTownServer, kTownServer6, Town } from '../lib/town.mjs';

const { edges, far, underOneRoof } = JSON.parse(readFileSync(new URL('../lib/meetings.json', import.meta.url)));
const kSecret = 'a secret of the town';
const kRelay = { addresses: [kTownServer6, kTownServer], port: kRelayPort, secret: kSecret };
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
  const isInTurn = (index) => kIsLong || index % kOfOneRoof === (Math.floor(index / kOfOneRoof) + day) % kOfOneRoof;
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
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(0);
  return `half of them within ${at(0.5)} ms, 95 % within ${at(0.95)} ms`;
}

/** @param {() => import('../lib/lab.mjs').Lab} lab */
export function nativeMatrixCases(lab) {
  describe('our own peers on the kernel\'s networks', () => {
    const own = {};
    const day = new Date().getUTCDate();
    const roofs = nearMeetings(day);

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
      own.server = await serveNatives(own.lab, own.town.server, [...kRelay.addresses].reverse(), { ports: [8080, kRelayPort], secret: kSecret });
      console.log(`a town of ${Object.keys(own.hosts).length} hosts, built in ${((performance.now() - since) / 1_000).toFixed(1)} s`);
      return own;
    };

    after(async () => {
      await own.server?.stop();
      own.town?.close();
    });

    it('two networks far from each other, whoever offers: direct, relayed, or both say that there is no way', kLimit, async (context) => {
      await judge(context, await ready(), farMeetings(day));
    });

    it('two under one roof, with hairpins and without: direct or relayed', kLimit, async (context) => {
      await judge(context, await ready(), roofs);
    });
  });
}
