// The ends that are joined with each other, all with the same calls, whatever they are made of: a browser's page, a process
// of Node or Python, and our own peer.
import { spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LocalBrowser } from '../../browser/lib/browser.mjs';
import { until } from '../../browser/lib/poll.mjs';
import { RemoteBrowser } from '../../browser/lib/remote.mjs';
import { installEnd } from './rtc_end.mjs';
import { makeSigns } from './signs.mjs';

const kHere = path.dirname(fileURLToPath(import.meta.url));
const kPython = '/usr/bin/python3'; // Debian's, which has Debian's aiortc
// What is sent, over and over.
const kClip = ['clip.ivf', 'clip.ogg'].map((name) => path.join(kHere, '../../../media', name));
const kLimit = 20_000; // ms for an answer of a program
const kHearLimit = 25_000; // ms until it says what is waited for

/** What an end has said, in its order, and waiting for more of it. */
class End {
  constructor(name) {
    this.name = name;
    this.heard = [];
    this.isKnown = false; // to the other end, whose candidates come behind their description
  }

  /** @param {(said: object) => boolean} isIt @returns what was said, which is heard no more */
  hears(what, isIt, options = {}) {
    return until(`${this.name}: ${what}`, async () => {
      await this.listen();
      const at = this.heard.findIndex(isIt);
      if (at < 0) throw new Error(JSON.stringify(this.heard.slice(-8)));
      return this.heard.splice(at, 1)[0];
    }, options);
  }

  state(state, options = {}) {
    return this.hears(state, (said) => said.what === 'state' && said.state === state, options);
  }

  async listen() {}
}

/** A page with an RTCPeerConnection. */
class BrowserEnd extends End {
  static async start(kind, prefix) {
    const end = new BrowserEnd(kind);
    end.browser = await (prefix.length ? RemoteBrowser.start(prefix, kind) : LocalBrowser.start(kind));
    end.page = await end.browser.openPage();
    await end.page.evaluate(`() => (${installEnd})(window, (${makeSigns})())`);
    return end;
  }

  ask(method, argument = {}) {
    return this.page.evaluate((name, how) => theEnd[name](how), method, argument);
  }

  async listen() {
    const said = await this.ask('drain'); // before what it is put behind: others may take from that meanwhile
    this.heard.push(...said);
  }

  async end() {
    await this.browser.close();
  }
}

/** A program that is asked in lines of JSON and says what it has to say in others. */
class ProgramEnd extends End {
  #process;
  #answers = new Map();
  #waiting = new Set(); // for something to be said
  #asked = 0;
  #errors = '';
  #isOver = null;

  constructor(name, [command, ...args]) {
    super(name);
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#process.stderr.on('data', (text) => (this.#errors = `${this.#errors}${text}`.slice(-4000)));
    this.ended = new Promise((resolve) => {
      this.#process.once('close', (code, signal) => resolve({ code, signal }));
      this.#process.once('error', (error) => resolve({ code: error.code }));
    });
    this.#process.stdin.on('error', () => {}); // of a program that has ended, which is told below
    this.ended.then(({ code, signal }) => {
      this.#isOver = `${name} ended (${code ?? signal}): ${this.#errors}`;
      for (const { reject } of [...this.#answers.values(), ...this.#waiting]) reject(new Error(this.#isOver));
      this.#answers.clear();
      this.#waiting.clear();
    });
    readline.createInterface({ input: this.#process.stdout }).on('line', (line) => {
      const said = JSON.parse(line);
      const waiting = this.#answers.get(said.answers);
      if (!waiting) return this.#hear(said);
      this.#answers.delete(said.answers);
      if (said.fault) waiting.reject(new Error(`${name}: ${said.fault}`));
      else waiting.resolve(said.result);
    });
  }

  #hear(said) {
    for (const waiting of this.#waiting) {
      if (!waiting.isIt(said)) continue;
      this.#waiting.delete(waiting);
      return waiting.resolve(said);
    }
    this.heard.push(said);
  }

  /** As End's, and at once. `limit` Infinity: for as long as the program runs. */
  async hears(what, isIt, { limit = kHearLimit } = {}) {
    const at = this.heard.findIndex(isIt);
    if (at >= 0) return this.heard.splice(at, 1)[0];
    if (this.#isOver) throw new Error(this.#isOver);
    const waiting = { isIt };
    const timer = Number.isFinite(limit) && setTimeout(() => {
      this.#waiting.delete(waiting);
      waiting.reject(new Error(`waited ${limit / 1_000} s for ${this.name}: ${what}; last heard: ${JSON.stringify(this.heard.slice(-8))}`));
    }, limit);
    const heard = new Promise((resolve, reject) => Object.assign(waiting, { resolve, reject }));
    this.#waiting.add(waiting);
    return heard.finally(() => clearTimeout(timer));
  }

  get pid() {
    return this.#process.pid;
  }

  async ask(method, argument = {}) {
    if (this.#isOver) throw new Error(this.#isOver);
    const number = ++this.#asked;
    const answer = new Promise((resolve, reject) => this.#answers.set(number, { resolve, reject }));
    const timer = setTimeout(() => {
      this.#answers.get(number)?.reject(new Error(`${this.name} has not answered to ${method} in ${kLimit / 1000} s: ${this.#errors}`));
      this.#answers.delete(number);
    }, kLimit);
    this.#process.stdin.write(`${JSON.stringify({ number, method, argument })}\n`);
    return answer.finally(() => clearTimeout(timer));
  }

  get errors() {
    return this.#errors;
  }

  async end() {
    this.isEnding = true;
    this.#process.stdin.end();
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 5_000);
    const how = await this.ended;
    clearTimeout(timer);
    return how;
  }
}

const kPrograms = {
  wrtc: () => [process.execPath, path.join(kHere, 'wrtc_end.mjs')],
  aiortc: () => [kPython, path.join(kHere, 'aiortc_end.py')],
  native: () => [process.env.VISAVIS_PEER_END ?? missing('VISAVIS_PEER_END'), ...kClip],
};

function missing(name) {
  throw new Error(`${name} says where the program is`);
}

/** @param {'native'|'wrtc'|'aiortc'|'chromium'|'firefox'} kind @param {string[]} prefix the command that enters a network namespace */
export async function startEnd(kind, prefix = []) {
  return kPrograms[kind] ? new ProgramEnd(kind, [...prefix, ...kPrograms[kind]()]) : BrowserEnd.start(kind, prefix);
}

/** Passes candidates on, from each to the other, until it is told to stop; what went wrong with it is thrown then. */
export function trickle(first, second) {
  let isOn = true;
  let fault = null;
  const pass = async (from, to) => {
    while (isOn) {
      await from.listen();
      if (!from.isKnown) {
        await sleep(10);
        continue;
      }
      const found = from.heard.filter(({ what }) => what === 'candidate');
      from.heard = from.heard.filter(({ what }) => what !== 'candidate');
      for (const candidate of found) {
        from.onCandidate?.(candidate);
        await to.ask('candidate', candidate);
      }
      await sleep(10);
    }
  };
  const both = Promise.all([pass(first, second), pass(second, first)]).catch((error) => (fault = error));
  return async () => {
    isOn = false;
    await both;
    if (fault) throw fault;
  };
}

/**
 * The same between two programs until they end, without looking again and again. What comes before the description it belongs to, a peer
 * keeps by itself. @returns {() => void} throws what went wrong
 */
export function carry(first, second) {
  let fault = null;
  const pass = async (from, to) => {
    for (;;) {
      const candidate = await from.hears('a candidate', ({ what }) => what === 'candidate', { limit: Infinity });
      await to.ask('candidate', candidate);
    }
  };
  for (const [from, to] of [[first, second], [second, first]]) {
    pass(from, to).catch((error) => {
      if (!from.isEnding && !to.isEnding) fault ??= error;
    });
  }
  return () => {
    if (fault) throw fault;
  };
}

/** An offer of the first, taken and answered. @returns the answer */
export async function negotiate(offering, answering, how = {}) {
  for (const end of [offering, answering]) end.isKnown = false;
  const answer = await answering.ask('take', await offering.ask('offer', how));
  offering.isKnown = true;
  await offering.ask('take', answer);
  answering.isKnown = true;
  return answer;
}
