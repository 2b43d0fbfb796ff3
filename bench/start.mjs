// How soon a call is there: from `accepted`, and from the second person's click, to the first decoded frame of the other, over links on
// which every packet takes its time; and the same click in a page made with npm `peerjs` and its own server, on the same links.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { bothOpen, freshRoom } from '../tests/browser/cases/talk.mjs';
import { meetAtCard } from '../tests/browser/lib/person.mjs';
import { until } from '../tests/browser/lib/poll.mjs';
import { RemoteBrowser } from '../tests/browser/lib/remote.mjs';
import { BrowserPool, scene } from '../tests/browser/lib/scene.mjs';
import { kServer, Lab, whyNoLab } from '../tests/netns/lib/lab.mjs';
import { serveInLab } from '../tests/netns/lib/serve.mjs';
import { slowLegs } from '../tests/netns/lib/slow_link.mjs';
import { quantile } from './lib/usage.mjs';

const kTheirPort = 9000;
const kTheirOrigin = `http://${kServer}:${kTheirPort}`;
const kStun = `stun:${kServer}:3478`;

/** Without a double offer (web/core/double_offer.ts) and with it. */
const kKinds = ['off', 'on'];

const kChromiums = ['chromium', 'chromium'];
/** `each`: milliseconds each way between any two of the two homes and the server. */
export const kStartCases = {
  '0-chromium': { each: 0, kinds: kChromiums },
  '50-chromium': { each: 50, kinds: kChromiums },
  '50-chromium-open': { each: 50, kinds: kChromiums, mode: 'open' },
  '50-firefox': { each: 50, kinds: ['firefox', 'firefox'] },
  '50-mixed': { each: 50, kinds: ['chromium', 'firefox'] },
  '150-chromium': { each: 150, kinds: kChromiums },
};

const firstFrame = (person) =>
  until(`${person.name}'s first frame`, () => person.page.evaluate(() => vvProbe.firstFrames[0]));

/** Runs in the page, at the card: what the browser tells of its way to the partner, on the page's clock. */
function noteSteps() {
  const steps = (vvProbe.steps = {});
  const peer = vvProbe.peer();
  peer.addEventListener('icecandidate', ({ candidate }) => {
    const type = / typ (\w+)/.exec(candidate?.candidate ?? '')?.[1];
    if (type) steps[type] ??= performance.now();
  });
  peer.addEventListener('iceconnectionstatechange', () => {
    if (['connected', 'completed'].includes(peer.iceConnectionState)) steps.pair ??= performance.now();
  });
}

/** One call: for either end when what happened, in ms after `accepted`, and the time from the second click to that person's first frame. */
async function ourCall(server, first, second) {
  await bothOpen(server, first, second);
  await meetAtCard(first, second, await freshRoom(first));
  await Promise.all([first, second].map((person) => person.page.evaluate(noteSteps)));
  await first.press('accept');
  await first.state('accepting');
  await second.press('accept');
  const ends = await Promise.all([first, second].map(async (person) => {
    const { at } = await firstFrame(person);
    const { timings, steps } = await person.page.evaluate(() => ({ timings: visavis.timings, steps: vvProbe.steps }));
    const [summary, { role }] = await Promise.all([person.summary(), person.attributes()]);
    if ([summary.local?.type, summary.remote?.type].includes('relay')) throw new Error(`${person.name}: the call is relayed`);
    const { accept, accepted, local, remote, connected } = timings;
    const moments = { local, remote, host: steps.host, srflx: steps.srflx, pair: steps.pair, connected, frame: at };
    return { role, click: at - accept, after: Object.fromEntries(Object.entries(moments).map(([name, moment]) => [name, moment && moment - accepted])) };
  }));
  return { ends, click: ends[1].click };
}

let nextName = 0;

async function theirCall(first, second) {
  const name = `first-${++nextName}`;
  for (const person of [first, second]) await person.page.goto(`${kTheirOrigin}/call`);
  await first.page.evaluate(`async (...all) => prepare(...all)`, name, kStun);
  await second.page.evaluate(`async (...all) => prepare(...all)`, `second-${nextName}`, kStun);
  await second.page.evaluate(`(name) => aim(name)`, name);
  await second.page.click('button');
  return (await firstFrame(second)).ms;
}

async function startTheirs(lab) {
  const [command, ...args] = lab.enter('srv');
  const script = fileURLToPath(new URL('peers/call_site.mjs', import.meta.url));
  const child = fork(script, [kServer, String(kTheirPort)], { execPath: command, execArgv: [...args, process.execPath] });
  const ended = once(child, 'exit');
  await Promise.race([once(child, 'message'), ended.then(([code]) => Promise.reject(new Error(`peer ended with ${code}`)))]);
  return {
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

/** All kinds of calls in turn, so that what else the machine does meets both. */
async function startCase({ each, kinds, mode = 'port' }, rounds) {
  const lab = new Lab();
  const parts = [];
  try {
    for (const n of [1, 2]) lab.setMode(n, mode);
    if (each > 0) parts.push(await slowLegs(lab, each).then(({ end }) => ({ stop: end })));
    const server = await serveInLab(lab);
    parts.push(server, await startTheirs(lab));
    const pool = new BrowserPool((kind, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, { secureOrigins: [server.origin, kTheirOrigin] }));
    parts.push({ stop: () => pool.close() });
    const ours = Object.fromEntries(kKinds.map((kind) => [kind, []]));
    const theirs = [];
    const options = { pool, server, kinds };
    for (let round = 0; round < rounds; ++round) {
      for (const double of kKinds) {
        await scene({ ...options, name: `bench start, ${double}`, probe: { firstFrame: true, double } }, async (...people) => void ours[double].push(await ourCall(server, ...people)));
      }
      await scene({ ...options, name: 'bench start, peerjs', probe: { debug: false } }, async (...people) => void theirs.push(await theirCall(...people)));
    }
    return { ours, theirs };
  } finally {
    for (const part of parts.reverse()) await part.stop();
    lab.close();
  }
}

const median = (samples) => quantile(samples.filter((sample) => typeof sample === 'number'), 0.5);

function summed(calls) {
  const ends = calls.flatMap((call) => call.ends);
  const phases = {};
  for (const role of ['a', 'b']) {
    const those = ends.filter((end) => end.role === role).map(({ after }) => after);
    phases[role] = Object.fromEntries(Object.keys(those[0]).map((step) => [step, median(those.map((after) => after[step]))]));
  }
  const frames = ends.map(({ after }) => after.frame);
  return { accepted: median(frames), p95: quantile(frames, 0.95), ends: frames.length, click: median(calls.map(({ click }) => click)), phases };
}

/** @returns milliseconds: medians by whether a double offer is made, `phases` by the role of an end, `a` having made the offer; `theirs`: peerjs from the click */
export async function startBench(how, rounds) {
  const reason = whyNoLab();
  if (reason) throw new Error(`the network lab cannot be built here (${reason}): sudo ./dev bench start`);
  const { ours, theirs } = await startCase(how, rounds);
  return { ours: Object.fromEntries(Object.entries(ours).map(([kind, calls]) => [kind, summed(calls)])), theirs: median(theirs) };
}
