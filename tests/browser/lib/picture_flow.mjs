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

/** Counted by the decoder, for each source: a page that is busy shows fewer. A Firefox (153) has had more than one, and not always the same one first. */
function countPictures(person) {
  return person.page.evaluate(async () => {
    const sources = [...(await visavis.pc.getStats()).values()].filter(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
    return { at: Math.max(0, ...sources.map(({ timestamp }) => timestamp)), decoded: Object.fromEntries(sources.map(({ ssrc, framesDecoded }) => [ssrc, framesDecoded ?? 0])) };
  });
}

/** Pictures a second in the next so many seconds. A source that has fewer than before has begun to count anew. */
export async function rateOver(person, seconds) {
  const before = await countPictures(person);
  let [last, frames] = [before, 0];
  const enough = async () => {
    const now = await countPictures(person);
    for (const [ssrc, decoded] of Object.entries(now.decoded)) {
      const known = last.decoded[ssrc] ?? 0;
      frames += decoded < known ? decoded : decoded - known;
    }
    last = { at: Math.max(last.at, now.at), decoded: { ...last.decoded, ...now.decoded } };
    return last.at - before.at >= seconds * 1_000;
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
