// All measurements in one run, as ratios against named peers: `./dev bench`, or `node run.mjs [memory|cpu|lobby|srtp|sctp|sim|peer|frames|start|lighthouse|relay|across …]`.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuBench } from './cpu.mjs';
import { firstFrameBench } from './first_frame.mjs';
import { makeCertificate } from './lib/subjects.mjs';
import { lighthouseBench } from './lighthouse.mjs';
import { memoryBench } from './memory.mjs';
import { peerBench } from './peer.mjs';
import { kRelayCases, relayBench, showRelayCase } from './relay.mjs';
import { kStartCases, startBench } from './start.mjs';

const kConnections = Number(process.env.VISAVIS_BENCH_CONNECTIONS ?? 8000);
const kConnects = Number(process.env.VISAVIS_BENCH_CONNECTS ?? 4000);
const kRounds = Number(process.env.VISAVIS_BENCH_ROUNDS ?? 10);
const kRelayRounds = Number(process.env.VISAVIS_BENCH_ROUNDS ?? 9);
const kRelayIsShort = process.env.VISAVIS_BENCH_SHORT === '1'; // does the benchmark itself work? Its figures mean nothing
const kLighthouseRounds = Number(process.env.VISAVIS_BENCH_LIGHTHOUSE_ROUNDS ?? 3);
const kLighthousePoints = 95;
const kLobbyMatchesPerSecond = 200_000;
const kRoot = fileURLToPath(new URL('..', import.meta.url));

let missed = 0;

/** One line with a goal: what was measured, and whether it is met. */
function judge(what, value, goal, unit = '') {
  const met = value <= goal;
  if (!met) missed += 1;
  console.log(`  ${met ? 'met   ' : 'MISSED'}  ${what}: ${value.toFixed(2)}${unit} (goal: at most ${goal}${unit})`);
}

/** The same for what should be much. */
function judgeAtLeast(what, value, goal) {
  const met = value >= goal;
  if (!met) missed += 1;
  const shown = goal < 10 ? value.toFixed(2) : Math.round(value);
  console.log(`  ${met ? 'met   ' : 'MISSED'}  ${what}: ${shown} (goal: at least ${goal})`);
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

async function memory(tls) {
  console.log(`Memory per idle TLS WebSocket, ${kConnections} connections`);
  const results = await memoryBench(tls, kConnections);
  for (const [name, { uss, pss }] of Object.entries(results)) {
    console.log(`  ${name.padEnd(8)} ${kilobytes(uss)} private, ${kilobytes(pss)} PSS`);
  }
  const better = Math.min(results.ws.uss, results.peer.uss);
  judge('visavis / the better of ws and peer', results.visavis.uss / better, 0.5);
  const { matches, matchesPerSecond, p99 } = results.visavis;
  console.log(`  over those sockets: ${matches} matches at ${Math.round(matchesPerSecond)} per second, seek to matched p99 ${p99.toFixed(0)} ms (with the load generator on the same cores)`);
}

async function cpu(tls) {
  console.log(`CPU per accepted TLS connection, ${kConnects} connections`);
  const { visavis, ws, session } = await cpuBench(tls, kConnects);
  const show = (name, { seconds, cipher }) => console.log(`  ${name.padEnd(22)} ${(seconds * 1e6).toFixed(0)} µs (${cipher})`);
  show('visavis', visavis);
  show('ws', ws);
  show('visavis with a session', session);
  judge('visavis / ws', visavis.seconds / ws.seconds, 0.6);
}

function lobby() {
  console.log('Lobby alone, one core');
  const program = process.env.VISAVIS_LOBBY_BENCH ?? path.join(kRoot, 'build/bench/bench/lobby_bench');
  if (!existsSync(program)) throw new Error(`no ${program}: build the bench preset`);
  const said = execFileSync(program, { encoding: 'utf8' });
  console.log(said.trimEnd().replace(/^/gm, '  '));
  const perSecond = /^matches per second: (\d+)/m.exec(said)?.[1];
  if (!perSecond) throw new Error('the lobby bench does not say its matches per second');
  judgeAtLeast('matches per second', Number(perSecond), kLobbyMatchesPerSecond);
}

// Ours over libsrtp's, by profile; both for a packet of video.
const kSrtpGoals = { 'gcm-128': 0.5, 'gcm-256': 0.5, 'cm-sha1': 0.25 };
const kSrtpJudgedSize = 1112;

function srtp() {
  console.log('SRTP, nanoseconds of processor time for a packet, ours and libsrtp; heap of a session with one source each way');
  const program = process.env.VISAVIS_SRTP_BENCH ?? path.join(kRoot, 'build/bench/bench/srtp_bench');
  if (!existsSync(program)) throw new Error(`no ${program}: build the bench preset`);
  const said = execFileSync(program, { encoding: 'utf8' });
  console.log(said.trimEnd().replace(/^/gm, '  '));
  for (const [profile, goal] of Object.entries(kSrtpGoals)) {
    const figures = new RegExp(`^${profile} ${kSrtpJudgedSize} ours (\\d+) libsrtp (\\d+)`, 'm').exec(said);
    if (!figures) throw new Error(`the SRTP bench does not say what ${profile} costs`);
    judge(`${profile}: protecting ${kSrtpJudgedSize} bytes, visavis / libsrtp`, Number(figures[1]) / Number(figures[2]), goal);
  }
}

// Ours over usrsctp's, on every path; and of the heap.
const kSctpThroughputGoal = 0.5;
const kSctpIdleGoal = 0.1;

function sctp() {
  console.log('SCTP over simulated paths of 50 ms, ours and usrsctp; heap of an idle association');
  const program = process.env.VISAVIS_SCTP_BENCH ?? path.join(kRoot, 'build/bench/bench/sctp_bench');
  if (!existsSync(program)) throw new Error(`no ${program}: build the bench preset`);
  const said = execFileSync(program, { encoding: 'utf8' });
  console.log(said.trimEnd().replace(/^/gm, '  '));
  const ratios = [...said.matchAll(/^50 ms, (.+?): .* ratio ([\d.]+)$/gm)];
  const idle = /^idle association: ours (\d+) bytes, usrsctp (\d+) bytes/m.exec(said);
  if (ratios.length === 0 || !idle) throw new Error('the SCTP bench does not say its figures');
  for (const [, what, ratio] of ratios) judgeAtLeast(`throughput, ${what}, visavis / usrsctp`, Number(ratio), kSctpThroughputGoal);
  judge('heap of an idle association, visavis / usrsctp', Number(idle[1]) / Number(idle[2]), kSctpIdleGoal);
}

// Of one core; what is served has no part in it.
const kSimGoals = { 'two homes, ICE alone': 2000, 'two homes, whole peers': 300 };

function sim() {
  console.log('Connections in the simulated internet, each a world of its own, one core');
  const program = process.env.VISAVIS_SIM_BENCH ?? path.join(kRoot, 'build/bench/bench/sim_bench');
  if (!existsSync(program)) throw new Error(`no ${program}: build the bench preset`);
  const said = execFileSync(program, { encoding: 'utf8' });
  console.log(said.trimEnd().replace(/^/gm, '  '));
  for (const [what, goal] of Object.entries(kSimGoals)) {
    const perSecond = new RegExp(`^${what}: (\\d+) connections per second`, 'm').exec(said)?.[1];
    if (!perSecond) throw new Error(`the bench of the simulated internet does not say its connections per second of ${what}`);
    judgeAtLeast(`connections per second, ${what}`, Number(perSecond), goal);
  }
}

// Ours over libwebrtc's, and milliseconds.
const kPeerRounds = Number(process.env.VISAVIS_BENCH_ROUNDS ?? 9);
const kPeerPairs = Number(process.env.VISAVIS_BENCH_PAIRS ?? 100);
const kPeerConnects = Number(process.env.VISAVIS_BENCH_CONNECTS ?? 50);
const kPeerMemoryGoal = 0.4;
const kPeerOpenGoal = 20;

async function peer() {
  console.log(`Connections with a data channel, both ends in one process, a new certificate for each end; ${kPeerRounds} rounds`);
  const results = await peerBench({ rounds: kPeerRounds, pairs: kPeerPairs, connects: kPeerConnects });
  const times = ({ p50, p99 }) => `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
  for (const [name, { memory, secured, open }] of Object.entries(results)) {
    console.log(`  ${name.padEnd(8)} ${kilobytes(memory)} for one end of ${2 * kPeerPairs}; keys ${times(secured)}; channel ${times(open)} (${open.count} connections)`);
  }
  const { visavis, wrtc } = results;
  judge('memory of an end, visavis / libwebrtc', visavis.memory / wrtc.memory, kPeerMemoryGoal);
  judge('channel open p50, visavis / libwebrtc', visavis.open.p50 / wrtc.open.p50, 1);
  judge('channel open p99', visavis.open.p99, kPeerOpenGoal, ' ms');
}

async function frames() {
  console.log('From receiving `accepted` to the first decoded remote frame, on loopback');
  for (const [way, pairs] of Object.entries(await firstFrameBench(kRounds))) {
    for (const [pair, { median, p95, samples }] of Object.entries(pairs)) {
      console.log(`  ${way}, ${pair}: median ${median.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms (${samples} ends)`);
      if (way === 'direct') judge(`${pair} median`, median, 300, ' ms');
    }
  }
}

/** The names asked for by an environment variable, or all. */
function namesFrom(variable, cases) {
  const names = process.env[variable]?.split(',') ?? Object.keys(cases);
  for (const name of names) if (!cases[name]) throw new Error(`no case ${name}; there are ${Object.keys(cases).join(', ')}`);
  return names;
}

const kJudgedLink = 50; // ms each way
const kUsual = 'on'; // as in web/core/double_offer.ts

async function start() {
  console.log('From receiving `accepted` to the first decoded remote frame, and from the second click to that of who clicked, over slow links');
  for (const name of namesFrom('VISAVIS_BENCH_START_CASES', kStartCases)) {
    const { ours, theirs } = await startBench(kStartCases[name], kRounds);
    console.log(`  ${name}: from the click, peerjs ${theirs.toFixed(0)} ms`);
    for (const [double, { accepted, p95, ends, click, phases }] of Object.entries(ours)) {
      console.log(`    double offer ${double}: median ${accepted.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms (${ends} ends); from the click ${click.toFixed(0)} ms`);
      for (const [role, steps] of Object.entries(phases)) {
        const said = Object.entries(steps).flatMap(([step, at]) => (at === undefined ? [] : [`${step} ${at.toFixed(0)}`]));
        console.log(`      role ${role}: ${said.join(', ')}`);
      }
    }
    if (kStartCases[name].each === kJudgedLink) judge(`${name}: median after \`accepted\``, ours[kUsual].accepted, 550, ' ms');
    judge(`${name}: from the click, visavis / peerjs`, ours[kUsual].click / theirs, 0.5);
  }
}

async function lighthouse() {
  console.log(`Lighthouse on the home screen, of 100 points, median of ${kLighthouseRounds}`);
  for (const [form, { points, lacks }] of Object.entries(await lighthouseBench(kLighthouseRounds))) {
    for (const [category, value] of Object.entries(points)) judgeAtLeast(`${form}: ${category}`, value, kLighthousePoints);
    if (lacks.length > 0) console.log(`          ${form} is not at 100 for: ${lacks.join(', ')}`);
  }
}

// Ours over coturn's, of the medians of one run; times in microseconds.
const kRelayGoals = {
  calls: (ours, theirs) => {
    judge('calls: CPU per packet, visavis / coturn', ours.cpu / theirs.cpu, 0.7);
    judge('calls: p50 more than coturn', ours.p50 - theirs.p50, 200, ' µs');
    judge('calls: p99, visavis / coturn', ours.p99 / theirs.p99, 1);
  },
  saturated: (ours, theirs, epoll) => {
    judge('saturated: CPU per packet, visavis / coturn', ours.cpu / theirs.cpu, 0.65);
    judgeAtLeast('saturated: packets, visavis / coturn', ours.pps / theirs.pps, 1.45);
    judge('saturated: CPU per packet without io_uring, visavis / coturn', epoll.cpu / theirs.cpu, 0.85);
    judgeAtLeast('saturated: packets without io_uring, visavis / coturn', epoll.pps / theirs.pps, 1.2);
  },
  busy: (ours, theirs) => judge('one busy allocation: CPU per packet, visavis / coturn', ours.cpu / theirs.cpu, 0.38),
  tcp: (ours, theirs) => judge('TCP clients: CPU per packet, visavis / coturn', ours.cpu / theirs.cpu, 0.7),
  'tcp-saturated': (ours, theirs) => judge('TCP clients, saturated: CPU per packet, visavis / coturn', ours.cpu / theirs.cpu, 0.7),
  tls: (ours, theirs) => judge('TLS clients: CPU per packet, visavis / coturn', ours.cpu / theirs.cpu, 0.7),
  'tls-saturated': (ours, theirs) => judge('TLS clients, saturated: CPU per packet, visavis / coturn', ours.cpu / theirs.cpu, 0.7),
  control: (ours, theirs) => {
    judge('memory per idle allocation, user and kernel, visavis / coturn', ours.memory / theirs.memory, 0.2);
    judge('user memory per idle allocation', ours.user, 1024, ' bytes');
    judge('kept of it after release', ours['kept after release'] / ours.memory, 0.1);
    judgeAtLeast('allocations per CPU-second, visavis / coturn', ours['allocations/CPU-s'] / theirs['allocations/CPU-s'], 3);
  },
  binding: (ours, theirs) => judgeAtLeast('Binding answers per CPU-second, visavis / coturn', ours['answers/CPU-s'] / theirs['answers/CPU-s'], 1.3),
};

async function relay(certificate) {
  console.log(`The relay and coturn, ${kRelayIsShort ? 'one short round' : `medians of ${kRelayRounds} rounds`}`);
  const names = namesFrom('VISAVIS_BENCH_RELAY_CASES', kRelayCases);
  const medians = await relayBench({ rounds: kRelayIsShort ? 1 : kRelayRounds, names, isShort: kRelayIsShort, certificate });
  for (const name of names) showRelayCase(name, medians[name]);
  if (kRelayIsShort) return;
  for (const name of names) kRelayGoals[name]?.(medians[name].visavis, medians[name].coturn, medians[name].epoll);
  const [none, many] = ['stranger-none', 'stranger-10000'].map((name) => medians[name]?.visavis.cpu);
  if (none && many) judge('a stranger\'s packet with 10 000 allocations / with none', many / none, 1.3);
}

function across() {
  console.log('Packets between two of the relay\'s allocations, on one thread and on two');
  const program = path.join(kRoot, 'build/bench/bench/relay_across_bench');
  if (!existsSync(program)) throw new Error(`no ${program}: build the bench preset`);
  console.log(execFileSync(program, [String(kRelayIsShort ? 1 : kRelayRounds)], { encoding: 'utf8' }).trimEnd().replace(/^/gm, '  '));
}

const kParts = { memory, cpu, lobby, srtp, sctp, sim, peer, frames, start, lighthouse, relay, across };
const wanted = process.argv.slice(2);
for (const name of wanted) if (!kParts[name]) throw new Error(`no part ${name}; there are ${Object.keys(kParts).join(', ')}`);

const directory = mkdtempSync(path.join(tmpdir(), 'visavis-bench-'));
try {
  const tls = makeCertificate(directory);
  for (const name of wanted.length ? wanted : Object.keys(kParts)) await kParts[name](tls);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(missed === 0 ? 'All goals are met.' : `${missed} goals are missed.`);
process.exitCode = missed === 0 ? 0 : 1;
