// What `visavis serve` does with no flags, and with the one that the README has: on a machine of its own, where every port is free.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { RemoteBrowser } from '../../browser/lib/remote.mjs';
import { BrowserPool, scene } from '../../browser/lib/scene.mjs';
import { Server } from '../../browser/lib/server.mjs';
import { bindingFrom, getFrom } from '../lib/ask.mjs';
import { kHomes } from '../lib/lab.mjs';
import { withDirectory } from '../lib/serve.mjs';

const kLimit = { timeout: 120_000 };
const kMachine = { address: '192.168.77.10', gateway: '192.168.77.1' };
const kSecondAddress = '192.168.77.11';

/** Runs `body({start, inside, state})` with that machine; `start(...flags)` serves there until the next start. */
function withMachine(lab, body) {
  return withDirectory(async (at) => {
    lab.addSite('own', kMachine);
    const inside = lab.enter('own');
    let server = null;
    const start = async (...flags) => {
      await server?.stop();
      // Its state goes where it would for whoever runs it in a shell.
      const shell = ['env', '-u', 'STATE_DIRECTORY', '-u', 'XDG_STATE_HOME', `HOME=${at('.')}`];
      server = new Server({ origin: `https://${kMachine.address}:8443`, flags, prefix: [...inside, ...shell], isBare: true });
      await server.start();
      return server;
    };
    try {
      // As on most machines localhost has both families.
      lab.exec('own', 'sysctl', '-qw', 'net.ipv6.conf.lo.disable_ipv6=0');
      return await body({ start, inside, state: at('.local/state/visavis') });
    } finally {
      await server?.stop();
      lab.removeSite('own');
    }
  });
}

/** What it printed, by the word each line begins with; another line of the same word is a failure. */
function printed(server) {
  const [, text] = /^visavis is ready\n((?: {2}.*\n)*)/m.exec(server.log());
  const lines = text.trimEnd().split('\n').map((line) => [line.slice(2, 11).trim(), line.slice(11)]);
  const byWord = Object.fromEntries(lines);
  assert.equal(Object.keys(byWord).length, lines.length, text);
  return byWord;
}

const kRelay = `UDP port 3478 and TCP port 3478, told to browsers as ${kMachine.address} (the address of the default route)`;
const kMetrics = 'http://127.0.0.1:9478/metrics';

/** @param {() => object} world the lab, and the pool whose browsers have to make room */
export function defaultCases(world) {
  it('without flags: page and metrics for this machine, the relay for all', kLimit, () => {
    const { lab } = world();
    lab.setMode(1, 'port');
    return withMachine(lab, async ({ start, inside, state }) => {
      const page = 'http://localhost:8080';
      const server = await start();
      assert.deepEqual(printed(server), { page, relay: kRelay, metrics: kMetrics, rooms: 'open', state });
      for (const url of [page, 'http://127.0.0.1:8080', 'http://[::1]:8080']) {
        assert.deepEqual(await getFrom(inside, `${url}/healthz`), { status: 200, body: 'ok\n' }, url);
      }
      await assertMetricsOnLoopback(lab, inside);
      assert.deepEqual(await getFrom(inside, `http://${kMachine.address}:8080/healthz`), { error: 'ECONNREFUSED' }, 'nor is the page for others');
      await assertBindings(lab, inside);

      lab.ip('own', 'addr', 'add', `${kSecondAddress}/24`, 'dev', 'eth0');
      const { relay } = printed(await start());
      assert.equal(relay, `${kRelay}; --public-address chooses another, such as ${kSecondAddress}`);
    });
  });

  it('with --tls self-signed alone: the home screen in another machine\'s browser', kLimit, async () => {
    const { lab, pool } = world();
    await pool.close();
    lab.setMode(1, 'port');
    await withMachine(lab, async ({ start, inside, state }) => {
      const server = await start('--tls', 'self-signed');
      const { page, '': certificate, rooms, ...others } = printed(server);
      assert.equal(page, server.origin);
      assert.match(certificate, /^browsers will warn once: .* SHA-256 (?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
      assert.match(rooms, /^closed\b/, 'who serves others says first whom they can turn to');
      assert.deepEqual(others, { relay: kRelay, metrics: kMetrics, state });
      await assertMetricsOnLoopback(lab, inside);
      const own = new BrowserPool((kind) => RemoteBrowser.start(lab.enter('h1'), kind, { acceptInsecureCerts: true }));
      try {
        await scene({ name: 'the page with one flag', pool: own, server, kinds: ['chromium'] }, async (person) => {
          await person.open(page);
          await person.state('home');
          await person.server('open');
        });
      } finally {
        await own.close();
      }
    });
  });
}

async function assertMetricsOnLoopback(lab, inside) {
  const { status, body } = await getFrom(inside, kMetrics);
  assert.equal(status, 200);
  assert.match(body, /^visavis_/m);
  for (const prefix of [inside, lab.enter('h1')]) {
    assert.deepEqual(await getFrom(prefix, `http://${kMachine.address}:9478/metrics`), { error: 'ECONNREFUSED' });
  }
}

async function assertBindings(lab, inside) {
  const port = 3478;
  for (const transport of ['udp', 'tcp']) {
    for (const host of ['127.0.0.1', '::1', kMachine.address]) assert.equal(await bindingFrom(inside, { host, port, transport }), host);
    assert.equal(await bindingFrom(lab.enter('h1'), { host: kMachine.address, port, transport }), kHomes[1].wan);
  }
}
