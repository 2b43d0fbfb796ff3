// What ends are asked to do with each other, and what has to come of it.
import assert from 'node:assert/strict';
import { until } from '../../browser/lib/poll.mjs';
import { startEnd, trickle } from './ends.mjs';
import { readPictures, readTone } from './recordings.mjs';

const kBytes = 60_000; // of a message that takes many packets
// A machine that is slow leaves pictures out, and never shows one before its time.
const kPicturesMin = 20;
const kSoundMin = 75; // packets of 20 ms
/** How much of a tenth of a second has to be the tone, and of how many of them so much. */
const kTones = {
  whole: [{ share: 0.9, of: 0.8 }],
  // Each has six packets in it, so that half of all are whole; what a decoder makes up for a lost one is a tone too, but not quite in step.
  lossy: [{ share: 0.9, of: 0.3 }, { share: 0.5, of: 0.9 }],
  // The others' buffers stretch it, and their processors are busy.
  heard: { share: 0.9, of: 0.75 },
};
// Of what comes to the others.
const kLook = 3_000; // ms, the last of all
const kRound = 100; // tenths of a second, in which our clip begins anew
const kPaceOff = 0.2;
const kStillMax = 1_000; // ms

export const kMedia = ['audio', 'video'];
// What each can do: aiortc trickles nothing, has no restart and tells its own addresses whatever it is asked. And for how many ms our end
// holds its sound: a browser without a sound system makes it by a timer. Firefox's loses 6 % of the time, which is a second in the length of a
// test; Chromium's has come too late for 200 ms on a busy machine.
export const kOthers = {
  chromium: { restarts: true, audioDelay: 2_000 },
  firefox: { restarts: true, audioDelay: 2_000 },
  wrtc: { restarts: true, audioDelay: 200 },
  aiortc: { restarts: false, audioDelay: 200 },
};

/** Runs `use(native, other, stop)` with two ends that are told each other's candidates until they are told to stop. @param which of each the kind, and where: as startEnd takes them */
export async function withEnds(which, use) {
  const ends = [];
  const endAll = () => Promise.all(ends.map((end) => end.end()));
  let stop = async () => {};
  try {
    for (const each of which) ends.push(await startEnd(...each));
    stop = trickle(...ends);
    await use(...ends, stop);
  } catch (error) {
    const [{ reason: fault }] = await Promise.allSettled([stop()]);
    await endAll();
    // A candidate that was refused is why nothing came of it.
    throw fault && fault !== error ? new AggregateError([fault, error], `${fault.message}; ${error.message}`) : error;
  }
  for (const [index, how] of (await endAll()).entries()) {
    if (which[index][0] === 'native') assert.equal(how.code, 0, `${ends[index].name} ended with ${how.code ?? how.signal}: ${ends[index].errors}`);
  }
}

/** Words and bytes, both ways. */
export async function talk(native, other) {
  for (const [from, to] of [[native, other], [other, native]]) {
    const text = `from ${from.name} at ${Date.now()} — ✓`;
    await from.ask('send', { label: 'chat', text });
    await to.hears('the words', (said) => said.what === 'message' && said.text === text);
    await from.ask('send', { label: 'chat', size: kBytes });
    await to.hears('the bytes', (said) => said.what === 'message' && said.size === kBytes);
  }
}

/** Sound and pictures come that had not come before, at both. */
export async function flow(native, other) {
  for (const end of [native, other]) {
    const first = await end.ask('stats');
    await until(`${end.name}: sound and pictures`, async () => {
      const now = await end.ask('stats');
      const isMore = ['audio', 'video'].every((kind) => now.received[kind]?.packets > (first.received[kind]?.packets ?? 0) + 20);
      // A browser decodes both, and its picture's clock goes on; so does libwebrtc in Node.
      const isPlayed = now.clock === undefined || (now.frames > first.frames + 5 && now.energy > first.energy && now.clock !== first.clock && now.clock !== null);
      if (isMore && isPlayed) return true;
      throw new Error(JSON.stringify({ first, now }));
    });
  }
}

/** Of sound and pictures, to be judged. @param [before] what there was when it began to keep them */
export function hasEnough(native, before = { audio: { frames: 0 }, video: { frames: 0 } }) {
  return until('ours has a second and more of both', async () => {
    const { received } = await native.ask('stats');
    const isMore = (kind, least) => received[kind].frames >= before[kind].frames + least;
    if (isMore('audio', kSoundMin) && isMore('video', kPicturesMin * 2)) return true;
    throw new Error(JSON.stringify(received));
  });
}

/** What the other end has taken lately is what ours plays: the tone, and the clock, which goes as time does. @returns {Promise<string>} what was found */
export async function hearsAndSeesOurs(other) {
  const { pictures, sound } = await until(`${other.name}: enough that comes from ours`, async () => {
    const seen = await other.ask('seen');
    const [pictures, sound] = [seen.pictures, seen.sound].map((all) => all.filter(([at]) => at >= (all.at(-1)?.[0] ?? 0) - kLook));
    const isWhole = [seen.pictures, seen.sound].every((all) => all.length && all.at(-1)[0] - all[0][0] >= kLook);
    if (isWhole) return { pictures, sound };
    throw new Error(JSON.stringify({ pictures, sound }));
  });
  const told = () => `${other.name}: ${JSON.stringify(pictures.map(([at, clock]) => [Math.round(at - pictures[0][0]), clock]))}`;
  let [gone, since, still] = [0, pictures[0][0], 0];
  for (const [index, [at, clock]] of pictures.entries()) {
    assert.ok(clock >= 0 && clock < kRound, `each picture is one of the clip's: ${told()}`);
    if (index === 0) continue;
    const step = (clock - pictures[index - 1][1] + kRound) % kRound;
    assert.ok(step < kRound / 2, `the clock goes forward: ${told()}`);
    gone += step;
    still = Math.max(still, at - since);
    if (step > 0) since = at;
  }
  const pace = (gone * 100) / (pictures.at(-1)[0] - pictures[0][0]);
  assert.ok(Math.abs(pace - 1) <= kPaceOff, `and as time does, not ${pace.toFixed(2)} times as fast: ${told()}`);
  assert.ok(still <= kStillMax, `and does not stand still, as for ${still.toFixed(0)} ms: ${told()}`);
  const shares = sound.map(([, share]) => share ?? 0);
  const clean = shares.filter((one) => one > kTones.heard.share).length;
  assert.ok(clean >= shares.length * kTones.heard.of, `${other.name}: nearly all of it is the tone: ${shares.map((one) => one.toFixed(2))}`);
  return `${other.name} saw our clock go ${pace.toFixed(2)} times as fast as time and stand still for ${still.toFixed(0)} ms at most; ${clean} of ${shares.length} pieces of sound are the tone`;
}

/** @param {boolean} isLossy a tone that is made up where it was lost is none */
export function isWhatWasSent(record, { isLossy = false } = {}) {
  const clocks = readPictures(`${record}.ivf`);
  assert.ok(clocks.length >= kPicturesMin, `${clocks.length} pictures`);
  const steps = clocks.slice(1).map((clock, at) => clock - clocks[at]);
  assert.ok(steps.every((step) => step >= 0), `the clock goes forward: ${clocks}`);
  assert.ok(clocks.at(-1) - clocks[0] >= 10, `and does: ${clocks}`);
  const shares = readTone(`${record}.ogg`);
  assert.ok(shares.length >= 10, `a second of sound: ${shares.length}`);
  for (const { share, of } of isLossy ? kTones.lossy : kTones.whole) {
    const clean = shares.filter((one) => one > share).length;
    assert.ok(clean >= shares.length * of, `${of} of it is the tone, by ${share}: ${shares.map((one) => one.toFixed(2))}`);
  }
}
