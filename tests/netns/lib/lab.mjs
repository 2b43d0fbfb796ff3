// Two homes behind routers, a server, and the network between them, each in a network namespace of its own:
//
//   h1 -- r1 --\
//               net -- srv        all of it without a way out of this machine
//   h2 -- r2 --/
//
// The prefixes are ordinary public ones, because the relay refuses special-purpose addresses as it would in the world. IPv6 is off until
// dual_stack.mjs turns it on.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { rulesFor } from './nat.mjs';

export const kServer = '45.140.30.10';
/** What the network in front translates to the server's own address and back. */
export const kServerBehindNat = { address: '45.140.31.10', port: 8081, relayPorts: '40000-40999' };
export const kNetAtServer = '45.140.30.1'; // the network's own side of the server's link: a second address to probe from
export const kHomes = {
  1: { wan: '5.61.10.2', gateway: '5.61.10.1', lan: '192.168.11', open: '5.61.11' },
  2: { wan: '91.150.20.2', gateway: '91.150.20.1', lan: '192.168.22', open: '91.150.21' },
};

/** Every address a home has, whatever its router does. */
export function everyAddressOf(n) {
  const { wan, lan, open } = kHomes[n];
  return [wan, `${lan}.2`, `${open}.2`];
}

/** What `ip netns exec` shows a program as /etc/hosts. */
function hostsFolder(name) {
  return `/etc/netns/${name}`;
}

function run(command, ...args) {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Removes what a run left that was killed: names hold the number of a process that is gone. */
function sweep() {
  for (const line of run('ip', 'netns', 'list').split('\n')) {
    const [name, pid] = /^vv(\d+)-\w+/.exec(line) ?? [];
    if (!name || existsSync(`/proc/${pid}`)) continue;
    run('ip', 'netns', 'del', name);
    rmSync(hostsFolder(name), { recursive: true, force: true });
  }
}

/** Why the lab cannot be built here, or null. */
export function whyNoLab() {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const name = `vv${process.pid}-try`;
  try {
    run('ip', 'netns', 'add', name);
    run('ip', 'netns', 'exec', name, 'nft', 'list', 'ruleset');
    run('ip', 'netns', 'exec', name, 'tcpdump', '--version');
    return null;
  } catch (error) {
    return String(error.stderr || error.message).trim().split('\n')[0];
  } finally {
    try {
      run('ip', 'netns', 'del', name);
    } catch {
      // it was never made, which is what the reason above says
    }
  }
}

export class Lab {
  #prefix = `vv${process.pid}-`;
  #names = [];
  #modes = {};
  #down = () => this.close();

  constructor() {
    process.once('exit', this.#down);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
    sweep();
    try {
      this.#build();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #build() {
    for (const short of ['net', 'srv', 'r1', 'r2', 'h1', 'h2']) this.addNamespace(short);
    this.link('net', 'srv', `${kNetAtServer}/24`, 'srv', 'eth0', `${kServer}/24`);
    // Without any route a send fails at once instead of being lost on the way, which no real network does.
    this.ip('srv', 'route', 'add', 'default', 'via', kNetAtServer);
    this.ip('net', 'route', 'add', 'blackhole', 'default');
    for (const n of [1, 2]) {
      const home = kHomes[n];
      this.link('net', `home${n}`, `${home.gateway}/24`, `r${n}`, 'wan', `${home.wan}/24`);
      this.link(`r${n}`, 'lan', `${home.lan}.1/24`, `h${n}`, 'eth0', `${home.lan}.2/24`);
      this.ip(`r${n}`, 'route', 'add', 'default', 'via', home.gateway);
      this.ip(`h${n}`, 'route', 'add', 'default', 'via', `${home.lan}.1`);
      this.ip('net', 'route', 'add', `${home.open}.0/24`, 'via', home.wan);
      this.setMode(n, 'port');
    }
  }

  /** 1:1 NAT in front of the server: what it begins itself, from a relay port, leaves by the address it is told by. */
  translateServer() {
    const { address, relayPorts } = kServerBehindNat;
    this.nft('net', `
      table ip nat {
        chain arriving { type nat hook prerouting priority dstnat; ip daddr ${address} dnat to ${kServer}; }
        chain leaving { type nat hook postrouting priority srcnat; ip saddr ${kServer} udp sport ${relayPorts} snat to ${address}; }
      }`);
  }

  /** From the next program on, this name is the server's in a home. Chromium asks for it with a dot at its end, too. */
  nameServer(n, name, addresses = [kServer]) {
    this.nameHosts(`h${n}`, { [name]: addresses });
  }

  /** The same of any names, each with its addresses, in any namespace, which then knows no others. */
  nameHosts(short, addresses) {
    const folder = hostsFolder(this.name(short));
    mkdirSync(folder, { recursive: true });
    const lines = Object.entries(addresses).flatMap(([name, its]) => its.map((address) => `${address} ${name} ${name}.`));
    writeFileSync(`${folder}/hosts`, ['127.0.0.1 localhost', ...lines, ''].join('\n'));
  }

  /** One more machine, beside the server. */
  addSite(short, { address, gateway }) {
    this.addNamespace(short);
    this.link('net', short, `${gateway}/24`, short, 'eth0', `${address}/24`);
    this.ip(short, 'route', 'add', 'default', 'via', gateway);
  }

  removeSite(short) {
    // A namespace goes by and by, and its end of the link with it, while the next one of this name may be on its way.
    this.ip('net', 'link', 'del', short);
    this.removeNamespace(short);
  }

  removeNamespace(short) {
    rmSync(hostsFolder(this.name(short)), { recursive: true, force: true });
    run('ip', 'netns', 'del', this.name(short));
    this.#names.splice(this.#names.indexOf(this.name(short)), 1);
  }

  addNamespace(short) {
    run('ip', 'netns', 'add', this.name(short));
    this.#names.push(this.name(short));
    this.exec(short, 'sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.disable_ipv6=1');
    this.ip(short, 'link', 'set', 'lo', 'up');
  }

  /** Many at once, with nothing set in them. */
  addBare(shorts) {
    const names = shorts.map((short) => this.name(short));
    this.#names.push(...names);
    execFileSync('ip', ['-batch', '-'], { input: names.map((name) => `netns add ${name}`).join('\n') });
  }

  /** A cable. An end without an address is not up yet. */
  link(a, aName, aAddress, b, bName, bAddress) {
    run('ip', 'link', 'add', aName, 'netns', this.name(a), 'type', 'veth', 'peer', 'name', bName, 'netns', this.name(b));
    this.address(a, aName, aAddress);
    if (bAddress) this.address(b, bName, bAddress);
  }

  address(short, device, address) {
    this.ip(short, 'addr', 'add', address, 'dev', device);
    this.ip(short, 'link', 'set', device, 'up');
  }

  name(short) {
    return this.#prefix + short;
  }

  /** The command that enters a namespace: srv, h1, h2, r1, r2, net. */
  enter(short) {
    return ['ip', 'netns', 'exec', this.name(short)];
  }

  exec(short, ...command) {
    return run('ip', 'netns', 'exec', this.name(short), ...command);
  }

  ip(short, ...args) {
    return run('ip', '-n', this.name(short), ...args);
  }

  nft(short, rules) {
    execFileSync('ip', ['netns', 'exec', this.name(short), 'nft', '-f', '-'], { input: rules });
  }

  /** The address the home's host has now. */
  hostAddress(n) {
    return this.#modes[n] === 'open' ? `${kHomes[n].open}.2` : `${kHomes[n].lan}.2`;
  }

  /** Where packets to the home's host go. */
  hostAddresses(n) {
    return [this.hostAddress(n)];
  }

  /** Every address that would tell where this home is. */
  addressesOf(n) {
    return [kHomes[n].wan, this.hostAddress(n)];
  }

  /**
   * Makes the home's router behave as named (see nat.mjs) and forget its mappings.
   * @returns {boolean} whether the host's own address changed: browsers there must be started anew
   */
  setMode(n, mode) {
    const before = this.#modes[n];
    const changed = before !== undefined && before !== mode && [before, mode].includes('open');
    this.#modes[n] = mode;
    if (changed) this.#renumber(n, mode === 'open' ? kHomes[n].open : kHomes[n].lan);
    this.nft(`r${n}`, rulesFor(mode, this.hostAddress(n)));
    this.exec(`r${n}`, 'conntrack', '-F');
    return changed;
  }

  #renumber(n, lan) {
    this.ip(`h${n}`, '-4', 'addr', 'flush', 'dev', 'eth0');
    this.ip(`r${n}`, '-4', 'addr', 'flush', 'dev', 'lan');
    this.ip(`h${n}`, 'addr', 'add', `${lan}.2/24`, 'dev', 'eth0');
    this.ip(`r${n}`, 'addr', 'add', `${lan}.1/24`, 'dev', 'lan');
    this.ip(`h${n}`, 'route', 'replace', 'default', 'via', `${lan}.1`);
  }

  /** From here on nothing passes between the two homes, which both still reach the server; until `joinHomes`. */
  partHomes() {
    this.#dropBetweenHomes();
  }

  /** The same of UDP datagrams that are longer than this, with their header. */
  narrowHomes(bytes) {
    this.#dropBetweenHomes(`udp length > ${bytes}`);
  }

  /** Of so many in a hundred UDP datagrams between them nobody hears again. */
  loseBetweenHomes(percent) {
    this.#dropBetweenHomes(`meta l4proto udp numgen random mod 100 < ${percent}`);
  }

  /** The same of all RTP of this payload type, which stands unencrypted (RFC 3711 §3.1) behind a header of eight bytes. */
  loseRtpBetweenHomes(payloadType) {
    this.#dropBetweenHomes(`udp length > 20 @th,64,2 2 @th,73,7 ${payloadType}`);
  }

  #dropBetweenHomes(what = '') {
    const [one, two] = [1, 2].map((n) => `{ ${kHomes[n].wan}, ${kHomes[n].open}.0/24 }`);
    this.nft('net', `
      table ip parted {
        chain passing {
          type filter hook forward priority filter;
          ip saddr ${one} ip daddr ${two} ${what} drop
          ip saddr ${two} ip daddr ${one} ${what} drop
        }
      }\n`);
  }

  joinHomes() {
    this.nft('net', 'delete table ip parted\n');
  }

  /** What the routers remember, for a failed case's report. */
  mappings() {
    return [1, 2].map((n) => this.exec(`r${n}`, 'conntrack', '-L').trim().split('\n'));
  }

  /** Starts counting, in the kernel, the bytes (IP length) each home sends to the server. */
  startCounting() {
    const rules = [1, 2].map((n) => `iifname "eth0" ip saddr { ${kHomes[n].wan}, ${kHomes[n].open}.0/24 } counter name home${n}`);
    this.nft('srv', `
      table ip count
      delete table ip count
      table ip count {
        counter home1 {}
        counter home2 {}
        chain arriving {
          type filter hook prerouting priority raw;
          ${rules.join('\n          ')}
        }
      }`);
  }

  /** @returns {{home1: number, home2: number}} bytes since startCounting */
  counted() {
    const listed = JSON.parse(this.exec('srv', 'nft', '-j', 'list', 'counters', 'table', 'ip', 'count'));
    return Object.fromEntries(listed.nftables.filter((item) => item.counter).map(({ counter }) => [counter.name, counter.bytes]));
  }

  /** Records what crosses a namespace's interface. `stop()` resolves once the file is complete. */
  async capture(short, file, device = 'eth0') {
    const [command, ...args] = [...this.enter(short), 'tcpdump', '-i', device, '-U', '-n', '-s', '0', '--immediate-mode', '-B', '16384', '-Z', 'root', '-w', file];
    const tcpdump = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const exited = once(tcpdump, 'exit');
    let said = '';
    await new Promise((resolve, reject) => {
      tcpdump.stderr.setEncoding('utf8').on('data', (text) => {
        said += text;
        if (said.includes('listening on')) resolve();
      });
      exited.then(() => reject(new Error(`tcpdump: ${said}`)));
    });
    return {
      file,
      stop: async () => {
        tcpdump.kill('SIGINT');
        await exited;
        const lost = /(\d+) packets dropped by kernel/.exec(said);
        if (!lost || lost[1] !== '0') throw new Error(`the capture is not complete: ${said}`);
      },
    };
  }

  close() {
    process.removeListener('exit', this.#down);
    for (const name of this.#names.splice(0)) {
      try {
        rmSync(hostsFolder(name), { recursive: true, force: true });
        run('ip', 'netns', 'del', name);
      } catch (error) {
        console.error(`could not remove ${name}: ${error.message}`);
      }
    }
  }
}
