// A way that carries 150 kbit/s, or loses a tenth of all packets: the sound has no gap that anybody would notice.
import assert from 'node:assert/strict';
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { bothOpen, freshRoom, kPairs } from '../../browser/cases/talk.mjs';
import { kIsLong } from '../lib/long.mjs';
import { kGapMax, kPlayedPart, lostAt, pass, sound, watchSound } from '../lib/sound_flow.mjs';

const kRate = '150kbit';
/** The way is made thin in a call that stands: first the browsers find out. */
const kSettle = 20; // s
const kWatched = 60; // s
const kLostOneOf = 10;
/** Else nothing was tried. */
const kLostLeast = 0.05;

/** What home 1 sends and what it is sent passes its router, a little at a time. */
async function withThinWay(lab, body) {
  const sides = ['wan', 'lan'];
  for (const side of sides) lab.exec('r1', 'tc', 'qdisc', 'add', 'dev', side, 'root', 'tbf', 'rate', kRate, 'burst', '5kb', 'latency', '400ms');
  try {
    await body();
  } finally {
    for (const side of sides) lab.exec('r1', 'tc', 'qdisc', 'del', 'dev', side, 'root');
  }
}

/** One of so many datagrams that pass home 1's router, either way, is lost. */
async function withLosses(lab, oneOf, body) {
  lab.nft('r1', `
    table ip lossy {
      chain passing {
        type filter hook forward priority filter
        meta l4proto udp numgen random mod ${oneOf} == 0 drop
      }
    }\n`);
  try {
    await body();
  } finally {
    lab.nft('r1', 'delete table ip lossy\n');
  }
}

export function thinCases(scenario) {
  if (!kIsLong) return;
  for (const kinds of [['chromium', 'chromium'], ['firefox', 'chromium']]) {
    scenario('sound goes on where little gets through', kinds, ['port', 'port'], async ({ lab, server }, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await bothAccept(first, second);
      await Promise.all([first.seesAndHears(), second.seesAndHears()]);
      await withThinWay(lab, async () => {
        await pass(second, kSettle);
        await watchSound(second);
        await pass(second, kWatched);
        const { looks, longest, played } = await sound(second);
        const sent = await first.page.evaluate(() => visavis.pc.getSenders().find(({ track }) => track?.kind === 'video').getParameters().encodings[0]);
        console.log(`${kRate}: the longest gap in ${kWatched} s of sound ${Math.round(longest)} ms; the picture has ${sent.active ? sent.maxBitrate : 0} bit/s`);
        assert.ok(looks >= kWatched * 5, `looked ${looks} times`);
        assert.ok(played >= kPlayedPart * kWatched * 1_000, `${Math.round(played)} ms were played`);
        assert.ok(longest <= kGapMax, `${Math.round(longest)} ms`);
        assert.ok(!sent.active || sent.maxBitrate <= 250_000, 'the picture has yielded');
      });
    });
  }
  for (const kinds of kPairs) {
    scenario(`sound goes on where one of ${kLostOneOf} packets is lost`, kinds, ['port', 'port'], async ({ lab, server }, ...people) => {
      await bothOpen(server, ...people);
      await meetAtCard(...people, await freshRoom(people[0]));
      await bothAccept(...people);
      await Promise.all(people.map((person) => person.seesAndHears()));
      await withLosses(lab, kLostOneOf, async () => {
        await pass(people[0], kSettle);
        await Promise.all(people.map(watchSound));
        const before = await Promise.all(people.map(lostAt));
        await pass(people[0], kWatched);
        for (const [at, person] of people.entries()) {
          const { looks, longest, played } = await sound(person);
          const now = await lostAt(person);
          const lost = (now.lost - before[at].lost) / (now.all - before[at].all);
          console.log(`${person.name} (${kinds[at]}): ${(100 * lost).toFixed(1)} % of the packets of sound lost, the longest gap in ${kWatched} s ${Math.round(longest)} ms`);
          assert.ok(lost >= kLostLeast, `${lost} of the packets were lost`);
          assert.ok(looks >= kWatched * 5, `looked ${looks} times`);
          assert.ok(played >= kPlayedPart * kWatched * 1_000, `${Math.round(played)} ms were played`);
          assert.ok(longest <= kGapMax, `${Math.round(longest)} ms`);
        }
      });
    });
  }
}
