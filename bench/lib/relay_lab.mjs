// The relay's laboratory: client -- server -- peer, each in a network namespace, joined by veth so that core 0 pays what
// a server's machine pays and core 1 carries the load.
//
// veth with GRO receives by NAPI; threaded, so that the kernel's receive work for the server's two interfaces is done by
// threads that can be pinned and whose time can be read. Segmentation happens before the wire (gso_max_segs 1), as on a
// network card without UDP offload.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';

export const kServerCore = 0;
export const kLoadCore = 1;
const kNice = '-15';
// Before other programs of this machine. Where each session shares the processor as one (autogroup), it is the
// session's weight that counts.
// On a machine that is never quiet only the real-time class keeps others away (VISAVIS_BENCH_REALTIME=1); the kernel's
// threads then go before the server, as its interrupts do.
const kIsRealtime = process.env.VISAVIS_BENCH_REALTIME === '1';
const kFirst = kIsRealtime ? ['chrt', '-f', '1'] : ['setsid', 'sh', '-c', `{ echo ${kNice} > /proc/self/autogroup; } 2>/dev/null; exec "$@"`, 'sh', 'nice', '-n', kNice];
// As many descriptors as the system lets a process have.
const kManyDescriptors = ['sh', '-c', 'ulimit -n "$(ulimit -Hn)"; exec "$@"', 'sh'];

export const kServerAddress = '45.140.10.10'; // where clients reach it
export const kRelayAddress = '45.140.20.10'; // where peers do
export const kPeerAddress = '45.140.20.2';
export const kClients = '45.141.0.0'; // a /16 of them, all on one machine
const kClientGateway = '45.140.10.2';

function run(command, ...args) {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** Throws with what to do unless the laboratory can be built here. */
function checkMachine() {
  if (process.getuid?.() !== 0) throw new Error('the relay benchmark makes network namespaces and needs root: sudo ./dev bench relay');
  if (cpus().length < 2) throw new Error('the relay benchmark needs two cores: one for the server, one for the load');
}

export class RelayLab {
  #id = `vvr${process.pid}`;
  #made = [];
  #group = null;
  #down = () => this.close();

  constructor() {
    checkMachine();
    process.once('exit', this.#down);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
    try {
      this.#build();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  name(short) {
    return `${this.#id}-${short}`;
  }

  // Interface names are short, since the kernel's threads carry them: napi/NAME-NUMBER.
  #device(letter) {
    return `v${process.pid % 1e6}${letter}`;
  }

  #build() {
    for (const short of ['c', 's', 'p']) {
      run('ip', 'netns', 'add', this.name(short));
      this.#made.push(short);
      run('ip', '-n', this.name(short), 'link', 'set', 'lo', 'up');
      this.#in(short, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1');
    }
    this.#link('c', 'a', `${kClientGateway}/24`, 's', 'b', `${kServerAddress}/24`);
    this.#link('s', 'd', `${kRelayAddress}/24`, 'p', 'e', `${kPeerAddress}/24`);
    // Every address of the /16 is the client machine's own.
    run('ip', '-n', this.name('c'), 'route', 'add', 'local', `${kClients}/16`, 'dev', 'lo');
    run('ip', '-n', this.name('s'), 'route', 'add', `${kClients}/16`, 'via', kClientGateway);
    this.kernelThreads = [...this.#thread('s', 'b', kServerCore), ...this.#thread('s', 'd', kServerCore)];
    this.#thread('c', 'a', kLoadCore);
    this.#thread('p', 'e', kLoadCore);
    this.#makeGroup();
  }

  #in(short, ...command) {
    return run('ip', 'netns', 'exec', this.name(short), ...command);
  }

  #link(a, aLetter, aAddress, b, bLetter, bAddress) {
    const [aName, bName] = [this.#device(aLetter), this.#device(bLetter)];
    run('ip', 'link', 'add', aName, 'netns', this.name(a), 'type', 'veth', 'peer', 'name', bName, 'netns', this.name(b));
    for (const [short, device, address] of [[a, aName, aAddress], [b, bName, bAddress]]) {
      run('ip', '-n', this.name(short), 'addr', 'add', address, 'dev', device);
      run('ip', '-n', this.name(short), 'link', 'set', device, 'gso_max_segs', '1');
      // With TSO veth would pass by NAPI.
      this.#in(short, 'ethtool', '-K', device, 'gro', 'on', 'tso', 'off');
      run('ip', '-n', this.name(short), 'link', 'set', device, 'up');
    }
  }

  /** Makes the kernel receive for this interface in threads of its own, on this core. @returns {number[]} their ids */
  #thread(short, letter, core) {
    const device = this.#device(letter);
    this.#in(short, 'sh', '-c', `echo 1 > /sys/class/net/${device}/threaded`);
    const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && commandOf(name).startsWith(`napi/${device}-`));
    if (ids.length === 0) throw new Error('this kernel has no threaded NAPI: the receive work cannot be counted');
    for (const id of ids) {
      run('taskset', '-cp', String(core), id);
      if (kIsRealtime) run('chrt', '-f', '-p', '2', id);
      else run('renice', '-n', kNice, '-p', id);
    }
    return ids.map(Number);
  }

  // What the kernel keeps for the server (sockets, epoll entries) is charged to a control group of its own, where the
  // machine has that; else all of the kernel's slabs are looked at, other programs' too.
  #makeGroup() {
    const own = /^\d+:(?:[\w=,]+,)?memory:(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
    const file = own === undefined ? null : path.join('/sys/fs/cgroup/memory', own, this.#id);
    try {
      mkdirSync(file);
      if (!existsSync(path.join(file, 'memory.kmem.usage_in_bytes'))) throw new Error('no kernel memory is counted');
      this.#group = file;
      this.kernelMemory = path.join(file, 'memory.kmem.usage_in_bytes');
    } catch {
      this.kernelMemory = '/proc/meminfo';
    }
  }

  /** What a command for the server begins with. */
  serverPrefix() {
    const join = this.#group ? `echo $$ > ${this.#group}/cgroup.procs; ` : '';
    return ['sh', '-c', `${join}exec "$@"`, 'sh', ...this.#pinned('s', kServerCore)];
  }

  /** The generator enters the namespaces itself. */
  loadPrefix() {
    return [...kManyDescriptors, ...kFirst, 'taskset', '-c', String(kLoadCore)];
  }

  #pinned(short, core) {
    return ['ip', 'netns', 'exec', this.name(short), ...kManyDescriptors, ...kFirst, 'taskset', '-c', String(core)];
  }

  /** Whether a UDP socket in the server's namespace has this port. */
  isBound(port) {
    return this.#in('s', 'ss', '-Huln', `sport = :${port}`) !== '';
  }

  /** Whether a TCP socket in the server's namespace listens on this port. */
  listens(port) {
    return this.#in('s', 'ss', '-Htln', `sport = :${port}`) !== '';
  }

  /** How often a socket's receive buffer was full in the server's namespace since it was made. */
  bufferErrors() {
    const counters = this.#in('s', 'cat', '/proc/net/snmp').split('\n').filter((line) => line.startsWith('Udp:'));
    const [names, values] = counters.map((line) => line.split(' '));
    return Number(values[names.indexOf('RcvbufErrors')]);
  }

  close() {
    process.removeListener('exit', this.#down);
    for (const short of this.#made.splice(0)) {
      try {
        run('ip', 'netns', 'del', this.name(short));
      } catch (error) {
        console.error(`could not remove ${this.name(short)}: ${error.message}`);
      }
    }
    if (!this.#group) return;
    try {
      rmdirSync(this.#group);
    } catch (error) {
      console.error(`could not remove ${this.#group}: ${error.message}`);
    }
    this.#group = null;
  }
}

function commandOf(id) {
  try {
    return readFileSync(`/proc/${id}/comm`, 'utf8');
  } catch {
    return ''; // it has ended meanwhile
  }
}
