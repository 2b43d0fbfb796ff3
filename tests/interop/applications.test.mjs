// Other applications at our relay, by the secret they would share with coturn (use-auth-secret): credentials made as each of them
// makes them, and those of an XMPP server as Jitsi has it.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../browser/lib/poll.mjs';
import { freePort, freePorts, Server } from '../browser/lib/server.mjs';
import { credential, openEcho, TurnClient } from '../program/turn_client.mjs';
import { kApplicationNames, kDay } from './lib.mjs';

const kLimit = { timeout: 60_000 };
const kSecret = 'a secret shared with applications';

describe('other applications', () => {
  const world = {};
  before(async () => {
    world.folder = mkdtempSync(path.join(tmpdir(), 'visavis-applications-'));
    const [page, turn, metrics] = await freePorts(3);
    const listen = ['--listen', `127.0.0.1:${page}`, '--turn-listen', `127.0.0.1:${turn}`, '--metrics-listen', `127.0.0.1:${metrics}`];
    world.server = new Server({ origin: `http://127.0.0.1:${page}`, flags: [...listen, '--public-address', '127.0.0.1', '--turn-app-secrets', kSecret, '--turn-allow-peers', '127.0.0.0/8'] });
    await world.server.start();
    world.turn = turn;
    world.echo = await openEcho('127.0.0.2');
  });
  after(async () => {
    await world.server?.stop();
    world.echo?.close();
    rmSync(world.folder, { recursive: true, force: true });
  });

  /** Whatever the application relays need not be ICE, and passes. */
  async function assertRelays(login, transport = 'udp') {
    const client = await TurnClient.open({ port: world.turn, transport, ...login });
    try {
      await client.allocate();
      await client.bind(0x4000, world.echo);
      client.sendOnChannel(0x4000, 'no check came before this');
      assert.equal((await client.nextReceived()).payload.toString(), 'no check came before this');
      await client.refresh(0);
    } finally {
      client.close();
    }
  }

  async function assertRefused(login) {
    const client = await TurnClient.open({ port: world.turn, ...login });
    await assert.rejects(client.allocate(), { code: 401 });
    client.close();
  }

  for (const [application, name] of Object.entries(kApplicationNames)) {
    it(`relays for ${application}, over UDP and TCP, and for nobody who only claims to be one`, kLimit, async () => {
      for (const transport of ['udp', 'tcp']) await assertRelays(credential(kSecret, name()), transport);
      await assertRefused(credential('another secret than that', name()));
      const [expiry, ...rest] = name().split(':');
      await assertRefused(credential(kSecret, [Number(expiry) - 2 * kDay, ...rest].join(':')));
    });
  }

  it('gives everybody who asks Prosody within the same second a share of their own', kLimit, async () => {
    const same = credential(kSecret, kApplicationNames['Jitsi, by Prosody']());
    const clients = [];
    for (let i = 0; i < 12; ++i) clients.push(await TurnClient.open({ port: world.turn, ...same }));
    for (const client of clients) await client.allocate();
    for (const client of clients) client.close();
  });

  it('relays with what a real Prosody hands to an XMPP client', kLimit, async () => {
    const prosody = await startProsody(world.folder, world.turn);
    try {
      const told = await askForServices(prosody.port);
      assert.equal(told.host, '127.0.0.1');
      assert.equal(Number(told.port), world.turn);
      await assertRelays({ user: told.username, password: told.password });
    } finally {
      await prosody.stop();
    }
  });
});

/** Prosody from where it was unpacked, as the part of Jitsi that hands out TURN credentials. */
async function startProsody(folder, turn) {
  const program = execFileSync('which', ['prosody'], { encoding: 'utf8' }).trim();
  const library = path.resolve(path.dirname(program), '../lib/prosody');
  const port = await freePort();
  // Its own paths are those of an installed one.
  const script = path.join(folder, 'prosody.lua');
  writeFileSync(script, readFileSync(program, 'utf8').replaceAll('/usr/lib/prosody', library).replaceAll('/var/lib/prosody', folder));
  const config = path.join(folder, 'prosody.cfg.lua');
  writeFileSync(config, `
    run_as_root = true
    pidfile = "${folder}/prosody.pid"
    data_path = "${folder}"
    log = { info = "*console" }
    interfaces = { "127.0.0.1" }
    c2s_ports = { ${port} }
    c2s_direct_tls_ports = {}
    modules_enabled = { "disco", "saslauth", "external_services" }
    modules_disabled = { "s2s", "tls", "offline" }
    authentication = "anonymous"
    c2s_require_encryption = false
    allow_unencrypted_plain_auth = true
    VirtualHost "localhost"
      external_service_secret = "${kSecret}"
      external_services = {
        { type = "turn", host = "127.0.0.1", port = ${turn}, transport = "udp", secret = true, ttl = ${kDay}, algorithm = "turn" },
      }\n`);
  const child = spawn('lua5.4', [script, '--config', config, '-F'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let code;
  ended.then((how) => (code = how));
  const stop = async () => {
    child.kill();
    await ended;
  };
  await until('Prosody', async () => {
    if (code !== undefined) throw new Error(`Prosody ended with ${code}: ${said.slice(-1500)}`);
    return isOpen(port);
  }).catch(async (error) => {
    await stop();
    throw new Error(`${error.message}: ${said.slice(-1500)}`);
  });
  return { port, stop };
}

function isOpen(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' }, () => resolve(true)).on('error', () => resolve(false)).on('close', () => resolve(false));
    socket.end();
  });
}

/** XEP-0215 as an anonymous guest: what a client is told of the first service. @returns its attributes */
async function askForServices(port) {
  const socket = net.connect({ port, host: '127.0.0.1' });
  let said = '';
  socket.setEncoding('utf8').on('data', (text) => (said += text));
  const exchange = async (text, wanted) => {
    said = '';
    socket.write(text);
    return until(`${wanted} after ${text}`, () => wanted.exec(said), { limit: 10_000 }).catch((error) => Promise.reject(new Error(`${error.message}; it said ${said}`)));
  };
  const stream = `<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`;
  try {
    await exchange(stream, /ANONYMOUS/);
    await exchange(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>`, /<success/);
    await exchange(stream, /<bind/);
    await exchange(`<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>`, /<jid>/);
    const [service] = await exchange(`<iq type='get' id='ask' to='localhost'><services xmlns='urn:xmpp:extdisco:2'/></iq>`, /<service [^>]*>/);
    return Object.fromEntries([...service.matchAll(/([\w-]+)=['"]([^'"]*)['"]/g)].map(([, key, value]) => [key, value]));
  } finally {
    socket.destroy();
  }
}
