// How many pictures arrive at a person's page, and how long it waits for one.
import { until } from './poll.mjs';

/** From now on the page keeps the moment of each picture that it shows of the partner. */
export async function watchPictures(person) {
  await until(`${person.name} shows the partner`, () => person.page.evaluate(() => document.querySelector('[data-testid="remote-video"]') !== null));
  await person.page.evaluate(() => {
    const video = document.querySelector('[data-testid="remote-video"]');
    window.vvPictures = [];
    const note = (now) => {
      window.vvPictures.push(now);
      video.requestVideoFrameCallback(note);
    };
    video.requestVideoFrameCallback(note);
  });
}

/** Counted by the decoder: a page that is busy shows fewer. */
export function countPictures(person) {
  return person.page.evaluate(async () => {
    const entries = [...(await visavis.pc.getStats()).values()];
    const { framesDecoded, timestamp } = entries.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video') ?? {};
    return { frames: framesDecoded ?? 0, at: timestamp ?? 0 };
  });
}

/** Pictures a second in the next so many seconds. A Firefox (153) that makes its decoder anew counts from 0 again: so each look's own are summed. */
export async function rateOver(person, seconds) {
  const before = await countPictures(person);
  let [last, frames] = [before, 0];
  const enough = async () => {
    const now = await countPictures(person);
    if (now.at === 0) return false;
    frames += now.frames < last.frames ? now.frames : now.frames - last.frames;
    last = now;
    return now.at - before.at >= seconds * 1_000;
  };
  await until(`${seconds} s pass for ${person.name}`, enough, { limit: seconds * 1_000 + 30_000, every: 250 });
  return (frames * 1_000) / (last.at - before.at);
}

/** The longest time without a new picture since `from` (of that page's clock), ms. */
export function longestWait(person, from) {
  return person.page.evaluate((since) => {
    const shown = [since, ...window.vvPictures.filter((at) => at >= since), performance.now()];
    return Math.max(...shown.slice(1).map((at, index) => at - shown[index]));
  }, from);
}
