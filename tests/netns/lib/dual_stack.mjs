// IPv6 beside the lab's IPv4: a prefix of its own for each home and for the server, routed, and nothing translated. What a home's
// router does to IPv6 is a firewall's work (RFC 6092 §3.2): it lets out what the home begins, and in what answers that.
import { kHomes } from './lab.mjs';

export const kServer6 = '2a03:4f1c:7e21:9a30::10';
/** The network's own side of the server's link. */
export const kNetAtServer6 = '2a03:4f1c:7e21:9a30::1';
// Such as no relay refuses, each with one way only to write it, which search.mjs asks for.
const kPrefixes = {
  1: { wan: '2a02:8109:9ac1:10fe', lan: '2a02:8109:9ac1:1011' },
  2: { wan: '2804:14d4:8a71:20fe', lan: '2804:14d4:8a71:2022' },
};

const kPlaces = ['net', 'srv', 'r1', 'r2', 'h1', 'h2'];

/** For as long as it is not closed the server has both families, and each home those it is given. */
export class DualStack {
  #lab;
  #stacks = { 1: 'both', 2: 'both' };

  constructor(lab) {
    this.#lab = lab;
    for (const short of kPlaces) this.#turnOn(short);
    this.#address('net', 'srv', kNetAtServer6);
    this.#address('srv', 'eth0', kServer6);
    this.#route('srv', 'default', 'via', kNetAtServer6);
    this.#route('net', 'blackhole', 'default');
    for (const n of [1, 2]) {
      const { wan, lan } = kPrefixes[n];
      this.#address('net', `home${n}`, `${wan}::1`);
      this.#address(`r${n}`, 'wan', `${wan}::2`);
      this.#address(`r${n}`, 'lan', `${lan}::1`);
      this.#route(`r${n}`, 'default', 'via', `${wan}::1`);
      this.#route('net', `${lan}::/64`, 'via', `${wan}::2`);
      this.#giveIpv6(n);
    }
    this.setFirewalls();
  }

  // Its own addresses, by which neighbours find each other, are in use at once: nobody else here could have the same.
  #turnOn(short) {
    const script = 'for file in /proc/sys/net/ipv6/conf/*/accept_dad; do echo 0 > "$file"; done';
    this.#lab.exec(short, 'sh', '-ec', script);
    this.#lab.exec(short, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=0', 'net.ipv6.conf.all.forwarding=1');
  }

  #address(short, device, address) {
    this.#lab.ip(short, 'addr', 'add', `${address}/64`, 'dev', device, 'nodad');
  }

  #route(short, ...route) {
    this.#lab.ip(short, '-6', 'route', 'replace', ...route);
  }

  #giveIpv6(n) {
    this.#address(`h${n}`, 'eth0', `${kPrefixes[n].lan}::2`);
    this.#route(`h${n}`, 'default', 'via', `${kPrefixes[n].lan}::1`);
  }

  #giveIpv4(n) {
    const address = this.#lab.hostAddress(n);
    this.#lab.ip(`h${n}`, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
    this.#lab.ip(`h${n}`, 'route', 'add', 'default', 'via', address.replace(/\.\d+$/, '.1'));
  }

  /**
   * @param {'both' | 'ipv4' | 'ipv6'} stack the families that the home's host has an address of
   * @returns {boolean} whether they are others than before: browsers there must be started anew
   */
  setStack(n, stack) {
    if (this.#stacks[n] === stack) return false;
    this.#stacks[n] = stack;
    this.#lab.ip(`h${n}`, '-4', 'addr', 'flush', 'dev', 'eth0');
    this.#lab.ip(`h${n}`, '-6', 'addr', 'flush', 'dev', 'eth0', 'scope', 'global');
    if (stack !== 'ipv6') this.#giveIpv4(n);
    if (stack !== 'ipv4') this.#giveIpv6(n);
    return true;
  }

  /** @param {{apart?: boolean}} how apart: no UDP of IPv6 between the two homes, whoever began */
  setFirewalls({ apart = false } = {}) {
    const homes = Object.values(kPrefixes).map(({ lan }) => `${lan}::/64`).join(', ');
    for (const n of [1, 2]) {
      this.#lab.nft(`r${n}`, `
        table ip6 firewall
        delete table ip6 firewall
        table ip6 firewall {
          chain passing {
            type filter hook forward priority filter; policy drop;
            ${apart ? `meta l4proto udp ip6 saddr { ${homes} } ip6 daddr { ${homes} } drop` : ''}
            ct state established,related accept
            iifname "lan" accept
          }
        }\n`);
    }
  }

  /** The home's address of IPv6, which is its own wherever it is seen from. */
  hostAddress(n) {
    return `${kPrefixes[n].lan}::2`;
  }

  /** Where packets to the home's host go, by its families. */
  hostAddresses(n) {
    const stack = this.#stacks[n];
    return [stack !== 'ipv6' && this.#lab.hostAddress(n), stack !== 'ipv4' && this.hostAddress(n)].filter(Boolean);
  }

  /** Every address of either family that would tell where this home is. */
  addressesOf(n) {
    return [kHomes[n].wan, this.#lab.hostAddress(n), `${kPrefixes[n].wan}::2`, this.hostAddress(n)];
  }

  close() {
    for (const n of [1, 2]) this.setStack(n, 'both');
    for (const n of [1, 2]) this.#lab.nft(`r${n}`, 'delete table ip6 firewall\n');
    for (const short of kPlaces) this.#lab.exec(short, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1');
  }
}
