// Whether the sound that a person hears has gaps.
import { until } from '../../browser/lib/poll.mjs';

/** Longer than this is missed by whoever listens. */
export const kGapMax = 300; // ms
/** Of the time that is watched so much is played at least, made up or not: else the playing has stood still again and again. */
export const kPlayedPart = 0.9;
/** What is silent for more of the time between two looks than this is silent all of it: the two are not read at the same moment. */
const kSilentPart = 0.9;

/** From now on the page looks, ten times a second, how much of the sound has been played, and how much of that had to be made up. */
export function watchSound(person) {
  return person.page.evaluate(() => {
    const isLooking = window.vvSound !== undefined;
    window.vvSound = [];
    if (isLooking) return;
    const look = async () => {
      const entries = [...(await visavis.pc.getStats()).values()];
      const { timestamp, totalSamplesReceived, concealedSamples } = entries.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio');
      window.vvSound.push({ at: timestamp, played: totalSamplesReceived / 48, madeUp: concealedSamples / 48 });
    };
    // One after the other: a late one shall not come together with the next.
    const lookOn = () => look().finally(() => setTimeout(lookOn, 100));
    void lookOn();
  });
}

/**
 * How long nothing was heard at a time, in what `watchSound` has read, oldest first: what had to be made up, and what should have been played
 * by the clock and was not. A player that stands still makes nothing up, and is as silent.
 * @param {{at: number, played: number, madeUp: number}[]} looks all in ms; the last two since the stream began
 * @returns {{looks: number, longest: number, played: number, watched: number}} ms, except `looks`
 */
export function judgeSound(looks) {
  // The same report again would cut a gap in two.
  const read = looks.filter(({ at }, index) => index === 0 || at > looks[index - 1].at);
  let [run, longest] = [0, 0];
  for (const [index, { at, played, madeUp }] of read.slice(1).entries()) {
    const last = read[index];
    const silent = madeUp - last.madeUp + (at - last.at) - (played - last.played);
    // What is silent at the end of one look and at the beginning of the next may be one gap, and counts as one.
    const isSilent = silent >= kSilentPart * (at - last.at);
    longest = Math.max(longest, run + Math.max(0, silent));
    run = isSilent ? run + silent : Math.max(0, silent);
  }
  const [first, end] = [read[0], read.at(-1)];
  return { looks: Math.max(0, read.length - 1), longest, played: end ? end.played - first.played : 0, watched: end ? end.at - first.at : 0 };
}

/** Packets of sound so far: those that were lost, and all. */
export const lostAt = (person) =>
  person.page.evaluate(async () => {
    const entries = [...(await visavis.pc.getStats()).values()];
    const { packetsLost, packetsReceived } = entries.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio');
    return { lost: packetsLost, all: packetsLost + packetsReceived };
  });

/** Since then. */
export const sound = async (person) => judgeSound(await person.page.evaluate(() => window.vvSound));
const clock = (person) => person.page.evaluate(() => performance.now());

export async function pass(person, seconds) {
  const began = await clock(person);
  await until(`${seconds} s pass`, async () => (await clock(person)) - began >= seconds * 1_000, { limit: seconds * 1_000 + 20_000, every: 500 });
}
