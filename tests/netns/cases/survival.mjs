// A call outlives what happens to relays: a new configuration and certificate, the drain of another one, the death of its own.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { it } from 'node:test';
import { RemoteBrowser } from '../../browser/lib/remote.mjs';
import { bothAccept, meetAtCard } from '../../browser/lib/person.mjs';
import { until } from '../../browser/lib/poll.mjs';
import { BrowserPool, scene } from '../../browser/lib/scene.mjs';
import { alikeInTurn, assertTalk, bothOpen, freshRoom, unlikeInTurn } from '../../browser/cases/talk.mjs';
import { makeSignedCertificate } from '../../program/certificates.mjs';
import { kFar, kFirstSecret, kNear, kSpare, withRegions } from '../lib/regions.mjs';
import { kName, serveOn443, withDirectory } from '../lib/serve.mjs';
import { relaysOf } from './regions.mjs';

const kLimit = { timeout: 240_000 };
const kSecondSecret = 'another secret for both regions';
// A browser takes 5 to 9 s to notice, the first restart may still name the dead relay, and the next comes 8 s later.
const kBackLimit = 30_000; // ms
const hidden = { tickFirst: ['hide-address'], tickSecond: ['hide-address'] };

/** What ICE and the connection under it are called now: both change with a restart. */
const pathNames = (person) => person.page.evaluate(() => /a=ice-ufrag:(\S+)/.exec(visavis.pc.localDescription.sdp)[1]);

/** `wanted`: relays that both have to have timed before they accept. */
async function relayedCall(server, [first, second], wanted = []) {
  await bothOpen(server, first, second);
  await meetAtCard(first, second, await freshRoom(first), hidden);
  await Promise.all(wanted.flatMap((relay) => [first, second].map((person) => until(`${person.name} has timed ${relay}`, () => person.page.evaluate((name) => visavis.relays?.times[name] !== undefined, relay)))));
  await bothAccept(first, second);
  await assertTalk(first, second, 'relayed');
}

/** The call is the same afterwards: it talks, over the same way. */
async function assertUntouched(first, second, body) {
  const before = await Promise.all([first, second].map(pathNames));
  await body();
  await assertTalk(first, second, 'relayed');
  assert.deepEqual(await Promise.all([first, second].map(pathNames)), before, 'nobody had to look for another path');
}

async function hangUp(server, ...wanted) {
  const before = server.log().length;
  server.signal('SIGHUP');
  for (const event of wanted) await until(`${server.origin}: ${event}`, () => server.log().slice(before).includes(event));
}

/** Killed, its own relay says nothing to anybody: the call finds another way, by another relay. */
async function assertOutlives(relay, first, second) {
  await relay.kill('SIGKILL');
  await until('the call is over another relay', async () => (await relaysOf(first, second)).join() === kFar.address, { limit: kBackLimit });
  await assertTalk(first, second, 'relayed');
  for (const person of [first, second]) assert.deepEqual(await person.page.evaluate(() => visavis.faults), [], `${person.name}: every description was taken`);
}

/** @param {() => object} world the lab, and the pool whose browsers have to make room */
export function survivalCases(world) {
  /** One case: two homes that need a relay, and relays near them. `play(servers, first, second)` */
  const scenario = (name, kinds, options, play) => {
    const title = `${name}: ${kinds.join(', ')}`;
    it(title, kLimit, async () => {
      const { lab, pool } = world();
      await pool.close();
      for (const home of [1, 2]) lab.setMode(home, 'sym');
      await withRegions(lab, async (servers) => {
        const browsers = new BrowserPool((kind, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, { secureOrigins: [], acceptInsecureCerts: true }));
        try {
          const { far, ...near } = servers;
          for (const region of Object.keys(near)) await until(`${region} is known to work`, () => far.log().includes(`region-up region=${region}`));
          await scene({ name: title, pool: browsers, server: far, kinds, evidence: () => lab.mappings() }, (...people) => play(servers, ...people));
        } finally {
          await browsers.close();
        }
      }, options);
    });
  };

  for (const kinds of unlikeInTurn()) {
    const name = 'a relayed call goes on through a reload of its relays, the drain of another, and the death of its own';
    scenario(name, kinds, { spare: true }, async (servers, first, second) => {
      await relayedCall(servers.far, [first, second], ['near', 'spare']);
      const [address] = await relaysOf(first, second);
      const [own, other] = address === kNear.address ? [servers.near, servers.spare] : [servers.spare, servers.near];
      assert.ok([kNear.address, kSpare.address].includes(address), `a near relay carries the call, not ${address}`);

      await assertUntouched(first, second, async () => {
        for (const server of Object.values(servers)) {
          server.writeSecrets(kSecondSecret, kFirstSecret);
          server.renewCertificate();
          await hangUp(server, 'configuration-reloaded', 'certificate-reloaded');
        }
      });

      await assertUntouched(first, second, async () => {
        other.signal('SIGUSR1');
        assert.equal(await other.ended(), 0);
      });

      await assertOutlives(own, first, second);
    });
  }

  // The rest of it has nothing to do with who meets whom.
  for (const kinds of alikeInTurn()) {
    scenario('a relayed call goes on after the death of its relay', kinds, {}, async ({ far, near }, first, second) => {
      await relayedCall(far, [first, second], ['near']);
      assert.deepEqual(await relaysOf(first, second), [kNear.address]);
      await assertOutlives(near, first, second);
    });
  }

  it('a call over TLS goes on through a reload of configuration and certificate: firefox, chromium', kLimit, () =>
    withDirectory(async (at) => {
      const { lab, pool } = world();
      await pool.close();
      for (const home of [1, 2]) {
        lab.setMode(home, 'web');
        lab.nameServer(home, kName);
      }
      const { cert, key, ca } = makeSignedCertificate(at('.'), kName);
      const file = at('visavis.toml');
      const write = (secret) => writeFileSync(file, `[turn]\nsecrets = ["${secret}"]\n`);
      write(kFirstSecret);
      const server = await serveOn443(lab, { cert, key, file });
      const own = new BrowserPool((kind, seat) => RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, { trust: ca }));
      try {
        await scene({ name: 'reload over TLS', pool: own, server, kinds: ['firefox', 'chromium'], evidence: () => lab.mappings() }, async (first, second) => {
          await relayedCall(server, [first, second]);
          for (const person of [first, second]) await person.attribute('leg', 'tls');
          await assertUntouched(first, second, async () => {
            write(kSecondSecret); // the first is gone
            makeSignedCertificate(at('.'), kName); // of another authority, so whoever had to connect anew would not get in
            await hangUp(server, 'configuration-reloaded', 'certificate-reloaded');
          });
        });
      } finally {
        await own.close();
        await server.stop();
      }
    }));
}
