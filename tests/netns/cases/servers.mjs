// Servers set up in other ways than the one most cases use, joined from both homes.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { RemoteBrowser } from '../../browser/lib/remote.mjs';
import { BrowserPool, scene } from '../../browser/lib/scene.mjs';
import { bothAccept, meetAtCard, meetByLink } from '../../browser/lib/person.mjs';
import { assertTalk, bothOpen, freshRoom } from '../../browser/cases/talk.mjs';
import { until } from '../../browser/lib/poll.mjs';
import { credential } from '../../program/turn_client.mjs';
import { kServerBehindNat } from '../lib/lab.mjs';
import { permissionFor } from '../lib/permission.mjs';
import { serveApplications, serveBehindNat, serveOverTls } from '../lib/serve.mjs';

const kLimit = { timeout: 120_000 };

/** One call between two homes behind routers of this mode, on a server of its own. */
async function onServer({ lab, name, start, kinds, mode, browser = {} }, body) {
  for (const home of [1, 2]) lab.setMode(home, mode);
  const server = await start(lab);
  const pool = new BrowserPool((kind, seat) =>
    RemoteBrowser.start(lab.enter(`h${seat + 1}`), kind, { secureOrigins: server.origin.startsWith('https') ? [] : [server.origin], ...browser }),
  );
  try {
    await scene({ name, pool, server, kinds, evidence: () => lab.mappings() }, (...people) => body(server, ...people));
  } finally {
    await pool.close();
    await server.stop();
  }
}

/** @param {() => object} world the lab, and the pool whose browsers have to make room */
export function serverCases(world) {
  it('a relayed call through a server behind 1:1 NAT: chromium, firefox', kLimit, async () => {
    const { lab, pool } = world();
    await pool.close();
    lab.translateServer();
    const options = { lab, name: 'behind 1:1 NAT', start: serveBehindNat, kinds: ['chromium', 'firefox'], mode: 'sym' };
    await onServer(options, async (server, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await bothAccept(first, second);
      await assertTalk(first, second, 'relayed');
      // Either end may be the one whose relay is used.
      const relays = (await Promise.all([first.summary(), second.summary()])).map(({ local }) => local).filter(({ type }) => type === 'relay');
      assert.ok(relays.length > 0, 'one end sends through the relay');
      for (const { address } of relays) assert.equal(address, kServerBehindNat.address, 'the relay is known by the address it was told by');
    });
  });

  it('a private call over HTTPS from two other machines: firefox, chromium', kLimit, async () => {
    const { lab, pool } = world();
    await pool.close();
    const options = { lab, name: 'self-signed from elsewhere', start: serveOverTls, kinds: ['firefox', 'chromium'], mode: 'port', browser: { acceptInsecureCerts: true } };
    await onServer(options, async (server, first, second) => {
      await bothOpen(server, first);
      const link = await meetByLink(first, second);
      assert.match(link, /^https:/);
      await assertTalk(first, second, 'direct');
    });
  });

  it('an address that the server gets while it runs is no peer of its relay', kLimit, async () => {
    const { lab } = world();
    const secret = 'a secret of an application';
    const later = '45.140.30.77'; // an address like any other, until the machine has it
    const { server, relay } = await serveApplications(lab, secret);
    const code = () => permissionFor(lab.enter('h1'), relay, credential(secret, `${Math.floor(Date.now() / 1000) + 60}:guest`), later);
    try {
      assert.equal(await code(), 0);
      lab.ip('srv', 'addr', 'add', `${later}/24`, 'dev', 'eth0');
      await until('it is seen', () => server.log().includes(`own-addresses-changed new=${later} `), { limit: 70_000 });
      await until('it is refused', async () => (await code()) === 403);
      lab.ip('srv', 'addr', 'del', `${later}/24`, 'dev', 'eth0');
      await until('it is let go', () => server.log().includes(`gone=${later}`), { limit: 70_000 });
      await until('it is a peer again', async () => (await code()) === 0);
    } finally {
      await server.stop();
    }
  });
}
