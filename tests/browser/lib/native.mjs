// An end of a call that is no browser: `visavis call`, as JSON tells of it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { until } from './poll.mjs';
import { findBinary } from './server.mjs';

class Native {
  events = [];
  #folder = mkdtempSync(path.join(tmpdir(), 'visavis-native-'));
  #errors = '';
  #process;
  #ended;

  constructor(args) {
    this.#process = spawn(findBinary(), ['call', ...args, '--json'], { stdio: ['pipe', 'pipe', 'pipe'], env: { HOME: this.#folder, PATH: process.env.PATH } });
    this.#process.stdin.on('error', () => {}); // of one that has ended
    this.#process.stderr.setEncoding('utf8').on('data', (text) => (this.#errors += text));
    readline.createInterface({ input: this.#process.stdout }).on('line', (line) => this.events.push(JSON.parse(line)));
    this.#ended = new Promise((resolve) => this.#process.once('close', (code, signal) => resolve(code ?? signal)));
  }

  count(event) {
    return this.events.filter((each) => each.event === event).length;
  }

  /** The newest such event, once there are so many. */
  async told(event, { times = 1 } = {}) {
    return until(`the end without a browser tells ${event}`, () => {
      const found = this.events.filter((each) => each.event === event);
      if (found.length >= times) return found.at(-1);
      throw new Error(this.evidence);
    });
  }

  async hears(text) {
    return until(`the end without a browser reads "${text}"`, () => this.events.some((each) => each.event === 'chat' && each.text === text));
  }

  say(text) {
    this.#process.stdin.write(`${text}\n`);
  }

  leave() {
    this.#process.kill('SIGINT');
  }

  /** What it says at its end, which comes by itself or by leave(). */
  async summary() {
    await this.#ended;
    return this.told('summary');
  }

  /** What it has said last, for who asks why. */
  get evidence() {
    return `${this.#errors}${this.events.slice(-12).map((event) => JSON.stringify(event).slice(0, 400)).join('\n')}`;
  }

  /** Ends it whatever it does. */
  async close() {
    this.#process.kill('SIGKILL');
    await this.#ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Runs `body(native)` with an end of its own, which is gone afterwards. */
export async function withNative(args, body) {
  const native = new Native(args);
  try {
    return await body(native);
  } catch (error) {
    console.error(`the end without a browser:\n${native.evidence}`);
    throw error;
  } finally {
    await native.close();
  }
}
