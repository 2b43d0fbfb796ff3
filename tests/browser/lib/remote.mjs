// A browser in another network namespace, through driver.mjs. RemotePage has the calls of LocalPage.
import { spawn } from 'node:child_process';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

const kDriver = fileURLToPath(new URL('./driver.mjs', import.meta.url));

export class RemoteBrowser {
  #process;
  #waiting = new Map();
  #nextId = 1;
  #exited;

  /** @param {string[]} prefix command that enters the namespace, e.g. ['ip', 'netns', 'exec', name] */
  static async start(prefix, kind, options = {}) {
    const browser = new RemoteBrowser();
    await browser.#start(prefix, kind, options);
    browser.kind = kind;
    return browser;
  }

  async #start(prefix, kind, options) {
    const command = [...prefix, process.execPath, kDriver, kind, JSON.stringify(options)];
    this.#process = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#exited = new Promise((resolve) => this.#process.once('exit', resolve));
    const ready = new Promise((resolve, reject) => this.#waiting.set(0, { resolve, reject }));
    readline.createInterface({ input: this.#process.stdout }).on('line', (line) => {
      const { id, value, error } = JSON.parse(line);
      const waiter = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiter?.reject(new Error(error));
      else waiter?.resolve(value);
    });
    this.#exited.then((code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the ${kind} driver ended with ${code}`));
      this.#waiting.clear();
    });
    await ready;
  }

  call(page, op, ...args) {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#process.stdin.write(`${JSON.stringify({ id, page, op, args })}\n`);
    });
  }

  async openPage(probeOptions = {}) {
    return new RemotePage(this, await this.call(null, 'open', probeOptions));
  }

  async close() {
    this.#process.stdin.end();
    await this.#exited;
  }
}

class RemotePage {
  constructor(browser, number) {
    this.browser = browser;
    this.number = number;
    for (const op of ['goto', 'click', 'fill', 'press', 'typeKeys', 'point', 'screenshot', 'consoleLines', 'close']) {
      this[op] = (...args) => browser.call(number, op, ...args);
    }
  }

  evaluate(fn, ...args) {
    return this.browser.call(this.number, 'evaluate', expressionFunction(fn), ...args);
  }
}

function expressionFunction(fn) {
  return typeof fn === 'string' ? fn : fn.toString();
}
