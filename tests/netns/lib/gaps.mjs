// How long a call stood still: from what a page has counted (call_watch.mjs) to the gap in its partner's picture, the moment ICE was
// restarted, and the time from there to the next frame. All times in ms of one clock, which both pages share.

/** A counter that falls to at most this begins anew with a new connection; one that falls further up was an older reading. */
export const kFreshFramesMax = 60;
/** Shorter ones are a slow frame, or a page that was busy with something else. */
export const kGapMs = 500;

/** @typedef {{at: number, frames: number}} Sample the counter of decoded frames as it was read */
/** @typedef {{samples: Sample[], shown: number[], noticed?: number[], restarts: {at: number, how: string}[]}} Watched */
/** @typedef {{from: number, to: number | null, ms: number}} Gap `to` null: it had not ended when the watch did */

/** When frames had been decoded that had not been at the reading before. @param {Sample[]} samples oldest first @returns {number[]} */
export function decodedAt(samples) {
  const moments = [];
  let last = samples[0]?.frames ?? 0;
  for (const { at, frames } of samples) {
    if (frames < last && frames > kFreshFramesMax) continue;
    if (frames > last || (frames < last && frames > 0)) moments.push(at);
    last = frames;
  }
  return moments;
}

/** The gaps that were open at `fault` or began after it. @param {Watched} watched @returns {Gap[]} */
export function gapsAfter({ samples, shown }, fault, end) {
  const moments = [...decodedAt(samples), ...shown].filter((at) => at <= end).sort((a, b) => a - b);
  const before = moments.filter((at) => at <= fault).at(-1) ?? fault;
  const after = moments.filter((at) => at > fault);
  const begins = [before, ...after];
  const gaps = begins.map((from, index) => {
    const to = after[index] ?? null;
    return { from, to, ms: (to ?? end) - from };
  });
  return gaps.filter(({ ms }) => ms >= kGapMs);
}

/** The longest time in which nobody looked: a gap that is no longer than it may be none. @param {Sample[]} samples */
export function blindFor(samples, from, end) {
  const looks = [from, ...samples.map(({ at }) => at).filter((at) => at > from && at < end), end];
  return Math.max(0, ...looks.slice(1).map((at, index) => at - looks[index]));
}

/**
 * What one fault did to one person's picture. `path`: since when there is a path again, where the fault has left none; `restarts`: of both
 * ends, since either's restarts the call.
 * @param {Watched} watched @param {{fault: number, end: number, path?: number, restarts?: Watched['restarts']}} when
 * @returns {{gap: number, started: number | null, isOver: boolean, gaps: number, noticed: number | null, restart: number | null, how: string | null,
 *   back: number | null, tries: number, blind: number, pathless: number, begun: number | null, after: number | null}}
 *   gap: the longest; started: after the fault; noticed: when the page said so, counted from the fault, of a gap that was not over by then;
 *   restart: the first that began after the fault and before the gap was over, counted from the fault; how: what it began with, why this
 *   page wanted it or a description; back: from there to the next frame; tries: offers that restart
 *   ICE in that time; pathless: how long after the fault there was no path; begun: from when there is one to the first restart that begins
 *   then, 0 where none does and an earlier one is under way; after: from that moment to the next frame. Null: there was none.
 */
export function judgeFault(watched, { fault, end, path = fault, restarts = watched.restarts }) {
  const gaps = gapsAfter(watched, fault, end);
  const longest = gaps.reduce((most, gap) => (gap.ms > (most?.ms ?? 0) ? gap : most), null);
  const until = longest?.to ?? end;
  const within = restarts.filter(({ at }) => at >= fault && at <= until).sort((a, b) => a.at - b.at);
  const { at: first, how } = (longest && within[0]) ?? { at: null, how: null };
  const noticed = longest ? watched.noticed?.find((at) => at >= fault && at <= until) : undefined;
  const isAfterPath = longest !== null && until >= path;
  const counted = first === null || !isAfterPath ? null : (within.find(({ at }) => at >= path)?.at ?? path);
  return {
    gap: longest?.ms ?? 0,
    started: longest ? Math.max(0, longest.from - fault) : null,
    isOver: longest?.to !== null || !longest,
    gaps: gaps.length,
    noticed: noticed === undefined ? null : noticed - fault,
    restart: first === null ? null : first - fault,
    back: first === null || longest.to === null ? null : longest.to - first,
    how,
    tries: longest ? within.filter((restart) => restart.how === 'offer').length : 0,
    blind: blindFor(watched.samples, fault, end),
    pathless: path - fault,
    begun: counted === null ? null : counted - path,
    after: counted === null || longest.to === null ? null : longest.to - counted,
  };
}

/** Of an even number the mean of the two in the middle; null of none. @param {number[]} numbers */
export function median(numbers) {
  if (numbers.length === 0) return null;
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return Number.isInteger(half) ? (sorted[half - 1] + sorted[half]) / 2 : sorted[Math.floor(half)];
}

/**
 * How long after the fault the page did something, a key of what `judgeFault` says; where it did not, how long it had for it: until the
 * picture was back.
 */
export function tookUntil(judged, key) {
  return judged[key] ?? (judged.isOver && judged.gap > 0 ? judged.started + judged.gap : Infinity);
}

const seconds = (ms) => (ms === null ? '-' : `${(ms / 1000).toFixed(2)} s`);

/** One line of one fault at one end. @param {ReturnType<typeof judgeFault>} judged */
export function describeFault({ gap, started, isOver, gaps, noticed, restart, how, back, tries, blind, pathless, begun, after }) {
  if (gap === 0) return 'no gap';
  const parts = [`${seconds(gap)} without a frame${isOver ? '' : ' so far'}, from ${seconds(started)} after the fault`];
  if (noticed !== null) parts.push(`noticed ${seconds(noticed)} after the fault`);
  if (restart === null) parts.push('no restart');
  else parts.push(`restart (${how}) ${seconds(restart)} after the fault, next frame ${seconds(back)} after it, offers: ${tries}`);
  if (pathless > 0) parts.push(`a path again ${seconds(pathless)} after the fault, restart ${seconds(begun)} after that, next frame ${seconds(after)} after it`);
  if (gaps > 1) parts.push(`the longest of ${gaps} gaps`);
  if (blind >= kGapMs) parts.push(`nobody looked for ${seconds(blind)}`);
  return parts.join('; ');
}

/** Several runs of the same in one line: medians, each with its extremes. @param {ReturnType<typeof judgeFault>[]} runs */
export function describeRuns(runs) {
  const spread = (name, key) => {
    const numbers = runs.map((run) => run[key]).filter((number) => number !== null);
    if (numbers.length === 0) return `${name} -`;
    const known = numbers.length === runs.length ? '' : ` in ${numbers.length} of ${runs.length}`;
    return `${name} ${seconds(median(numbers))} (${seconds(Math.min(...numbers))} to ${seconds(Math.max(...numbers))})${known}`;
  };
  return [spread('gap', 'gap'), spread('restart once there is a path', 'begun'), spread('next frame after it', 'after')].join(', ');
}
