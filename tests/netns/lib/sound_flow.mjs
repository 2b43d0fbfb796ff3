// Whether the sound that a person hears has gaps.
import { until } from '../../browser/lib/poll.mjs';

/** Longer than this is missed by whoever listens. */
export const kGapMax = 300; // ms
/** Of the time that is watched so much is played at least, made up or not: else the playing has stood still. */
export const kPlayedPart = 0.9;

/** From now on the page looks, ten times a second, how much of the sound that is played had to be made up. */
export function watchSound(person) {
  return person.page.evaluate(() => {
    window.vvSound = { looks: 0, longest: 0, run: 0, played: 0, last: null };
    const look = async () => {
      const entries = [...(await visavis.pc.getStats()).values()];
      const { totalSamplesReceived, concealedSamples } = entries.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio');
      const { last } = window.vvSound;
      const played = totalSamplesReceived - (last?.totalSamplesReceived ?? 0);
      // The same report again: it would cut a gap in two.
      if (last && played <= 0) return;
      window.vvSound.last = { totalSamplesReceived, concealedSamples };
      if (!last) return;
      const madeUp = concealedSamples - last.concealedSamples;
      window.vvSound.looks += 1;
      window.vvSound.played += played / 48;
      // What is made up at the end of one look and at the beginning of the next is one gap.
      window.vvSound.run = madeUp >= 0.9 * played ? window.vvSound.run + madeUp / 48 : madeUp / 48;
      window.vvSound.longest = Math.max(window.vvSound.longest, window.vvSound.run);
    };
    // One after the other: a late one shall not come together with the next.
    const lookOn = () => look().finally(() => setTimeout(lookOn, 100));
    void lookOn();
  });
}

/** Packets of sound so far: those that were lost, and all. */
export const lostAt = (person) =>
  person.page.evaluate(async () => {
    const entries = [...(await visavis.pc.getStats()).values()];
    const { packetsLost, packetsReceived } = entries.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio');
    return { lost: packetsLost, all: packetsLost + packetsReceived };
  });

/** The longest gap since then and what has been played, ms, and how often it was looked for. */
export const sound = (person) => person.page.evaluate(() => ({ ...window.vvSound }));
const clock = (person) => person.page.evaluate(() => performance.now());

export async function pass(person, seconds) {
  const began = await clock(person);
  await until(`${seconds} s pass`, async () => (await clock(person)) - began >= seconds * 1_000, { limit: seconds * 1_000 + 20_000, every: 500 });
}
