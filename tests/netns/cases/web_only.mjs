// Homes whose routers let little out. TCP to port 443 alone: page, WebSocket and the relay, all on that one port, with TLS and without. UDP to
// port 443 alone, beside the page. TCP to ports 80 and 443 where TLS is opened on the way, and only what is HTTP inside it goes on.
// Names and certificates are checked by the browsers, as everywhere.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { RemoteBrowser } from '../../browser/lib/remote.mjs';
import { until } from '../../browser/lib/poll.mjs';
import { BrowserPool, scene } from '../../browser/lib/scene.mjs';
import { findBinary } from '../../browser/lib/server.mjs';
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { alikeInTurn, assertTalk, bothOpen, freshRoom, kPairs, unlikeInTurn } from '../../browser/cases/talk.mjs';
import { makeSignedCertificate } from '../../program/certificates.mjs';
import { bindingFrom } from '../lib/ask.mjs';
import { kHomes, kServer } from '../lib/lab.mjs';
import { kIsLong } from '../lib/long.mjs';
import { kOpenerPort } from '../lib/nat.mjs';
import { readCapture } from '../lib/pcap.mjs';
import { kNear, withNamedRegion } from '../lib/regions.mjs';
import { kName, kOnTcp80, kUntoldPort, serveOn443, servePlainOn443, serveUdp443, withDirectory } from '../lib/serve.mjs';
import { TlsOpener } from '../lib/tls_opener.mjs';
import { assertKeptToServer } from './hidden.mjs';
import { assertHomeKnowsNothing } from './meeting.mjs';
import { relayedCall } from './regions.mjs';

const kLimit = { timeout: 120_000 };

/** By how each end must reach its relay. */
const kWays = {
  tls: {
    badge: 'Relayed, TLS',
    async serve(lab, folder) {
      const { cert, key, ca } = makeSignedCertificate(folder, kName);
      return { server: await serveOn443(lab, { cert, key }), browser: { trust: ca } };
    },
  },
  tcp: {
    badge: 'Relayed, TCP',
    async serve(lab) {
      const server = await servePlainOn443(lab);
      return { server, browser: { secureOrigins: [server.origin] } };
    },
  },
};

/** @param {() => object} world the lab, and the pool whose browsers have to make room */
export function webOnlyCases(world) {
  it('`visavis check` says that UDP is shut and TLS works where only TCP to port 443 is let out', kLimit, () =>
    withDirectory(async (at) => {
      const { lab } = world();
      lab.setMode(1, 'web');
      lab.nameServer(1, kName);
      const { cert, key, ca } = makeSignedCertificate(at('.'), kName);
      const server = await serveOn443(lab, { cert, key });
      try {
        const [command, ...prefix] = lab.enter('h1');
        const run = promisify(execFile)(command, [...prefix, findBinary(), 'check', server.origin, '--trust', ca, '--json']);
        const { code, stdout } = await run.catch((error) => error);
        assert.equal(code, 1);
        const parts = Object.fromEntries(JSON.parse(stdout).parts.map((part) => [part.part, part]));
        for (const part of ['page', 'certificate', 'signaling', 'relay_tls', 'call', 'relayed_call']) assert.equal(parts[part].state, 'works', stdout);
        for (const part of ['stun', 'relay_udp']) {
          assert.equal(parts[part].state, 'fails', stdout);
          assert.match(parts[part].what, /^no answer from /);
          assert.match(parts[part].advice, /^UDP to .*port.* has to pass the firewalls/);
        }
        assert.match(parts.relayed_call.what, /^through the relay by TLS, /);
      } finally {
        await server.stop();
      }
    }),
  );

  for (const [leg, way] of Object.entries(kWays)) {
    for (const kinds of leg === 'tls' ? unlikeInTurn() : alikeInTurn()) {
      const name = `a relayed call over ${leg.toUpperCase()} where only TCP to port 443 is let out: ${kinds.join(', ')}`;
      it(name, kLimit, () =>
        withDirectory(async (at) => {
          const { lab, pool } = world();
          await pool.close();
          for (const home of [1, 2]) {
            lab.setMode(home, 'web');
            lab.nameServer(home, kName);
          }
          const { server, browser } = await way.serve(lab, at('.'));
          const own = new BrowserPool((kind, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, browser));
          try {
            await scene({ name, pool: own, server, kinds, evidence: () => lab.mappings() }, (...people) => assertRelayedOver(leg, way.badge, server, people));
          } finally {
            await own.close();
            await server.stop();
          }
        }),
      );
    }
  }

  for (const kinds of unlikeInTurn()) {
    const name = `a relayed call over UDP to port 443 where no other UDP is let out: ${kinds.join(', ')}`;
    it(name, kLimit, async () => {
      const { lab, pool } = world();
      await pool.close();
      for (const home of [1, 2]) lab.setMode(home, 'quic');
      const server = await serveUdp443(lab);
      const own = new BrowserPool((kind, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, { secureOrigins: [server.origin] }));
      try {
        const ask = (port, transport) => bindingFrom(lab.enter('h1'), { host: kServer, port, transport });
        assert.equal(await ask(443, 'udp'), kHomes[1].wan);
        for (const [port, transport] of [[kUntoldPort, 'udp'], [443, 'tcp']]) await assert.rejects(ask(port, transport), `${transport} to port ${port} is not let out`);
        await scene({ name, pool: own, server, kinds, evidence: () => lab.mappings() }, async (...people) => {
          await assertRelayedOver('udp', 'Relayed, UDP', server, people);
          for (const person of people) assert.deepEqual(await toldOver(person, 'udp'), [`turn:${kServer}:443?transport=udp`]);
        });
      } finally {
        await own.close();
        await server.stop();
      }
    });
  }

  for (const kinds of alikeInTurn()) {
    const name = `a relayed call over TCP to port 80 where TLS is opened and no other TCP than to 80 and 443 is let out: ${kinds.join(', ')}`;
    it(name, kLimit, () =>
      withDirectory(async (at) => {
        const { lab, pool } = world();
        await pool.close();
        const [ours, theirs] = ['ours', 'theirs'].map((folder) => {
          mkdirSync(at(folder));
          return makeSignedCertificate(at(folder), kName);
        });
        const server = await serveOn443(lab, { ...ours, more: kOnTcp80 });
        const openers = [];
        const own = new BrowserPool((kind, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, { trust: theirs.ca }));
        try {
          for (const home of [1, 2]) {
            lab.setMode(home, 'opened');
            lab.nameServer(home, kName);
            openers.push(await TlsOpener.open(lab.enter(`r${home}`), { ...theirs, port: kOpenerPort, host: kServer, name: kName, ca: ours.ca }));
          }
          await scene({ name, pool: own, server, kinds, evidence: () => lab.mappings() }, async (...people) => {
            await assertRelayedOver('tcp', kWays.tcp.badge, server, people);
            for (const [index, person] of people.entries()) {
              assert.deepEqual(await toldOver(person, 'tcp'), [`turn:${kServer}:80?transport=tcp`, `turns:${kName}:443?transport=tcp`]);
              assert.ok(openers[index].did.includes('cut'), `${person.name} has tried the relay over TLS, and was cut off`);
            }
          });
        } finally {
          await own.close();
          for (const opener of openers) opener.close();
          await server.stop();
        }
      }),
    );
  }

  for (const kinds of kIsLong ? kPairs : [['firefox', 'chromium']]) {
    const name = `who hides the address where only TCP to port 443 is let out shows it to nobody: ${kinds.join(', ')}`;
    it(name, kLimit, () =>
      withDirectory(async (at) => {
        const { lab, pool } = world();
        await pool.close();
        lab.setMode(1, 'web');
        lab.setMode(2, 'full');
        for (const home of [1, 2]) lab.nameServer(home, kName);
        const { server, browser } = await kWays.tls.serve(lab, at('.'));
        const own = new BrowserPool((kind, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, browser));
        try {
          await scene({ name, pool: own, server, kinds, evidence: () => lab.mappings() }, async (first, second) => {
            const captures = await Promise.all([1, 2].map((n) => lab.capture(`h${n}`, at(`h${n}.pcap`))));
            await bothOpen(server, first, second);
            await meetAtCard(first, second, await freshRoom(first), { tickFirst: ['hide-address'] });
            await bothAccept(first, second);
            await assertTalk(first, second, 'relayed');
            await first.attribute('leg', 'tls');
            for (const capture of captures) await capture.stop();
            const [mine, theirs] = [1, 2].map((n) => readCapture(at(`h${n}.pcap`)));
            assertKeptToServer(mine, lab.hostAddresses(1), [kServer]);
            assertHomeKnowsNothing(lab, 2, theirs);
          });
        } finally {
          await own.close();
          await server.stop();
        }
      }),
    );
  }

  it('a relayed call over the TLS of a region with a name where only TCP to port 443 is let out: chromium, firefox', { timeout: 180_000 }, async () => {
    const { lab, pool } = world();
    await pool.close();
    for (const home of [1, 2]) lab.setMode(home, 'web');
    await withNamedRegion(lab, async ({ far, near, ca }) => {
      const own = new BrowserPool((kind, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, { trust: ca }));
      try {
        await until('the region is known to work', () => far.log().includes('region-up region=near'));
        await scene({ name: 'a region over TLS', pool: own, server: far, kinds: ['chromium', 'firefox'], evidence: () => near.logTail() }, async (...people) => {
          const { relays } = await relayedCall(far, ...people);
          assert.deepEqual(relays, [kNear.address]);
          for (const person of people) await person.attribute('leg', 'tls');
        });
      } finally {
        await own.close();
      }
    });
  });
}

/** Where this person was told to find the relay over that transport. */
async function toldOver(person, transport) {
  const urls = (await person.received('accepted')).flatMap(({ ice_servers: servers }) => servers.flatMap((server) => server.urls));
  return urls.filter((url) => url.endsWith(`?transport=${transport}`)).sort();
}

/** Nothing else gets out of either home, so each end talks through a relay of its own. */
async function assertRelayedOver(leg, badge, server, [first, second]) {
  await bothOpen(server, first, second);
  await meetAtCard(first, second, await freshRoom(first));
  await bothAccept(first, second);
  await assertTalk(first, second, 'relayed');
  for (const person of [first, second]) {
    const { local } = await person.summary();
    assert.equal(local.type, 'relay', `${person.name} talks through the relay`);
    await person.attribute('leg', leg);
    assert.equal((await person.text('path-badge')).trim(), badge);
  }
}
