// A way that carries 150 kbit/s: the picture yields, and the sound has no gap that anybody would notice.
import assert from 'node:assert/strict';
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { until } from '../../browser/lib/poll.mjs';
import { bothOpen, freshRoom } from '../../browser/cases/talk.mjs';
import { kIsLong } from '../../browser/lib/long.mjs';

const kRate = '150kbit';
/** The way is made thin in a call that stands: first the browsers find out. */
const kSettle = 20; // s
const kWatched = 60; // s
const kGapMax = 300; // ms

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

/** From now on the page looks, ten times a second, how much of the sound that is played had to be made up. */
function watchSound(person) {
  return person.page.evaluate(() => {
    window.vvSound = { looks: 0, longest: 0, run: 0, last: null };
    setInterval(async () => {
      const entries = [...(await visavis.pc.getStats()).values()];
      const { totalSamplesReceived, concealedSamples } = entries.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio');
      const { last } = window.vvSound;
      window.vvSound.last = { totalSamplesReceived, concealedSamples };
      if (!last) return;
      const played = totalSamplesReceived - last.totalSamplesReceived;
      const madeUp = concealedSamples - last.concealedSamples;
      window.vvSound.looks += 1;
      // What is made up at the end of one look and at the beginning of the next is one gap.
      window.vvSound.run = madeUp >= 0.9 * played && played > 0 ? window.vvSound.run + madeUp / 48 : madeUp / 48;
      window.vvSound.longest = Math.max(window.vvSound.longest, window.vvSound.run);
    }, 100);
  });
}

const sound = (person) => person.page.evaluate(() => ({ ...window.vvSound }));
const clock = (person) => person.page.evaluate(() => performance.now());

async function pass(person, seconds) {
  const began = await clock(person);
  await until(`${seconds} s pass`, async () => (await clock(person)) - began >= seconds * 1_000, { limit: seconds * 1_000 + 20_000, every: 500 });
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
        const { looks, longest } = await sound(second);
        const sent = await first.page.evaluate(() => visavis.pc.getSenders().find(({ track }) => track?.kind === 'video').getParameters().encodings[0]);
        console.log(`${kRate}: the longest gap in ${kWatched} s of sound ${Math.round(longest)} ms; the picture has ${sent.active ? sent.maxBitrate : 0} bit/s`);
        assert.ok(looks >= kWatched * 5, `looked ${looks} times`);
        assert.ok(longest <= kGapMax, `${Math.round(longest)} ms`);
        assert.ok(!sent.active || sent.maxBitrate <= 250_000, 'the picture has yielded');
      });
    });
  }
}
