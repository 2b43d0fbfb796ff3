// The relays that are compared, each one thread on the lab's server core, with the same secret and relay ports.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBinary, Server } from '../../tests/browser/lib/server.mjs';
import { until } from '../../tests/browser/lib/poll.mjs';
import { kRelayAddress, kServerAddress } from './relay_lab.mjs';

export const kTurnPort = 3478;
export const kTlsPort = 5349;
export const kRealm = 'visavis';
export const kSecret = randomBytes(16).toString('hex');
const kMany = '1000000';

// Quotas are for the world outside: here one machine is everybody.
const kVisavisFlags = [
  ...['--metrics', 'false', '--threads', '1', '--log-level', 'warn'],
  ...['--turn-listen', `*:${kTurnPort}`, '--public-address', kRelayAddress],
  ...['--turn-allocations-max', kMany, '--turn-allocations-per-address', kMany, '--turn-call-kbps', '10000000', '--turn-call-packets', kMany],
];

const kPlainPage = ['--listen', '127.0.0.1:8080'];
// The page's port is that of TURN over TLS as well.
const tlsPage = ({ cert, key }) => ['--listen', `${kServerAddress}:${kTlsPort}`, '--tls-cert', cert, '--tls-key', key];

const kCoturnOptions = [
  ...['-n', '-m', '1', '-L', kServerAddress, '-E', kRelayAddress, '-p', String(kTurnPort)],
  ...['--min-port', '49152', '--max-port', '65535', '--use-auth-secret', `--static-auth-secret=${kSecret}`, '-r', kRealm],
  ...['--no-dtls', '--no-cli', '--no-stdout-log', '--log-file=/dev/null', '--simple-log'],
];
const coturnTls = (tls) => (tls ? ['--cert', tls.cert, '--pkey', tls.key, '--tls-listening-port', String(kTlsPort)] : ['--no-tls']);

/** Of any application that is not a browser's call: no peer is waited for to consent. Every server is compared so, since the others do not either. */
const kUngated = '--turn-app-secrets';
/** Of calls: behind the consent gate. */
const kGated = '--turn-secrets';

/** The flags this build of the program has: an older one may be measured too. */
function knownFlags(binary, kind, flags) {
  const help = execFileSync(binary, ['serve', '--help'], { encoding: 'utf8' });
  const secret = [help.includes(kUngated) ? kind : kGated, kSecret];
  return [...secret, ...flags.filter((_, index) => help.includes(flags[index - (index % 2)]))];
}

function visavis(name, binary, more = [], kind = kUngated) {
  const flagsWith = (page) => knownFlags(binary, kind, [...page, ...kVisavisFlags, ...more]);
  return {
    name,
    about: [binary, 'serve', ...flagsWith(kPlainPage)].join(' ').replaceAll(kSecret, 'SECRET'),
    start: async (lab, { tls }) => {
      const flags = flagsWith(tls ? tlsPage(tls) : kPlainPage);
      const server = new Server({ origin: 'http://localhost:8080', binary, prefix: lab.serverPrefix(), flags });
      await server.start();
      return { pid: server.pid, stop: () => server.stop() };
    },
  };
}

/** The version Debian gives its package, which every figure is quoted with. */
function coturnVersion() {
  const said = execFileSync('sh', ['-c', 'turnserver --version 2>&1 || true'], { encoding: 'utf8' });
  const version = /^\d+\.\d+\.\d+/m.exec(said)?.[0];
  if (!version) throw new Error('there is no turnserver: ./dev bench relay unpacks Debian\'s coturn');
  return version;
}

function coturn() {
  const version = coturnVersion();
  return {
    name: 'coturn',
    about: `${version}: turnserver ${[...kCoturnOptions, ...coturnTls(null)].join(' ').replaceAll(kSecret, 'SECRET')}`,
    version,
    start: async (lab, { tls }) => {
      const directory = mkdtempSync(path.join(tmpdir(), 'visavis-coturn-'));
      const own = [`--userdb=${directory}/turndb`, `--pidfile=${directory}/pid`];
      const [command, ...args] = [...lab.serverPrefix(), 'turnserver', ...kCoturnOptions, ...coturnTls(tls), ...own];
      const child = spawn(command, args, { stdio: 'ignore' });
      let ended = null;
      const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve((ended = signal ?? code))));
      const isReady = () => lab.isBound(kTurnPort) && lab.listens(kTurnPort) && (!tls || lab.listens(kTlsPort));
      await until('coturn listens', () => ended !== null || isReady());
      if (ended !== null) throw new Error(`turnserver ended with ${ended}`);
      return {
        pid: child.pid,
        stop: async () => {
          child.kill('SIGKILL'); // on SIGTERM it takes seconds to say good-bye
          await exited;
          rmSync(directory, { recursive: true, force: true });
        },
      };
    },
  };
}

/** What only forwards, without a check of any kind, in the same rhythm, over plain sockets. UDP and TCP. */
function bareForwarder() {
  const folder = process.env.VISAVIS_BARE_FORWARDERS ?? fileURLToPath(new URL('../../build/bench/bench', import.meta.url));
  return {
    name: 'bare',
    about: 'a forwarder without tables, limits or counters: bench/bare_forwarder.cpp, over TCP bench/bare_stream_forwarder.cpp',
    start: async (lab, { tls, transport }) => {
      if (tls) throw new Error('the bare forwarder has no TLS: VISAVIS_BENCH_BARE=1 is for the cases over UDP and TCP');
      const isStream = transport === 'tcp';
      const program = path.join(folder, isStream ? 'bare_stream_forwarder' : 'bare_forwarder');
      const [command, ...args] = [...lab.serverPrefix(), program, `${kServerAddress}:${kTurnPort}`, kRelayAddress];
      const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
      let ended = null;
      const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve((ended = signal ?? code))));
      await until('the bare forwarder listens', () => ended !== null || (isStream ? lab.listens(kTurnPort) : lab.isBound(kTurnPort)));
      if (ended !== null) throw new Error(`the bare forwarder ended with ${ended}`);
      return {
        pid: child.pid,
        stop: async () => {
          child.kill();
          await exited;
        },
      };
    },
  };
}

/**
 * Each has `start(lab, { tls, transport })`, where `tls` is null or a certificate with its key, for clients over TLS, and `transport` is how they come.
 * Ours, coturn, ours without io_uring, with VISAVIS_BENCH_BEFORE another build of ours, with VISAVIS_BENCH_GATE=1 ours with the consent gate,
 * and with VISAVIS_BENCH_BARE=1 the bare forwarder.
 */
export function relaySubjects() {
  const before = process.env.VISAVIS_BENCH_BEFORE;
  const own = [visavis('visavis', findBinary()), visavis('epoll', findBinary(), ['--turn-io', 'epoll'])];
  const more = [
    ...(before ? [visavis('before', before)] : []),
    ...(process.env.VISAVIS_BENCH_GATE === '1' ? [visavis('gated', findBinary(), [], kGated)] : []),
    ...(process.env.VISAVIS_BENCH_BARE === '1' ? [bareForwarder()] : []),
  ];
  return [own[0], coturn(), own[1], ...more];
}
