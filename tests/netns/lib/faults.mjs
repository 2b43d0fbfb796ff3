// What goes wrong while people talk: a router that starts anew, a device that changes its network, UDP that passes no more, a server or a
// relay that dies. How each is undone is known before it is done.
//
// A device's second network is a mobile one, which is there from `addMobile` on and unused until the first is gone:
//
//   h1 -- r1 -- net
//    \__ m1 __/         m1 translates as a carrier does: an address that it shares
import { setTimeout as sleep } from 'node:timers/promises';
import { kHomes } from './lab.mjs';
import { kRelayPort } from './serve.mjs';

export const kMobile = { wan: '37.60.30.2', gateway: '37.60.30.1', lan: '10.60.1' };
/** The ports from which a router that has started anew sends: none that it had before. */
export const kNewPorts = { first: 21_000, last: 24_999 };

export class Faults {
  #lab;
  #undo = [];

  constructor(lab) {
    this.#lab = lab;
  }

  /** Everything is as it was, latest change first. What cannot be undone keeps nothing else from it. */
  async close() {
    const failures = [];
    for (const undo of this.#undo.splice(0).reverse()) {
      try {
        await undo();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length) throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
  }

  /**
   * The home's router, of mode `port`, is switched off and on. For `ms` neither side has a link; then it knows nothing of what it had
   * translated, and sends from other ports than before.
   */
  async rebootRouter(n, ms) {
    const lab = this.#lab;
    const router = `r${n}`;
    const { gateway } = kHomes[n];
    const up = () => {
      for (const device of ['wan', 'lan']) lab.ip(router, 'link', 'set', device, 'up');
      // It went with its device.
      lab.ip(router, 'route', 'replace', 'default', 'via', gateway);
    };
    this.#undo.push(() => {
      up();
      lab.setMode(n, 'port');
    });
    for (const device of ['lan', 'wan']) lab.ip(router, 'link', 'set', device, 'down');
    lab.nft(router, `
      table ip nat
      delete table ip nat
      table ip nat {
        chain outgoing {
          type nat hook postrouting priority srcnat
          oifname "wan" meta l4proto { tcp, udp } masquerade to :${kNewPorts.first}-${kNewPorts.last}
        }
      }\n`);
    lab.exec(router, 'conntrack', '-F');
    await sleep(ms);
    up();
  }

  /** The home's line gets another address, and its router forgets what it had translated. */
  renumberHome(n) {
    const lab = this.#lab;
    const router = `r${n}`;
    const { wan, gateway } = kHomes[n];
    const give = (address) => {
      lab.ip(router, 'addr', 'flush', 'dev', 'wan');
      lab.ip(router, 'addr', 'add', `${address}/24`, 'dev', 'wan');
      lab.ip(router, 'route', 'replace', 'default', 'via', gateway);
      lab.exec(router, 'conntrack', '-F');
    };
    this.#undo.push(() => give(wan));
    give(wan.replace(/\d+$/, '77'));
  }

  /** A mobile network within home 1's reach, which its device does not use yet. */
  addMobile() {
    const lab = this.#lab;
    this.#undo.push(() => {
      // A namespace goes by and by, and its ends of the links with it.
      for (const [short, device] of [['net', 'mobile'], ['h1', 'eth1']]) lab.ip(short, 'link', 'del', device);
      lab.removeNamespace('m1');
    });
    lab.addNamespace('m1');
    lab.link('net', 'mobile', `${kMobile.gateway}/24`, 'm1', 'wan', `${kMobile.wan}/24`);
    lab.link('m1', 'lan', `${kMobile.lan}.1/24`, 'h1', 'eth1', null);
    lab.ip('m1', 'route', 'add', 'default', 'via', kMobile.gateway);
    lab.nft('m1', `
      table ip nat {
        chain outgoing {
          type nat hook postrouting priority srcnat
          oifname "wan" masquerade
        }
      }
      table ip filter {
        chain unsolicited {
          type filter hook input priority filter
          iifname "wan" ct state new drop
        }
      }\n`);
  }

  /** Home 1's device leaves the reach of its router, and `ms` later is in the mobile network. */
  async leaveForMobile(ms) {
    const lab = this.#lab;
    const address = lab.hostAddress(1);
    this.#undo.push(() => {
      lab.ip('h1', 'addr', 'flush', 'dev', 'eth1');
      lab.ip('h1', 'addr', 'replace', `${address}/24`, 'dev', 'eth0');
      lab.ip('h1', 'link', 'set', 'eth0', 'up');
      lab.ip('h1', 'route', 'replace', 'default', 'via', address.replace(/\.\d+$/, '.1'));
    });
    // As a network manager does: without its link a device has no address there.
    lab.ip('h1', 'addr', 'flush', 'dev', 'eth0');
    lab.ip('h1', 'link', 'set', 'eth0', 'down');
    await sleep(ms);
    lab.address('h1', 'eth1', `${kMobile.lan}.2/24`);
    lab.ip('h1', 'route', 'replace', 'default', 'via', `${kMobile.lan}.1`);
  }

  /** The home's router lets no UDP pass either way, neither what is known nor what is new; until `letUdp`. Nobody is told. */
  cutUdp(n) {
    this.#undo.push(() => this.#dropTable(`r${n}`));
    this.#cut(`r${n}`, 'meta l4proto udp drop');
  }

  letUdp(n) {
    this.#dropTable(`r${n}`);
  }

  /** For `ms` no packet of a call passes, be it from home to home or by the relay; what else the server is asked for does. Nobody is told. */
  async cutCalls(ms) {
    this.#undo.push(() => this.#dropTable('net'));
    this.#cut('net', 'meta l4proto udp drop', `tcp dport ${kRelayPort} drop`, `tcp sport ${kRelayPort} drop`);
    await sleep(ms);
    this.#dropTable('net');
  }

  /** `then` happens after `ms`, as a part of what happens. */
  async after(ms, then) {
    await sleep(ms);
    then();
  }

  /** The program, a server or a relay, is gone from one moment to the next, and after `ms` there again, with the state it had kept. */
  async restart(server, ms) {
    this.#undo.push(() => this.#serveAgain(server));
    await server.kill('SIGKILL');
    await sleep(ms);
    await this.#serveAgain(server);
  }

  async #serveAgain(server) {
    if (!server.pid) await server.start();
  }

  #cut(short, ...rules) {
    this.#lab.nft(short, `
      table ip cut
      delete table ip cut
      table ip cut {
        chain passing {
          type filter hook forward priority filter
          ${rules.join('\n          ')}
        }
      }\n`);
  }

  #dropTable(short) {
    this.#lab.nft(short, 'table ip cut\ndelete table ip cut\n');
  }
}

/** Every address of the mobile network that would tell where a device is. */
export const kMobileAddresses = [kMobile.wan, `${kMobile.lan}.2`];
