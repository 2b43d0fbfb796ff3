// Two machines with both families between them: a relay on one, and on the other a client that is its own peer. As a program
// it is the client: `node both_families.mjs USER PASSWORD`, inside its namespace.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { kAttributes, openEcho, TurnClient } from '../program/turn_client.mjs';

const kSelf = fileURLToPath(import.meta.url);

export const kPort = 3478;
export const kRelay = { ipv4: '45.140.30.10', ipv6: '2a01:4f8:30::10' };
export const kClient = { ipv4: '45.140.30.11', ipv6: '2a01:4f8:30::11' };

const run = (...command) => execFileSync(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });

/** Two namespaces joined by `eth0` of each; `enter(which)` is the command that enters one. */
export class TwoMachines {
  #names = { relay: `vv${process.pid}-relay`, client: `vv${process.pid}-client` };

  constructor() {
    const { relay, client } = this.#names;
    try {
      for (const name of [relay, client]) run('ip', 'netns', 'add', name);
      run('ip', 'link', 'add', 'eth0', 'netns', relay, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', client);
      for (const [name, { ipv4, ipv6 }] of [[relay, kRelay], [client, kClient]]) {
        run('ip', '-n', name, 'addr', 'add', `${ipv4}/24`, 'dev', 'eth0');
        run('ip', '-n', name, 'addr', 'add', `${ipv6}/64`, 'dev', 'eth0', 'nodad');
        for (const device of ['lo', 'eth0']) run('ip', '-n', name, 'link', 'set', device, 'up');
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  enter(which) {
    return ['ip', 'netns', 'exec', this.#names[which]];
  }

  /** The client's visit, to its end; throws what went wrong with it. */
  async visit({ user, password }) {
    const [command, ...args] = [...this.enter('client'), process.execPath, kSelf, user, password];
    await promisify(execFile)(command, args);
  }

  close() {
    for (const name of Object.values(this.#names)) {
      try {
        run('ip', 'netns', 'del', name);
      } catch {
        // it was never made
      }
    }
  }
}

if (process.argv[1] === kSelf) {
  const [user, password] = process.argv.slice(2);
  const client = await TurnClient.open({ host: kRelay.ipv6, port: kPort, user, password });
  const [mapped] = (await client.binding()).address(kAttributes.xorMapped);
  assert.equal(mapped.address, kClient.ipv6);
  const { relayed } = await client.allocate([[kAttributes.additionalFamily, Buffer.from([2, 0, 0, 0])]]);
  assert.deepEqual(relayed.map(({ address }) => address), [kRelay.ipv4, kRelay.ipv6]);
  for (const address of [kClient.ipv4, kClient.ipv6]) {
    const echo = await openEcho(address);
    await client.permit(echo);
    client.send(echo, `to ${address}`);
    const { peer, payload } = await client.nextReceived();
    assert.deepEqual(peer, { address, port: echo.port });
    assert.equal(payload.toString(), `to ${address}`);
    echo.close();
    client.send({ address, port: echo.port }, 'to a port where nobody is any more');
    const { icmp } = await client.nextReceived();
    const told = icmp.readUInt16BE(2); // 7 bits of type, 9 of code (RFC 8656 §18.13)
    assert.deepEqual([told >> 9, told & 0x1ff], address === kClient.ipv4 ? [3, 3] : [1, 4], `${address} has said that the port is closed`);
  }
  await client.refresh(0);
  client.close();
}
