// Starts the real program on free ports with a state directory of its own, and stops it by its id.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './poll.mjs';

const kRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** The program to test: VISAVIS_BIN, else the newest usual build. */
export function findBinary() {
  const candidates = process.env.VISAVIS_BIN
    ? [process.env.VISAVIS_BIN]
    : ['release', 'bench', 'dev'].map((preset) => path.join(kRoot, 'build', preset, 'src/apps/visavis'));
  const found = candidates.find((file) => existsSync(file));
  if (!found) throw new Error(`no visavis program (looked at ${candidates.join(', ')}); build it or set VISAVIS_BIN`);
  return found;
}

// A free port is let go before the program under test takes it. So that nobody has it by then, it comes from below those the kernel hands out
// by itself, and of these from a part that hardly another process of these tests has.
const kFirst = 10_240;
const kEnd = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
const kPart = 256;
const partStart = kFirst + (process.pid % Math.max(1, Math.floor((kEnd - kFirst) / kPart))) * kPart;
let taken = 0;

/** Holds a port of 127.0.0.1, TCP and UDP, until `release()`. */
async function holdPort() {
  for (let tried = 0; tried < kPart / 2; tried++) {
    // The one behind each is left: coturn's client talks to its peer's port and the next (RTP and RTCP).
    const port = partStart + ((2 * taken++) % kPart);
    const tcp = createServer();
    const udp = createSocket('udp4');
    const opened = await Promise.all([
      new Promise((resolve) => tcp.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))),
      new Promise((resolve) => udp.once('error', () => resolve(false)).bind(port, '127.0.0.1', () => resolve(true))),
    ]);
    const release = async () => {
      udp.close();
      if (tcp.listening) await new Promise((resolve) => tcp.close(resolve));
    };
    if (opened.every(Boolean)) return { port, release };
    await release();
  }
  throw new Error(`none of the ports tried from ${partStart} on is free`);
}

/** That many different ports that nobody holds now: all are held until the last is found. */
export async function freePorts(count) {
  const held = [];
  try {
    while (held.length < count) held.push(await holdPort());
    return held.map(({ port }) => port);
  } finally {
    await Promise.all(held.map(({ release }) => release()));
  }
}

export async function freePort() {
  return (await freePorts(1))[0];
}

export class Server {
  #command;
  #flags;
  #prefix;
  #binary;
  #isBare;
  #directory = mkdtempSync(path.join(tmpdir(), 'visavis-test-'));
  #process = null;
  #exit = null;

  /**
   * @param {{origin: string, flags: string[], prefix?: string[], command?: 'serve' | 'relay', binary?: string, isBare?: boolean}} options
   *   origin: where the page will be; flags: for the command; prefix: a command that enters a network namespace;
   *   binary: the program, if not the one findBinary finds; isBare: with these flags and no other, its state where the environment says.
   */
  constructor({ origin, flags, prefix = [], command = 'serve', binary = findBinary(), isBare = false }) {
    this.origin = origin;
    this.#command = command;
    this.#flags = flags;
    this.#prefix = prefix;
    this.#binary = binary;
    this.#isBare = isBare;
  }

  /** A server for browsers on this machine. @param {string[]} flags added to the ports chosen here @param streams the relay over TCP as well */
  static async onLoopback(flags = [], { streams = false } = {}) {
    const [http, turn, metrics] = await freePorts(3);
    // Else over UDP alone: a browser that is offered both may settle on either, and streams have cases of their own (tests/netns).
    const tcp = streams ? `*:${turn}` : '';
    const ports = ['--listen', `localhost:${http}`, '--turn-listen', `*:${turn}`, '--turn-tcp-listen', tcp, '--metrics-listen', `127.0.0.1:${metrics}`];
    const scheme = flags.includes('--tls') ? 'https' : 'http';
    const server = new Server({ origin: `${scheme}://localhost:${http}`, flags: [...ports, ...flags] });
    server.metricsPort = metrics;
    server.turnPort = turn;
    await server.start();
    return server;
  }

  get logFile() {
    return path.join(this.#directory, 'server.log');
  }

  get stateDirectory() {
    return path.join(this.#directory, 'state');
  }

  get pid() {
    return this.#process?.pid;
  }

  log() {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8') : '';
  }

  logTail(lines = 40) {
    return this.log().trimEnd().split('\n').slice(-lines).join('\n');
  }

  /** Resolves once the program has printed that it serves; every start after the first counts from the old log's end. */
  async start() {
    const logBefore = this.log().length;
    const state = this.#isBare ? [] : ['--state-dir', this.stateDirectory];
    const command = [...this.#prefix, this.#binary, this.#command, ...state, ...this.#flags];
    const log = openSync(this.logFile, 'a');
    this.#process = spawn(command[0], command.slice(1), { stdio: ['ignore', log, log], env: plainEnvironment() });
    closeSync(log);
    let ended = null;
    this.#exit = new Promise((resolve) => {
      this.#process.once('error', (error) => resolve((ended = error.message)));
      this.#process.once('exit', (code, signal) => resolve((ended = signal ?? code)));
    });
    await until('the ready line', () => ended !== null || kReadyLine.test(this.log().slice(logBefore)));
    if (ended !== null) throw new Error(`the server ended with ${ended}:\n${this.logTail()}`);
  }

  /** Sends a signal and leaves the rest to the program. */
  signal(name) {
    this.#process.kill(name);
  }

  /** Waits for the end of the program. @returns its exit code, or the signal it died of */
  async ended() {
    const how = await this.#exit;
    this.#process = null;
    return how;
  }

  /** Ends the program and waits until it is gone; its state directory stays. */
  async kill(signal = 'SIGKILL') {
    if (!this.#process) return;
    this.#process.kill(signal);
    await this.#exit;
    this.#process = null;
  }

  async stop() {
    await this.kill('SIGTERM');
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

// The program takes VISAVIS_* as its configuration and refuses what it does not know, such as our VISAVIS_BIN.
function plainEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VISAVIS_')));
}

const kReadyLine = /^visavis( relay)? is ready$/m;
