// Clients of other kinds than browsers and coturn's: aioice, which Python's WebRTC is made with, and libnice, which GStreamer's and Janus's is. With
// credentials of a secret that is shared with the relay, made as applications make them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { until } from '../browser/lib/poll.mjs';
import { RelayCounts } from '../browser/lib/relay_counts.mjs';
import { freePorts, Server } from '../browser/lib/server.mjs';
import { makeCertificate } from '../program/certificates.mjs';
import { credential, openEcho } from '../program/turn_client.mjs';
import { kApplicationNames } from './lib.mjs';

const kLimit = { timeout: 60_000 };
const kSecret = 'a secret shared with applications';
const kCallSecret = 'a secret of our own beside it';
/** As many as either program sends. */
const kMessages = 20;
/** Of Debian, whose packages another Python would not find. */
const kPython = '/usr/bin/python3';

/** Runs one of the programs beside this file to its end. @returns what it says came of it */
async function visit(program, how) {
  const { stdout } = await promisify(execFile)(kPython, [fileURLToPath(new URL(program, import.meta.url)), JSON.stringify(how)]);
  return JSON.parse(stdout);
}

const messages = (write) => Array.from({ length: kMessages }, (_, number) => write(number));

describe('clients of other kinds', () => {
  const world = {};
  before(async () => {
    world.folder = mkdtempSync(path.join(tmpdir(), 'visavis-clients-'));
    const { cert, key } = makeCertificate(world.folder);
    const [page, turn, metrics] = await freePorts(3);
    const listen = ['--listen', `127.0.0.1:${page}`, '--turn-listen', `127.0.0.1:${turn}`, '--metrics-listen', `127.0.0.1:${metrics}`];
    const relay = ['--public-address', '127.0.0.1', '--turn-app-secrets', kSecret, '--turn-secrets', kCallSecret, '--turn-allow-peers', '127.0.0.0/8'];
    world.server = new Server({ origin: `https://127.0.0.1:${page}`, flags: [...listen, ...relay, '--tls-cert', cert, '--tls-key', key] });
    await world.server.start();
    world.counts = new RelayCounts(async () => (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text());
    world.echo = await openEcho('127.0.0.2');
    world.places = { udp: { host: '127.0.0.1', port: turn }, tcp: { host: '127.0.0.1', port: turn }, tls: { host: 'localhost', port: page } };
    world.ca = cert;
  });
  after(async () => {
    await world.server?.stop();
    world.echo?.close();
    rmSync(world.folder, { recursive: true, force: true });
  });

  const allGone = () => until('its allocation has ended', async () => (await world.counts.sum('allocations')) === 0);

  for (const application of ['Nextcloud Talk', 'Synapse']) {
    for (const transport of ['udp', 'tcp', 'tls']) {
      it(`aioice, for ${application}, over ${transport.toUpperCase()}`, kLimit, async () => {
        const { echo, ca, places } = world;
        const peer = [echo.address, echo.port];
        const login = credential(kSecret, kApplicationNames[application]());
        const { relayed, echoed } = await visit('aioice_client.py', { ...places[transport], transport, ca, peer, ...login });
        assert.equal(relayed[0], '127.0.0.1');
        assert.deepEqual(echoed, [...messages((number) => `message ${number}`), 'after the refresh'].map((text) => [text, peer]));
        await allGone();
      });
    }
  }

  it('aioice is told that a password is wrong', kLimit, async () => {
    const peer = [world.echo.address, world.echo.port];
    const login = credential('another secret than that', kApplicationNames.Synapse());
    await assert.rejects(visit('aioice_client.py', { ...world.places.udp, transport: 'udp', peer, ...login }), /TransactionFailed.*401/s);
  });

  // Of a call's secret it passes the consent gate, as any agent of ICE does that is answered.
  const kLogins = {
    'an application': () => credential(kSecret, kApplicationNames.Synapse()),
    'a call': () => credential(kCallSecret, `${Math.floor(Date.now() / 1000) + 600}:14400.call.someone`),
  };
  for (const [whose, login] of Object.entries(kLogins)) {
    for (const transport of ['udp', 'tcp']) {
      it(`libnice, with a name of ${whose}, over ${transport.toUpperCase()}`, kLimit, async () => {
        const told = await visit('libnice_client.py', { ...world.places[transport], transport, address: '127.0.0.2', ...login() });
        assert.deepEqual([...new Set(told.candidates)], ['relayed']);
        assert.equal(told.pair[0], 'relayed');
        const sent = messages((number) => `${number}. message`);
        assert.deepEqual(told.heard, [sent, sent]);
        await allGone();
      });
    }
  }
});
