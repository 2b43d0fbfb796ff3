// Each router really is the NAT its name says: mapping and filtering are probed as in RFC 5780.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { until } from '../../browser/lib/poll.mjs';
import { kNetAtServer, kServer } from '../lib/lab.mjs';
import { UdpSocket } from '../lib/udp_socket.mjs';

const kExpected = {
  full: { mapping: 'independent', reached: ['other-address', 'same-address', 'same'] },
  addr: { mapping: 'independent', reached: ['same-address', 'same'] },
  port: { mapping: 'independent', reached: ['same'] },
  sym: { mapping: 'dependent', reached: ['same'] },
  open: { mapping: 'independent', reached: ['other-address', 'same-address', 'same'] },
};

async function behaviour(lab, home) {
  const at = (where, address, port) => UdpSocket.open(lab.enter(where), address, port);
  const sockets = [];
  try {
    const [first, sameAddress, otherAddress, host] = await Promise.all([
      at('srv', kServer, 7001),
      at('srv', kServer, 7002),
      at('net', kNetAtServer, 7003),
      at(`h${home}`, lab.hostAddress(home), 7000),
    ]);
    sockets.push(first, sameAddress, otherAddress, host);
    const arrived = async (socket, text) => until(`"${text}"`, () => socket.received.find((datagram) => datagram.text === text));
    await host.send(kServer, 7001, 'one');
    const mapped = await arrived(first, 'one');
    // The host has sent to one address and port only; who else reaches it through that mapping?
    await otherAddress.send(mapped.from, mapped.port, 'other-address');
    await sameAddress.send(mapped.from, mapped.port, 'same-address');
    await first.send(mapped.from, mapped.port, 'same');
    await arrived(host, 'same');
    const reached = host.received.map(({ text }) => text);
    await host.send(kServer, 7002, 'two');
    const second = await arrived(sameAddress, 'two');
    return { mapping: second.port === mapped.port ? 'independent' : 'dependent', reached };
  } finally {
    for (const socket of sockets) socket.close();
  }
}

export function natCases(lab) {
  for (const [mode, expected] of Object.entries(kExpected)) {
    it(`a router in mode ${mode} maps and filters as named`, async () => {
      for (const home of [1, 2]) {
        lab().setMode(home, mode);
        assert.deepEqual(await behaviour(lab(), home), expected, `home ${home}`);
      }
    });
  }
}
