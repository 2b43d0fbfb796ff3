// A server, honest calls through its relay, and a flood from a network of its own:
//
//   flood -- net -- srv
//   calls --/
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Server } from '../../browser/lib/server.mjs';
import { DualStack, kServer6 } from './dual_stack.mjs';
import { kServer } from './lab.mjs';

const kFlood = { address: '45.180.70.10', gateway: '45.180.70.1' };
const kCalls = { address: '45.170.60.10', gateway: '45.170.60.1' };
// As flood.py has them: sources that are forged, and sources that hear their answers.
const kForged = '61.40.0.0/16';
const kOwn = '62.50.0.0/16';
const kForged6 = '2a0d:5600::/32';
const kFlood6 = { address: '2a0d:5500::10', gateway: '2a0d:5500::1' };
/** How an address of theirs begins, and one of the honest calls. */
export const kNobodysAddress = /\b(?:61\.40|62\.50|45\.180\.70|45\.170\.60)\./;
const kPorts = { udp: 3484, tcp: 3484, page: 8444, metrics: 9484 };
const kSecret = 'a secret of the flooded relay';

const script = (name) => fileURLToPath(new URL(name, import.meta.url));

/** A Python program in a namespace: `said(line)` resolves when it has printed that, `result()` at its end with its last line, as JSON. */
class Program {
  #lines = [];
  #waiting = [];
  #ended;
  #process;

  constructor(prefix, name, args) {
    const [command, ...rest] = [...prefix, 'python3', script(name), ...args.map(String)];
    this.#process = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process.stdin.on('error', () => {}); // it has ended, which result() tells
    let text = '';
    this.#process.stdout.setEncoding('utf8').on('data', (piece) => {
      text += piece;
      this.#lines = text.split('\n').filter(Boolean);
      for (const check of this.#waiting) check();
    });
    this.#ended = once(this.#process, 'close').then(([code]) => code);
  }

  said(line) {
    const seen = new Promise((resolve) => {
      const check = () => this.#lines.includes(line) && resolve();
      this.#waiting.push(check);
      check();
    });
    const gone = this.#ended.then((code) => this.#lines.includes(line) || Promise.reject(new Error(`it ended with ${code} before it said "${line}"`)));
    return Promise.race([seen, gone]);
  }

  /** A line on its standard input. */
  tell(line) {
    this.#process.stdin.write(`${line}\n`);
  }

  async result() {
    const code = await this.#ended;
    if (code !== 0) throw new Error(`it ended with ${code}`);
    return JSON.parse(this.#lines.at(-1));
  }

  async stop() {
    this.#process.kill();
    await this.#ended;
  }
}

/** What a flooded server is asked about: its memory, and what it has counted. */
class Flooded {
  #programs = [];

  constructor(lab, server) {
    this.lab = lab;
    this.server = server;
  }

  /** Resident memory of the program, in kB. */
  memory() {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.server.pid}/status`, 'utf8'))[1]);
  }

  /** Processor time it has used, in seconds. */
  processorTime() {
    const fields = readFileSync(`/proc/${this.server.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** The sum of all its metrics whose line matches. */
  counted(pattern) {
    const text = this.lab.exec('srv', process.execPath, '-e', `fetch('http://127.0.0.1:${kPorts.metrics}/metrics').then((r) => r.text()).then(console.log)`);
    const values = text.split('\n').filter((line) => pattern.test(line)).map((line) => Number(line.split(' ').at(-1)));
    if (values.length === 0) throw new Error(`no metric matches ${pattern}`);
    return values.reduce((sum, value) => sum + value, 0);
  }

  /** What the server has logged by that name, each line's fields. */
  logged(event) {
    const lines = this.server.log().split('\n').slice(0, -1);
    return lines.map((line) => line.split(' ').slice(2)).filter(([name]) => name === event).map(([, ...fields]) => Object.fromEntries(fields.map((field) => field.split('='))));
  }

  /** Datagrams the kernel had no room for, on any socket of the server's namespace. */
  overflows() {
    const [names, values] = this.lab.exec('srv', 'cat', '/proc/net/snmp').split('\n').filter((line) => line.startsWith('Udp:')).map((line) => line.split(' '));
    return Number(values[names.indexOf('RcvbufErrors')]);
  }

  /**
   * Begins when it is told to.
   * @param {{seconds: number, rate: number, sources: number, ofEach?: 'one' | 'all', halfOpen?: number, guessers?: number, server?: string}} how
   *   ofEach: from each source a packet of one kind or of all
   */
  flood({ seconds, rate, sources, ofEach = 'one', halfOpen = 0, guessers = 0, server = kServer }) {
    return this.#run('flood', 'flood.py', [server, kPorts.udp, kPorts.page, seconds, rate, sources, ofEach, halfOpen, guessers]);
  }

  /** So many streams that say half of something, until the server has ended them all. */
  idle(streams) {
    return this.#run('flood', 'idle_streams.py', [kServer, kPorts.tcp, kPorts.page, streams]);
  }

  /** Without seconds they go on until they are told to stop, and what is lost counts from where they are told to count. */
  call({ calls, seconds = 0 }) {
    return this.#run('calls', 'turn_calls.py', [kServer, kPorts.udp, kPorts.tcp, kPorts.page, kSecret, calls, seconds]);
  }

  #run(short, name, args) {
    const program = new Program(this.lab.enter(short), name, args);
    this.#programs.push(program);
    return program;
  }

  /** From now on one of so many datagrams to the relay is lost, by chance. */
  loseOneOf(many) {
    this.lab.nft('srv', `
      table ip lossy {
        chain arriving {
          type filter hook prerouting priority raw;
          udp dport ${kPorts.udp} numgen random mod ${many} == 0 drop
        }
      }\n`);
  }

  async stop() {
    await Promise.all(this.#programs.map((program) => program.stop()));
    await this.server.stop();
  }
}

/** The network of the flood over IPv6 as well. */
function giveIpv6(lab) {
  lab.exec('flood', 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=0');
  lab.ip('net', 'addr', 'add', `${kFlood6.gateway}/64`, 'dev', 'flood', 'nodad');
  lab.ip('flood', 'addr', 'add', `${kFlood6.address}/64`, 'dev', 'eth0', 'nodad');
  lab.ip('flood', '-6', 'route', 'add', 'default', 'via', kFlood6.gateway);
  lab.ip('flood', '-6', 'route', 'add', 'blackhole', kForged6);
  lab.ip('net', '-6', 'route', 'add', kForged6, 'via', kFlood6.address);
}

/**
 * Runs `body(flooded)` with a server of its own, and with networks that are gone afterwards.
 * @param {{hasIpv6?: boolean}} how whether the server, and who floods it, has both families
 */
export async function withFlooded(lab, body, { hasIpv6 = false } = {}) {
  const both = hasIpv6 ? new DualStack(lab) : null;
  try {
    return await withNetworks(lab, body, hasIpv6);
  } finally {
    both?.close();
  }
}

async function withNetworks(lab, body, hasIpv6) {
  for (const [short, site] of Object.entries({ flood: kFlood, calls: kCalls })) lab.addSite(short, site);
  try {
    for (const prefix of [kForged, kOwn]) lab.ip('net', 'route', 'add', prefix, 'via', kFlood.address);
    lab.ip('flood', 'route', 'add', 'blackhole', kForged);
    lab.ip('flood', 'route', 'add', 'local', kOwn, 'dev', 'lo');
    if (hasIpv6) giveIpv6(lab);
    const turn = [`${kServer}:${kPorts.udp}`, ...(hasIpv6 ? [`[${kServer6}]:${kPorts.udp}`] : [])].join();
    const server = new Server({
      origin: `https://${kServer}:${kPorts.page}`,
      command: 'relay',
      prefix: lab.enter('srv'),
      flags: ['--tls', 'self-signed', '--listen', `${kServer}:${kPorts.page}`, '--turn-listen', turn, '--public-address', kServer, '--turn-secrets', kSecret, '--metrics-listen', `127.0.0.1:${kPorts.metrics}`, '--log-level', 'debug'],
    });
    const flooded = new Flooded(lab, server);
    try {
      await server.start();
      return await body(flooded);
    } finally {
      await flooded.stop();
    }
  } finally {
    lab.nft('srv', 'table ip lossy\ndelete table ip lossy\n');
    for (const short of ['flood', 'calls']) lab.removeSite(short);
  }
}
