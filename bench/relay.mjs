// The relay against Debian's coturn: the same load on each in turn, round by round, medians and ratios of one run.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { kClients, kPeerAddress, kServerAddress, RelayLab } from './lib/relay_lab.mjs';
import { kRealm, kSecret, kTlsPort, kTurnPort, relaySubjects } from './lib/relay_servers.mjs';
import { quantile } from './lib/usage.mjs';

const kRoot = fileURLToPath(new URL('..', import.meta.url));

const traffic = (allocations, perSecond, payload, direction, more = {}) =>
  ({ case: 'traffic', transport: 'udp', allocations, 'per-second': perSecond, payload, direction, window: 384, burst: 1, milliseconds: 2000, ...more });

/** What is measured, by name; `small` is for a quick look at whether the benchmark itself works. */
export const kRelayCases = {
  calls: { title: '1 000 allocations x 50 packets/s, 1 200 bytes', load: traffic(1000, 50_000, 1200, 'both') },
  'calls-160': { title: '1 000 allocations x 50 packets/s, 160 bytes', load: traffic(1000, 50_000, 160, 'both') },
  'calls-half': { title: '400 allocations x 50 packets/s, 1 200 bytes', load: traffic(400, 20_000, 1200, 'both') },
  'calls-5000': { title: '5 000 allocations x 10 packets/s, 1 200 bytes', load: traffic(5000, 50_000, 1200, 'both') },
  saturated: { title: '1 000 allocations, saturated, 1 200 bytes', load: traffic(1000, 0, 1200, 'both') },
  busy: { title: 'one allocation towards its peer, saturated, 1 200 bytes', load: traffic(1, 0, 1200, 'up') },
  'busy-160': { title: 'one allocation towards its peer, saturated, 160 bytes', load: traffic(1, 0, 160, 'up') },
  tcp: { title: '400 allocations over TCP x 50 packets/s, 1 200 bytes', load: traffic(400, 20_000, 1200, 'both', { transport: 'tcp' }) },
  tls: { title: '400 allocations over TLS x 50 packets/s, 1 200 bytes', load: traffic(400, 20_000, 1200, 'both', { transport: 'tls' }) },
  'tcp-saturated': { title: '40 allocations over TCP, saturated, 1 200 bytes', load: traffic(40, 0, 1200, 'both', { transport: 'tcp' }) },
  'tls-saturated': { title: '40 allocations over TLS, saturated, 1 200 bytes', load: traffic(40, 0, 1200, 'both', { transport: 'tls' }) },
  control: { title: '4 000 allocations with a channel each, beside as many, made and released', load: { case: 'control', transport: 'udp', allocations: 4000 } },
  binding: { title: 'Binding requests, 64 under way', load: { case: 'binding', transport: 'udp', sockets: 2000, window: 64, milliseconds: 2000 } },
  'stranger-none': { title: 'ChannelData from strangers, no allocation', load: { case: 'stranger', transport: 'udp', allocations: 0, 'per-second': 20_000, milliseconds: 2000 } },
  'stranger-10000': { title: 'ChannelData from strangers, 10 000 allocations', load: { case: 'stranger', transport: 'udp', allocations: 10_000, 'per-second': 20_000, milliseconds: 2000 } },
};

const kSmall = { milliseconds: 300, sockets: 100 };
const small = (load) => Object.fromEntries(Object.entries({ ...load, allocations: Math.min(load.allocations ?? 0, 50) })
  .map(([key, value]) => [key, key === 'per-second' ? Math.min(value, 2500) : kSmall[key] && value > kSmall[key] ? kSmall[key] : value])
  .filter(([key]) => key in load));

function loadProgram() {
  const program = process.env.VISAVIS_RELAY_BENCH ?? path.join(kRoot, 'build/bench/bench/relay_bench');
  if (!existsSync(program)) throw new Error(`no ${program}: build the bench preset`);
  return program;
}

const kTexts = ['tls']; // every other figure is a number

/** One case on one server, started for it. @returns {Object<string, number | string>} what the generator printed */
async function measure(lab, program, subject, certificate, { case: name, ...load }) {
  const tls = load.transport === 'tls' ? certificate : null;
  const server = await subject.start(lab, { tls, transport: load.transport });
  try {
    const common = {
      'client-ns': lab.name('c'), 'peer-ns': lab.name('p'), server: `${kServerAddress}:${tls ? kTlsPort : kTurnPort}`, clients: kClients, peer: kPeerAddress,
      secret: kSecret, realm: kRealm, pid: server.pid, 'kernel-threads': lab.kernelThreads.join(','), 'kernel-memory': lab.kernelMemory,
    };
    const flags = Object.entries({ ...common, ...load }).flatMap(([key, value]) => [`--${key}`, String(value)]);
    const [command, ...args] = [...lab.loadPrefix(), program, name, ...flags];
    const errorsBefore = lab.bufferErrors();
    const said = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    const figures = Object.fromEntries(said.trim().split('\n').map((line) => line.split(' ')).map(([key, value]) => [key, kTexts.includes(key) ? value : Number(value)]));
    return { ...figures, buffer_errors: lab.bufferErrors() - errorsBefore };
  } finally {
    await server.stop();
  }
}

const kNanosecondsPerSecond = 1e9;

// What is judged and shown, from what one run printed.
const kDerived = {
  traffic: (f) => ({
    pps: f.delivered / f.seconds,
    loss: (100 * f.lost) / Math.max(1, f.sent),
    cpu: (f.cpu_process + f.cpu_kernel_threads) / f.delivered / 1000,
    process: f.cpu_process / f.delivered / 1000,
    p50: f.p50,
    p99: f.p99,
    'server core': 100 * f.core_busy_0,
    'load core': 100 * f.core_busy_1,
    'buffer errors': f.buffer_errors,
  }),
  control: (f, n) => ({
    'allocations/s': n / f.allocate_seconds,
    'allocations/CPU-s': (n * kNanosecondsPerSecond) / f.allocate_cpu,
    'channels/CPU-s': (n * kNanosecondsPerSecond) / f.bind_cpu,
    user: (f.user_full - f.user_before) / n,
    kernel: (f.kernel_full - f.kernel_before) / n,
    memory: (f.user_full - f.user_before + f.kernel_full - f.kernel_before) / n,
    'kept after release': (f.user_after - f.user_before + f.kernel_after - f.kernel_before) / n,
    repeated: f.repeated,
  }),
  binding: (f) => ({ 'answers/s': f.answers / f.seconds, 'answers/CPU-s': (f.answers * kNanosecondsPerSecond) / f.cpu }),
  stranger: (f) => ({ cpu: f.cpu / f.packets / 1000 }),
};

function medianOf(rounds) {
  return Object.fromEntries(Object.keys(rounds[0]).map((key) => [key, quantile(rounds.map((round) => round[key]), 0.5)]));
}

const shown = (value) => (Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en').replaceAll(',', ' ') : value.toFixed(2));

/** Both ends of a comparison must have the same to encrypt. */
function checkProtection(name, protections) {
  const said = new Set(Object.values(protections));
  if (said.size > 1) throw new Error(`${name}: not the same TLS for all: ${JSON.stringify(protections)}`);
  for (const protection of said) console.log(`  ${name}: every server with ${protection}`);
}

/**
 * @param {{rounds: number, names: string[], isShort: boolean, certificate: {cert: string, key: string}}} options
 * @returns {Promise<Object<string, Object<string, Object<string, number>>>>} medians by case and subject
 */
export async function relayBench({ rounds, names, isShort, certificate }) {
  const program = loadProgram();
  const subjects = relaySubjects();
  for (const { name, about } of subjects) console.log(`  ${name}: ${about}`);
  const all = Object.fromEntries(names.map((name) => [name, Object.fromEntries(subjects.map((subject) => [subject.name, []]))]));
  const protections = Object.fromEntries(names.map((name) => [name, {}]));
  const lab = new RelayLab();
  try {
    console.log(`  kernel memory by ${lab.kernelMemory}`);
    for (let round = 0; round < rounds; ++round) {
      for (const name of names) {
        const load = isShort ? small(kRelayCases[name].load) : kRelayCases[name].load;
        // Who comes first changes from round to round.
        for (let i = 0; i < subjects.length; ++i) {
          const subject = subjects[(i + round) % subjects.length];
          const figures = await measure(lab, program, subject, certificate, load);
          if (figures.tls) protections[name][subject.name] = figures.tls;
          all[name][subject.name].push(kDerived[load.case](figures, load.allocations));
        }
      }
    }
  } finally {
    lab.close();
  }
  for (const name of names) checkProtection(name, protections[name]);
  return Object.fromEntries(names.map((name) => [name, Object.fromEntries(Object.entries(all[name]).map(([subject, results]) => [subject, medianOf(results)]))]));
}

/** The table of one case. */
export function showRelayCase(name, medians) {
  console.log(`  ${kRelayCases[name].title}`);
  const keys = Object.keys(Object.values(medians)[0]);
  for (const [subject, values] of Object.entries(medians)) {
    console.log(`    ${subject.padEnd(8)} ${keys.map((key) => `${key} ${shown(values[key])}`).join(', ')}`);
  }
}
