// Our peer beside libwebrtc and aiortc, each with both ends of its connections in one process on this machine: what a
// connection with an open data channel takes of memory, and how soon it is there.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { quantile, settledMemory } from './lib/usage.mjs';

const kHere = path.dirname(fileURLToPath(import.meta.url));
const kPython = '/usr/bin/python3'; // Debian's, which has Debian's aiortc
const kWarmUp = 3; // pairs

function ourProgram() {
  const program = process.env.VISAVIS_PEER_BENCH ?? path.join(kHere, '../build/bench/bench/peer_bench');
  if (!existsSync(program)) throw new Error(`no ${program}: build the bench preset`);
  return program;
}

const kSubjects = {
  visavis: () => [ourProgram()],
  wrtc: () => [process.execPath, '--expose-gc', path.join(kHere, 'peers/wrtc_pairs.mjs')],
  aiortc: () => [kPython, path.join(kHere, 'peers/aiortc_pairs.py')],
};
export const kPeerSubjects = Object.keys(kSubjects);

const kEndLimit = 10_000; // ms

/** A process that makes connections, asked one thing after the other. */
class Subject {
  #process;
  #lines;
  #ended;

  constructor(name) {
    const [command, ...args] = kSubjects[name]();
    this.name = name;
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#ended = new Promise((resolve, reject) => {
      this.#process.once('error', reject).once('close', (code, signal) => resolve(code ?? signal));
    });
    this.#lines = readline.createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  get pid() {
    return this.#process.pid;
  }

  async ask(what, count) {
    this.#process.stdin.write(`${what} ${count}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.name} has ended`);
    return JSON.parse(value);
  }

  async end() {
    this.#process.stdin.end();
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), kEndLimit);
    const how = await this.#ended;
    clearTimeout(timer);
    if (how !== 0) throw new Error(`${this.name} ended with ${how}`);
  }
}

async function memoryOfOne(name, pairs) {
  const subject = new Subject(name);
  try {
    await subject.ask('hold', kWarmUp); // what comes with the first is not any one's
    const before = await settledMemory(subject.pid);
    await subject.ask('hold', pairs);
    const after = await settledMemory(subject.pid);
    return (after.pss - before.pss) / (2 * pairs);
  } finally {
    await subject.end();
  }
}

async function timesOf(name, pairs) {
  const subject = new Subject(name);
  try {
    await subject.ask('connect', kWarmUp);
    return await subject.ask('connect', pairs);
  } finally {
    await subject.end();
  }
}

/**
 * By turns in each round, each time in a new process.
 * @returns for each subject the median of the rounds' bytes of memory for one end, and of all connections the
 *   milliseconds until both ends had keys, and until both had the channel open
 */
export async function peerBench({ rounds, pairs, connects }) {
  const found = Object.fromEntries(kPeerSubjects.map((name) => [name, { memory: [], secured: [], open: [] }]));
  for (let round = 0; round < rounds; ++round) {
    for (const [name, { memory, secured, open }] of Object.entries(found)) {
      memory.push(await memoryOfOne(name, pairs));
      for (const [keys, channel] of await timesOf(name, connects)) {
        secured.push(keys);
        open.push(channel);
      }
    }
  }
  return Object.fromEntries(Object.entries(found).map(([name, { memory, secured, open }]) => [name, {
    memory: quantile(memory, 0.5),
    secured: { p50: quantile(secured, 0.5), p99: quantile(secured, 0.99) },
    open: { p50: quantile(open, 0.5), p99: quantile(open, 0.99), count: open.length },
  }]));
}
