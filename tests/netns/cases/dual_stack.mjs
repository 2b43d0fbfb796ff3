// Homes and a server with IPv6: a call is direct over it where the routers' IPv4 could only be relayed, and who has one family alone
// meets everybody.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { withLyingServer } from '../../browser/lib/lying_server.mjs';
import { RemoteBrowser } from '../../browser/lib/remote.mjs';
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { until } from '../../browser/lib/poll.mjs';
import { BrowserPool, scene } from '../../browser/lib/scene.mjs';
import { assertTalk, bothFindSame, bothOpen, freshRoom, kPairs } from '../../browser/cases/talk.mjs';
import { contents } from '../lib/classify.mjs';
import { DualStack, kNetAtServer6, kServer6 } from '../lib/dual_stack.mjs';
import { Faults } from '../lib/faults.mjs';
import { kHomes, kNetAtServer, kServer } from '../lib/lab.mjs';
import { kIsLong } from '../lib/long.mjs';
import { kName, serveOnBoth, withDirectory } from '../lib/serve.mjs';
import { UdpSocket } from '../lib/udp_socket.mjs';
import { readCapture } from '../lib/pcap.mjs';
import { assertHidden, assertKeptToServer, kTick, meetInRoom } from './hidden.mjs';
import { assertHomeKnowsNothing, assertToldOnlyThen } from './meeting.mjs';

const kLimit = { timeout: 120_000 };
const kKinds = [
  ['chromium', 'chromium'],
  ['firefox', 'firefox'],
  ['chromium', 'firefox'],
];
// The rest of it asks the network more than the browsers.
const kMixed = [['chromium', 'firefox']];

const kLiarPort = 8092;
const kLiarOrigin = `http://${kName}:${kLiarPort}`;

/** @param {() => object} world the lab, and the pool whose browsers have to make room */
export function dualStackCases(world) {
  describe('IPv6 beside IPv4', () => {
    const own = {};

    /** Built by the first case that is run. */
    const ready = async () => {
      if (own.pool) return own;
      const { lab, pool } = world();
      await pool.close();
      for (const home of [1, 2]) {
        lab.setMode(home, 'sym');
        lab.nameServer(home, kName, [kServer6, kServer]);
      }
      own.net = new DualStack(lab);
      own.server = await serveOnBoth(lab);
      own.pool = new BrowserPool((kind, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, { secureOrigins: [own.server.origin, kLiarOrigin] }));
      return own;
    };

    after(async () => {
      await own.pool?.close();
      await own.server?.stop();
      own.net?.close();
    });

    /** `body({lab, net, server}, first, second)`; stacks: the families of home 1 and of home 2; pairs: of browsers */
    const scenario = (name, { stacks = ['both', 'both'], apart = false, pairs = kMixed }, body) => {
      for (const kinds of pairs) {
        const title = `${name}: ${kinds.join(', ')}`;
        it(title, kLimit, async () => {
          const { lab } = world();
          const { net, server, pool } = await ready();
          for (const [seat, stack] of stacks.entries()) {
            if (net.setStack(seat + 1, stack)) await pool.close(seat);
          }
          net.setFirewalls({ apart });
          await scene({ name: title, pool, server, kinds, evidence: () => lab.mappings() }, (...people) => body({ lab, net, server }, ...people));
        });
      }
    };

    it('the homes\' firewalls let in answers and nothing else, and translate nothing', async () => {
      const { net } = await ready();
      await assertFirewalls(world().lab, net);
    });

    scenario('nothing is told before both accept; then a direct call over IPv6 where IPv4 could only be relayed', { pairs: kKinds }, async (at, first, second) => {
      const packets = await assertToldOnlyThen(at, first, second, async () => {
        await assertTalk(first, second, 'direct');
        await assertPairOverIpv6(at.net, first, second);
      });
      for (const n of [1, 2]) assertCallCrosses(at.net, n, packets[n - 1]);
      await assertProvenOnceCompared(first, second);
    });

    scenario('a relayed call where the homes\' firewalls let no UDP pass between them', { apart: true }, async ({ server }, first, second) => {
      await call(server, first, second, 'relayed');
    });

    scenario('who hides the address shows it in neither family', { pairs: kIsLong ? kPairs : kMixed }, async ({ lab, net, server }, first, second) => {
      await withDirectory(async (at) => {
        const captures = await Promise.all([1, 2].map((n) => lab.capture(`h${n}`, at(`h${n}.pcap`))));
        await bothOpen(server, first, second);
        await meetAtCard(first, second, await freshRoom(first), { tickFirst: ['hide-address'] });
        await bothAccept(first, second);
        await assertTalk(first, second, 'relayed');
        for (const capture of captures) await capture.stop();
        const [own, theirs] = [1, 2].map((n) => readCapture(at(`h${n}.pcap`)));
        assertKeptToServer(own, net.hostAddresses(1), [kServer, kServer6]);
        assertHomeKnowsNothing(net, 2, theirs);
      });
    });

    // The liar has both families as well, and calls machines of IPv6 relays.
    scenario('who hides the address shows it in neither family, whatever a lying server says', { pairs: kIsLong ? kPairs : [['firefox', 'chromium']] }, async ({ lab, net, server }, first, second) => {
      const strangers = [net.hostAddress(2), kNetAtServer6, kHomes[2].wan, kNetAtServer];
      const liar = { host: '::', name: kName, port: kLiarPort, real: server.origin.replace(kName, kServer), options: { strangers } };
      const faults = new Faults(lab);
      try {
        await withLyingServer(lab.enter('srv'), liar, (origin) => withDirectory(async (at) => {
          assert.equal(origin, kLiarOrigin);
          await assertHidden({ lab, net, server, faults, meet: () => meetInRoom(origin, kTick, first, second), at, strangers, servers: [kServer, kServer6] }, first, second);
        }));
      } finally {
        await faults.close();
      }
    });

    scenario('a direct call between IPv6 alone and both', { stacks: ['ipv6', 'both'] }, async ({ net, server }, first, second) => {
      await call(server, first, second, 'direct');
      await assertPairOverIpv6(net, first, second);
    });

    scenario('a relayed call between IPv6 alone and IPv4 alone', { stacks: ['ipv6', 'ipv4'] }, async ({ server }, first, second) => {
      await call(server, first, second, 'relayed');
    });

    it('the server with both families has logged nobody\'s address', async () => {
      const { net, server } = await ready();
      const log = server.log();
      assert.match(log, /^visavis is ready$/m);
      for (const address of [1, 2].flatMap((n) => net.addressesOf(n))) {
        const part = address.includes(':') ? address.replace(/::.*/, ':') : address;
        assert.ok(!log.includes(part), `${part} stands in the log`);
      }
    });
  });
}

async function call(server, first, second, path) {
  await bothOpen(server, first, second);
  await meetAtCard(first, second, await freshRoom(first));
  await bothAccept(first, second);
  await assertTalk(first, second, path);
}

/** Each sends to the other's own address, which proves something once the two know each other's keys. */
export async function assertProvenOnceCompared(...people) {
  const badge = (person) => person.page.evaluate(() => ({ ...document.querySelector('[data-testid="path-badge"]').dataset }.path));
  for (const person of people) {
    await until(`${person.name}: each sends to the other's own address`, () => person.page.evaluate(() => visavis.path.reached));
    assert.equal(await badge(person), 'direct', `${person.name}: not yet`);
  }
  await bothFindSame(...people);
  for (const person of people) {
    assert.equal(await badge(person), 'proven', person.name);
    assert.equal((await person.text('path-badge')).trim(), 'Direct, proven');
  }
}

/** The selected pair goes from each home's own address of IPv6; the other's a browser may keep to itself where it has met it in a check. */
async function assertPairOverIpv6(net, ...people) {
  for (const [index, person] of people.entries()) {
    const { local, remote } = await person.summary();
    assert.equal(local.address, net.hostAddress(index + 1), `${person.name}: its own end of the pair, ${local.type}`);
    if (remote.type === 'host') assert.equal(remote.address, net.hostAddress(2 - index), `${person.name}: the other end of the pair`);
  }
}

/** Sound and picture of the other came to home n over IPv6, from their own address. */
function assertCallCrosses(net, n, packets) {
  const between = packets.filter(({ from, to }) => from === net.hostAddress(3 - n) && to === net.hostAddress(n));
  const media = between.filter(({ protocol, payload }) => protocol === 'udp' && contents(payload).join() === 'rtp');
  assert.ok(media.length > 50, `home ${n} got ${media.length} packets of RTP from the other's address of IPv6`);
}

async function assertFirewalls(lab, net) {
  const sockets = [];
  const at = async (where, address, port) => {
    sockets.push(await UdpSocket.open(lab.enter(where), address, port));
    return sockets.at(-1);
  };
  const arrived = (socket, text) => until(`"${text}"`, () => socket.received.find((datagram) => datagram.text === text));
  const [home, other] = [1, 2].map((n) => net.hostAddress(n));
  try {
    net.setFirewalls();
    const server = await at('srv', kServer6, 7001);
    const stranger = await at('srv', kServer6, 7002);
    const [one, two] = [await at('h1', home, 7000), await at('h2', other, 7000)];
    await one.send(kServer6, 7001, 'question');
    const { from, port } = await arrived(server, 'question');
    assert.deepEqual([from, port], [home, 7000], 'nothing is translated');
    await stranger.send(home, 7000, 'uninvited');
    await server.send(home, 7000, 'answer');
    await arrived(one, 'answer');
    // Neighbours have to be found before the first packet; from here on what is sent has arrived or been dropped.
    await two.send(kServer6, 7001, 'hello');
    await arrived(server, 'hello');
    // Each opens its own firewall to the other.
    await two.send(home, 7000, 'too-early');
    await one.send(other, 7000, 'in-time');
    await arrived(two, 'in-time');
    await two.send(home, 7000, 'again');
    await arrived(one, 'again');
    net.setFirewalls({ apart: true });
    await two.send(home, 7000, 'between-homes');
    await server.send(home, 7000, 'still-an-answer');
    await arrived(one, 'still-an-answer');
    assert.deepEqual(one.received.map(({ text }) => text), ['answer', 'again', 'still-an-answer']);
  } finally {
    for (const socket of sockets) socket.close();
  }
}
