// Each fault does what its name says, and is undone: seen by datagrams, without a browser.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { until } from '../../browser/lib/poll.mjs';
import { bindingFrom, getFrom } from '../lib/ask.mjs';
import { Faults, kMobile, kNewPorts } from '../lib/faults.mjs';
import { kHomes, kServer } from '../lib/lab.mjs';
import { kRelayPort } from '../lib/serve.mjs';
import { UdpSocket } from '../lib/udp_socket.mjs';

const kShortly = 300; // ms
const kUntilAsked = 3_000; // ms; whoever asks is a program of its own, which has to start

/** Runs `body` with sockets of the server (two of them) and of home 1's device, whichever address that has. */
async function withSockets(lab, body) {
  const sockets = [];
  const at = async (where, address, port) => {
    sockets.push(await UdpSocket.open(lab.enter(where), address, port));
    return sockets.at(-1);
  };
  try {
    return await body({ one: await at('srv', kServer, 7001), two: await at('srv', kServer, 7002), host: await at('h1', '0.0.0.0', 7000) });
  } finally {
    for (const socket of sockets) socket.close();
  }
}

async function withFaults(lab, body) {
  const faults = new Faults(lab);
  try {
    return await body(faults);
  } finally {
    await faults.close();
  }
}

/** Where the host's datagram, one word, comes from as the server sees it. A link that has just come up may lose the first ones. */
async function cameFrom(host, socket, port, text) {
  return until(`"${text}"`, async () => {
    await host.send(kServer, port, text);
    return socket.received.find((datagram) => datagram.text === text);
  });
}

const texts = ({ received }) => [...new Set(received.map(({ text }) => text))];

/** @param {() => object} world the lab and its server, and the pool whose browsers have to make room */
export function faultCases(world) {
  it('a router that is switched off and on forgets its mappings and makes others, of other ports', async () => {
    const { lab } = world();
    lab.setMode(1, 'port');
    await withSockets(lab, async ({ one, two, host }) => {
      const before = await cameFrom(host, one, 7001, 'before');
      assert.deepEqual([before.from, before.port], [kHomes[1].wan, 7000]);
      await one.send(before.from, before.port, 'answer');
      await until('the answer', () => texts(host).includes('answer'));
      await withFaults(lab, async (faults) => {
        const back = faults.rebootRouter(1, kShortly);
        await host.send(kServer, 7001, 'while-off');
        await back;
        await one.send(before.from, before.port, 'late');
        const [first, second] = [await cameFrom(host, one, 7001, 'after'), await cameFrom(host, two, 7002, 'after')];
        assert.ok(first.port >= kNewPorts.first && first.port <= kNewPorts.last, `port ${first.port}`);
        assert.deepEqual([second.from, second.port], [kHomes[1].wan, first.port], 'one mapping for all, as before');
        await one.send(first.from, first.port, 'answer-again');
        await until('the answer comes through the new mapping', () => texts(host).includes('answer-again'));
      });
      assert.deepEqual(texts(host), ['answer', 'answer-again'], 'the old mapping leads nowhere');
      // The kernel may keep one for its neighbour and send it when the link is back.
      const kept = one.received.filter(({ text }) => text === 'while-off');
      assert.ok(kept.every(({ port }) => port >= kNewPorts.first), 'nothing passes meanwhile');
      const { from, port } = await cameFrom(host, one, 7001, 'undone');
      assert.deepEqual([from, port], [kHomes[1].wan, 7000]);
    });
  });

  it('a device that leaves its home is in the mobile network, under another address', async () => {
    const { lab } = world();
    lab.setMode(1, 'port');
    await withSockets(lab, async ({ one, host }) => {
      await withFaults(lab, async (faults) => {
        faults.addMobile();
        const home = await cameFrom(host, one, 7001, 'at-home');
        assert.equal(home.from, kHomes[1].wan);
        const there = faults.leaveForMobile(kShortly);
        await host.send(kServer, 7001, 'between');
        await there;
        await one.send(home.from, home.port, 'to-the-old-place');
        const mobile = await cameFrom(host, one, 7001, 'mobile');
        assert.equal(mobile.from, kMobile.wan);
        await one.send(mobile.from, mobile.port, 'to-the-new-place');
        await until('the answer', () => texts(host).includes('to-the-new-place'));
      });
      assert.deepEqual(texts(host), ['to-the-new-place']);
      assert.deepEqual(texts(one), ['at-home', 'mobile'], 'between the networks nothing passes');
      assert.equal((await cameFrom(host, one, 7001, 'undone')).from, kHomes[1].wan);
      assert.ok(!lab.exec('net', 'ip', 'link').includes('mobile'), 'the mobile network is gone');
    });
  });

  it('where UDP is cut off it passes neither way, and TCP does', async () => {
    const { lab, server } = world();
    lab.setMode(1, 'port');
    await withSockets(lab, async ({ one, two, host }) => {
      const { from, port } = await cameFrom(host, one, 7001, 'before');
      await withFaults(lab, async (faults) => {
        faults.cutUdp(1);
        await host.send(kServer, 7001, 'out-a-known-way');
        await host.send(kServer, 7002, 'out-a-new-way');
        await one.send(from, port, 'in');
        assert.equal((await getFrom(lab.enter('h1'), `${server.origin}/healthz`)).status, 200);
        faults.letUdp(1);
        await cameFrom(host, one, 7001, 'after');
        await one.send(from, port, 'in-again');
        await until('the answer', () => texts(host).includes('in-again'));
      });
      assert.deepEqual([texts(one), texts(two), texts(host)], [['before', 'after'], [], ['in-again']]);
    });
  });

  it('where calls are cut off neither home nor relay is reached, and the page\'s server is', async () => {
    const { lab, server } = world();
    lab.setMode(1, 'port');
    await withSockets(lab, async ({ one, host }) => {
      const { from, port } = await cameFrom(host, one, 7001, 'before');
      await withFaults(lab, async (faults) => {
        let isBack = false;
        const back = faults.cutCalls(kUntilAsked).then(() => (isBack = true));
        await host.send(kServer, 7001, 'out');
        await one.send(from, port, 'in');
        const asked = bindingFrom(lab.enter('h1'), { host: kServer, port: kRelayPort, transport: 'tcp' }).then((address) => ({ address, isBack }));
        assert.equal((await getFrom(lab.enter('h1'), `${server.origin}/healthz`)).status, 200);
        await back;
        assert.deepEqual(await asked, { address: kHomes[1].wan, isBack: true }, 'the relay answers once it is back: what was dropped is sent again');
        await cameFrom(host, one, 7001, 'after');
        await one.send(from, port, 'in-again');
        await until('the answer', () => texts(host).includes('in-again'));
      });
      assert.deepEqual([texts(one), texts(host)], [['before', 'after'], ['in-again']]);
    });
  });

  it('a server that is killed does not answer, and comes back with what it had kept', async () => {
    const { lab, server } = world();
    const ask = () => getFrom(lab.enter('h1'), `${server.origin}/healthz`);
    await withFaults(lab, async (faults) => {
      const back = faults.restart(server, kUntilAsked);
      await until('nobody answers', async () => (await ask()).error === 'ECONNREFUSED');
      await back;
      assert.deepEqual(await ask(), { status: 200, body: 'ok\n' });
    });
  });

  it('a change that fails on its way is undone as far as it came, and so is all before it', async () => {
    const done = [];
    const lab = new Proxy({}, {
      get: (_, name) => (...args) => {
        if (name === 'exec') throw new Error('no conntrack');
        if (name === 'hostAddress') return '192.168.11.2';
        done.push([name, ...args].join(' '));
      },
    });
    const faults = new Faults(lab);
    faults.cutUdp(2);
    await assert.rejects(faults.rebootRouter(1, 0), /no conntrack/);
    const before = done.length;
    await faults.close();
    const undone = done.slice(before);
    for (const step of ['ip r1 link set wan up', 'ip r1 link set lan up', 'setMode 1 port']) assert.ok(undone.includes(step), step);
    assert.match(undone.at(-1), /^nft r2 .*delete table ip cut/s, 'the first last');
    await faults.close();
    assert.equal(done.length, before + undone.length, 'nothing is undone twice');
  });
}
