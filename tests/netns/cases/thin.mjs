// A way that carries 150 kbit/s, or loses a tenth of all packets: the sound has no gap that anybody would notice.
import assert from 'node:assert/strict';
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { until } from '../../browser/lib/poll.mjs';
import { hinted } from '../../browser/cases/ladder.mjs';
import { bothOpen, freshRoom, kPairs } from '../../browser/cases/talk.mjs';
import { kIsLong } from '../lib/long.mjs';
import { kGapMax, kPlayedPart, lostAt, pass, sound, watchSound } from '../lib/sound_flow.mjs';

const kRate = '150kbit';
/** Bits a second: of the best picture for which there is room beside the sound. */
const kPictureMax = 130_000;
/** Less than a picture and its sound need: sound goes first. */
const kRateOfSound = '55kbit';
/** So long the sound is watched there, and so long the picture takes to come back: a minute after it went, some calm seconds and a few to see it. */
const kWatchedStill = 30; // s
const kBackWithin = 100_000; // ms
/** The way is made thin in a call that stands: first the browsers find out. What is heard until then is printed, and judged after it. */
const kSettle = 20; // s
const kWatched = 60; // s
const kLostOneOf = 10;
/** Else nothing was tried. */
const kLostLeast = 0.08;

/** What home 1 sends and what it is sent passes its router, a little at a time. */
async function withThinWay(lab, rate, body) {
  const sides = ['wan', 'lan'];
  for (const side of sides) lab.exec('r1', 'tc', 'qdisc', 'add', 'dev', side, 'root', 'tbf', 'rate', rate, 'burst', '5kb', 'latency', '400ms');
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

const pictureOf = (person) =>
  person.page.evaluate(() => visavis.pc.getSenders().find(({ track }) => track?.kind === 'video').getParameters().encodings[0]);

/** The browsers find out what the way is like now. From its end on the sound is watched anew. */
async function settles(people, note) {
  await Promise.all(people.map(watchSound));
  await pass(people[0], kSettle);
  for (const person of people) {
    const { longest } = await sound(person);
    console.log(`${note}; ${person.name}: the longest gap in the first ${kSettle} s ${Math.round(longest)} ms, which nobody judges`);
  }
  await Promise.all(people.map(watchSound));
}

/** What was heard since `watchSound` is without a gap. */
async function assertHeard(person, seconds, note) {
  const { looks, longest, played, watched } = await sound(person);
  console.log(`${note}; ${person.name}: the longest gap in ${seconds} s of sound ${Math.round(longest)} ms, ${Math.round(played)} ms of ${Math.round(watched)} played`);
  assert.ok(looks >= seconds * 5, `${person.name}: looked ${looks} times`);
  assert.ok(played >= kPlayedPart * seconds * 1_000, `${person.name}: ${Math.round(played)} ms were played`);
  assert.ok(longest <= kGapMax, `${person.name}: ${Math.round(longest)} ms`);
}

async function talk(server, people) {
  await bothOpen(server, ...people);
  await meetAtCard(...people, await freshRoom(people[0]));
  await bothAccept(...people);
  await Promise.all(people.map((person) => person.seesAndHears()));
}

export function thinCases(scenario) {
  if (!kIsLong) return;
  for (const kinds of kPairs) {
    scenario('sound goes on where little gets through', kinds, ['port', 'port'], async ({ lab, server }, ...people) => {
      await talk(server, people);
      await withThinWay(lab, kRate, async () => {
        await settles(people, kRate);
        await pass(people[0], kWatched);
        for (const person of people) {
          const sent = await pictureOf(person);
          await assertHeard(person, kWatched, `${kRate}: the picture it sends has ${sent.active ? sent.maxBitrate : 0} bit/s`);
          assert.ok(!sent.active || sent.maxBitrate <= kPictureMax, `${person.name}: the picture has yielded, to ${sent.maxBitrate} bit/s`);
        }
      });
    });

    scenario('where there is no room for a picture it stands still and the sound goes on, and it comes back', kinds, ['port', 'port'], async ({ lab, server }, ...people) => {
      await talk(server, people);
      await withThinWay(lab, kRateOfSound, async () => {
        // At once: whoever sends none is told so for some seconds.
        await Promise.all(people.map(async (person) => {
          await until(`${person.name} sends no picture`, async () => !(await pictureOf(person)).active, { limit: kSettle * 1_000 });
          await hinted(person, 'still', { limit: kSettle * 1_000 });
        }));
        for (const person of people) assert.match(await person.text('partner-media'), /stands still/, `${person.name} sees why nothing moves`);
        for (const person of people) assert.deepEqual((await person.controls('still')).at(-1), { kind: 'still', on: true }, `${person.name} tells the partner`);
        await pass(people[0], kSettle);
        await Promise.all(people.map(watchSound));
        await pass(people[0], kWatchedStill);
        for (const person of people) {
          await assertHeard(person, kWatchedStill, kRateOfSound);
          assert.equal((await pictureOf(person)).active, false, `${person.name}: the picture still stands`);
        }
      });
      for (const person of people) await until(`${person.name} sends a picture again`, async () => (await pictureOf(person)).active, { limit: kBackWithin });
      for (const person of people) assert.deepEqual((await person.controls('still')).at(-1), { kind: 'still', on: false }, `${person.name} tells the partner`);
      await Promise.all(people.map((person) => person.seesAndHears()));
    });
  }
  for (const kinds of kPairs) {
    scenario(`sound goes on where one of ${kLostOneOf} packets is lost`, kinds, ['port', 'port'], async ({ lab, server }, ...people) => {
      await talk(server, people);
      await withLosses(lab, kLostOneOf, async () => {
        await settles(people, `one of ${kLostOneOf} packets is lost`);
        const before = await Promise.all(people.map(lostAt));
        await pass(people[0], kWatched);
        for (const [at, person] of people.entries()) {
          const now = await lostAt(person);
          const lost = (now.lost - before[at].lost) / (now.all - before[at].all);
          await assertHeard(person, kWatched, `${(100 * lost).toFixed(1)} % of the packets of sound lost`);
          assert.ok(lost >= kLostLeast, `${lost} of the packets were lost`);
        }
      });
    });
  }
}
