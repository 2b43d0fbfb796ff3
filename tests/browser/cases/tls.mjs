// HTTPS and WSS with the certificate the server makes for itself, as a phone in the same network would come.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LocalBrowser } from '../lib/browser.mjs';
import { meetByLink } from '../lib/person.mjs';
import { BrowserPool, scene } from '../lib/scene.mjs';
import { Server } from '../lib/server.mjs';
import { assertLeaves, assertTalk, bothOpen } from './talk.mjs';

export function tlsCases() {
  const kinds = ['chromium', 'firefox'];
  const name = `a private call over HTTPS: ${kinds.join(', ')}`;
  it(name, { timeout: 120_000 }, async () => {
    const pool = new BrowserPool((kind) => LocalBrowser.start(kind, { acceptInsecureCerts: true }));
    const server = await Server.onLoopback(['--tls', 'self-signed']);
    try {
      await scene({ name, pool, server, kinds }, async (first, second) => {
        await bothOpen(server, first);
        const link = await meetByLink(first, second);
        assert.match(link, /^https:/);
        await assertTalk(first, second, 'direct');
        await assertLeaves(second, first);
      });
    } finally {
      await pool.close();
      await server.stop();
    }
  });
}
