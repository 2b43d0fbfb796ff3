// The real program as an operator meets it, without browsers: its files, signals, logs and metrics.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../browser/lib/poll.mjs';
import { run, serving } from '../browser/lib/program.mjs';
import { findBinary, freePorts, Server } from '../browser/lib/server.mjs';
import { randomId, SignalingClient } from '../browser/lib/signaling_client.mjs';
import { makeCertificate } from './certificates.mjs';
import { Guest, meet, said } from './people.mjs';
import { credential, TurnClient } from './turn_client.mjs';

const kLimit = { timeout: 60_000 };
const kSecret = 'a shared secret of the tests';
const inAMinute = (name = 'guest') => `${Math.floor(Date.now() / 1000) + 60}:${name}`;
const kClient = '127.0.0.5'; // an address no other part of the program has a reason to write

let folder;
before(() => (folder = mkdtempSync(path.join(tmpdir(), 'visavis-program-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

/** One request. @returns {Promise<{status: number, headers: object, text: string, certificate: string}>} */
function get(url, options = {}) {
  const { request } = url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, ...options }, (response) => {
      const raw = response.socket.getPeerCertificate?.().raw;
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => (text += piece));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text, certificate: raw?.toString('base64') }));
    });
    sent.on('error', reject).end();
  });
}

const bare = (pem) => pem.replace(/-----[^-]+-----|\s/g, '');
const metric = (text, name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? NaN);
const events = (server) => server.log().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));

describe('the program', () => {
  it('drains on SIGUSR1: it says that it is going, and goes once its relay is empty', kLimit, async () => {
    await serving(['--log-format', 'json'], async (server) => {
      assert.equal((await get(`${server.origin}/healthz`)).status, 200);
      server.signal('SIGUSR1');
      await until('it says so', async () => (await get(`${server.origin}/healthz`)).status === 503);
      assert.equal(await server.ended(), 0);
      assert.deepEqual(events(server).filter(({ event }) => /^drain/.test(event)).map(({ event }) => event), ['draining', 'drained']);
    });
  });

  it('takes a certificate that was renewed by itself', kLimit, async () => {
    const first = makeCertificate(folder);
    await serving(['--tls-cert', first.cert, '--tls-key', first.key, '--log-format', 'json'], async (server) => {
      const second = makeCertificate(folder);
      await until('the reload', () => events(server).some(({ event }) => event === 'certificate-reloaded'), { limit: 40_000 });
      const address = server.origin.replace(/^http:/, 'https:');
      assert.equal((await get(`${address}/`, { ca: second.pem })).certificate, bare(second.pem));
    });
  });

  it('serves with a certificate of the operator and takes a new one on SIGHUP', kLimit, async () => {
    const first = makeCertificate(folder);
    const flags = ['--tls-cert', first.cert, '--tls-key', first.key, '--log-format', 'json'];
    await serving(flags, async (server) => {
      const address = server.origin.replace(/^http:/, 'https:');
      const page = await get(`${address}/`, { ca: first.pem });
      assert.equal(page.status, 200);
      assert.equal(page.certificate, bare(first.pem));
      assert.match(page.headers['strict-transport-security'] ?? '', /max-age/);

      const second = makeCertificate(folder);
      server.signal('SIGHUP');
      await until('the reload', () => events(server).some(({ event }) => event === 'certificate-reloaded'));
      await until('the new certificate', async () => (await get(`${address}/`, { rejectUnauthorized: false })).certificate === bare(second.pem));

      writeFileSync(second.key, 'no key');
      server.signal('SIGHUP');
      const refused = await until('the refusal', () => events(server).find(({ event }) => event === 'certificate-not-reloaded'));
      assert.match(refused.why, /key/);
      assert.equal((await get(`${address}/`, { ca: second.pem })).certificate, bare(second.pem), 'the old one is kept');
    });
  });

  it('leads who comes without TLS to the page, at the port they should have used, and serves TURN there', kLimit, async () => {
    const { cert, key, pem } = makeCertificate(folder);
    const [plain] = await freePorts(1);
    const flags = ['--tls-cert', cert, '--tls-key', key, '--redirect-listen', `127.0.0.1:${plain}`, '--turn-tcp-listen', `127.0.0.1:${plain}`, '--turn-app-secrets', kSecret];
    await serving(flags, async (server) => {
      const page = new URL(server.origin).port;
      const sent = await get(`http://127.0.0.1:${plain}/nowhere?x=1`, { headers: { host: 'localhost' } });
      assert.equal(sent.status, 308);
      assert.equal(sent.headers.location, `https://localhost:${page}/nowhere?x=1`);
      assert.equal((await get(sent.headers.location, { ca: pem })).status, 404, 'where it leads is this server');
      assert.equal((await get(`http://127.0.0.1:${plain}/healthz`)).status, 200);
      const client = await TurnClient.open({ port: plain, transport: 'tcp', ...credential(kSecret, inAMinute()) });
      await client.allocate();
      client.close();
    });
    const { code, stderr } = await run(folder, 'serve', '--redirect-listen', '*:80');
    assert.equal(code, 2);
    assert.match(stderr, /^visavis: --redirect-listen: http\.redirect_listen .* needs a certificate/);
  });

  it('keeps its self-signed certificate over a restart', kLimit, () =>
    serving(['--tls', 'self-signed'], async (server) => {
      const shown = async () => (await get(`${server.origin}/`, { rejectUnauthorized: false })).certificate;
      const before = await shown();
      assert.ok(before);
      await server.kill('SIGTERM');
      await server.start();
      assert.equal(await shown(), before);
    }));

  it('takes a relay credential that it gave out before it was killed, and no other', kLimit, () =>
    serving([], async (server) => {
      const [ann, bob] = await Promise.all([Guest.enter(server), Guest.enter(server)]);
      await meet(ann, bob, 'ta');
      const { ice_servers: told } = ann.traffic.find(({ type }) => type === 'accepted');
      const { urls, username: user, credential: password } = told.find(({ credential }) => credential);
      const [, host, port] = /^turn:(.+):(\d+)\?transport=udp$/.exec(urls.find((url) => url.endsWith('udp')));
      await server.kill('SIGKILL');
      await server.start();
      const who = { host: host.replace(/^\[|\]$/g, ''), port: Number(port), user };
      const [mine, forged] = await Promise.all([TurnClient.open({ ...who, password }), TurnClient.open({ ...who, password: `${password}x` })]);
      try {
        assert.equal((await mine.allocate()).relayed.length, 1);
        await assert.rejects(forged.allocate(), { code: 401 });
      } finally {
        for (const client of [mine, forged]) client.close();
      }
    }));

  it('counts what happens in its metrics, on a listener of their own', kLimit, () =>
    serving([], async (server) => {
      const at = `http://127.0.0.1:${server.metricsPort}/metrics`;
      const client = await SignalingClient.connect(server.origin);
      const { text, headers } = await get(at);
      assert.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);
      assert.equal(metric(text, 'visavis_websockets'), 1);
      assert.equal(metric(text, 'visavis_lobby_sessions'), 1);
      assert.equal((await get(`${server.origin}/metrics`)).status, 404);
      client.close();
      await until('the end of the connection', async () => metric((await get(at)).text, 'visavis_websockets') === 0);
    }));

  it('stops as soon as it says that it is ready, and says so in JSON', kLimit, async () => {
    const server = await Server.onLoopback(['--log-format', 'json']);
    server.signal('SIGTERM');
    assert.equal(await server.ended(), 0);
    const seen = events(server);
    assert.deepEqual(seen.map(({ event }) => event), ['relay-io', 'started', 'stopping', 'stopped']);
    for (const { time, level } of seen) {
      assert.ok(!Number.isNaN(Date.parse(time)), time);
      assert.equal(level, 'info');
    }
    await server.stop();
  });

  it('says at the start which rooms are shown by their tags alone', kLimit, async () => {
    const noted = (languages) => serving(['--rooms-languages', languages], (server) => /^ {2}note {5}no name is known for (.*): /m.exec(server.log())?.[1]);
    assert.equal(await noted('ta,pt-BR,es-MX'), undefined);
    assert.equal(await noted('ta,tlh,xx'), 'tlh, xx');
  });

  it('ends with its terminal when there is no certificate to read again', kLimit, async () => {
    const server = await Server.onLoopback();
    server.signal('SIGHUP');
    assert.equal(await server.ended(), 'SIGHUP');
    await server.stop();
  });

  it('keeps its rooms closed where other machines can come and nobody answers for them, says why, and offers private calls', kLimit, async () => {
    const [port, turn, metrics] = await freePorts(3);
    const places = ['--listen', `*:${port}`, '--turn-listen', `127.0.0.1:${turn}`, '--metrics-listen', `127.0.0.1:${metrics}`];
    const origin = `http://localhost:${port}`;
    const flags = [...places, '--log-format', 'json'];
    const asked = async (server, body) => {
      await server.start();
      const people = await Promise.all([1, 2].map(() => SignalingClient.connect(origin)));
      try {
        await body(...people);
      } finally {
        people.forEach((person) => person.close());
        await server.stop();
      }
    };
    const prefs = { media: 'sound', need: 'any' };

    const closed = new Server({ origin, flags });
    await asked(closed, async (one, two) => {
      const { rooms, rooms_closed: why, private: isPrivateOffered } = one.welcome.features;
      assert.deepEqual([rooms, why, isPrivateOffered], [false, 'no_contact', true]);
      const [line] = events(closed).filter(({ event }) => event === 'rooms-closed');
      assert.match(line.why, new RegExp(`http\\.listen has .*:${port}.*rooms\\.contact and rooms\\.rules`));
      assert.equal(line.level, 'info');
      one.send({ type: 'seek', room: 'ta', prefs });
      assert.equal((await one.next('error')).code, 'rooms_closed');
      const link = { id: randomId(16), door: randomId(16) };
      for (const person of [one, two]) person.send({ type: 'open', ...link, seat: randomId(16), noise: randomId(64), prefs });
      await Promise.all([one.next('joined'), two.next('joined')]);
    });

    const open = new Server({ origin, flags: [...flags, '--rooms-contact', 'me@example.org', '--rooms-rules', 'Be kind.'] });
    await asked(open, async (one) => {
      assert.equal(one.welcome.features.rooms, true);
      assert.deepEqual(events(open).filter(({ event }) => event === 'rooms-closed'), []);
    });
  });

  it('says in one line that a port is taken', kLimit, () =>
    serving([], async (server) => {
      const taken = new URL(server.origin).port;
      const [turn, metrics] = await freePorts(2);
      const flags = ['--listen', `127.0.0.1:${taken}`, '--turn-listen', `127.0.0.1:${turn}`, '--metrics-listen', `127.0.0.1:${metrics}`];
      const { code, stderr } = await run(folder, 'serve', '--state-dir', path.join(folder, 'second'), ...flags);
      assert.equal(code, 1);
      assert.match(stderr, /^visavis: cannot start: cannot listen on 127\.0\.0\.1:\d+ \(TCP\): Address already in use; choose another with --listen\n$/m);
    }));

  it('says in one line that another server has its state directory, and takes it over once that is gone', kLimit, () =>
    serving([], async (server) => {
      const [page, turn, metrics] = await freePorts(3);
      const flags = ['--listen', `127.0.0.1:${page}`, '--turn-listen', `127.0.0.1:${turn}`, '--metrics-listen', `127.0.0.1:${metrics}`];
      const { code, stderr } = await run(folder, 'serve', '--state-dir', server.stateDirectory, ...flags);
      assert.equal(code, 1);
      assert.equal(stderr, `visavis: cannot start: another server is running with the state directory ${server.stateDirectory}; stop it, or choose another with --state-dir\n`);
      for (const command of ['reports', 'bans']) assert.equal((await run(folder, command, '--state-dir', server.stateDirectory)).code, 0, command);
      await server.kill('SIGKILL');
      await server.start();
    }));

  it('finds by `config check` what the start would refuse', kLimit, async () => {
    const { cert } = makeCertificate(folder);
    const check = async (text) => {
      const file = path.join(folder, 'visavis.toml');
      writeFileSync(file, text);
      return run(folder, 'config', 'check', file);
    };
    assert.equal((await check('[rooms]\nlanguages = ["ta"]\n')).code, 0);
    const refused = {
      'not a language tag': '[rooms]\nlanguages = ["not a tag"]\n',
      'visavis.toml, line 3: tls.key: cannot read /nowhere': `[tls]\ncert = "${cert}"\nkey = "/nowhere"\n`,
      [`visavis.toml, line 3: tls.key: ${cert} is not an unencrypted PEM key`]: `[tls]\ncert = "${cert}"\nkey = "${cert}"\n`,
      'is a section': 'http = 1\n',
      'visavis.toml, line 2: turn.public_address takes at most one': '[turn]\npublic_address = ["192.0.2.1", "192.0.2.2"]\n',
    };
    for (const [why, text] of Object.entries(refused)) {
      const { code, stderr } = await check(text);
      assert.equal(code, 2, text);
      assert.ok(stderr.includes(why), stderr);
    }
  });
});

describe('a relay alone', () => {
  /** Runs `body(relay)` with `visavis relay` on ports of its own. */
  async function relaying(flags, body) {
    const [page, turn, metrics] = await freePorts(3);
    const listen = ['--listen', `127.0.0.1:${page}`, '--turn-listen', `127.0.0.1:${turn}`, '--metrics-listen', `127.0.0.1:${metrics}`];
    const relay = new Server({ origin: `http://127.0.0.1:${page}`, command: 'relay', flags: [...listen, '--turn-secrets', kSecret, ...flags] });
    Object.assign(relay, { turn, metricsPort: metrics });
    await relay.start();
    try {
      return await body(relay);
    } finally {
      await relay.stop();
    }
  }

  it('keeps nothing, unless it makes a certificate', kLimit, async () => {
    await relaying([], (relay) => assert.ok(!existsSync(relay.stateDirectory), 'there is no state directory'));
    await relaying(['--tls', 'self-signed'], async (relay) => {
      assert.ok(existsSync(path.join(relay.stateDirectory, 'self-signed.pem')), 'the certificate lasts');
      const { code, stderr } = await run(folder, 'relay', '--tls', 'self-signed', '--state-dir', relay.stateDirectory, '--turn-secrets', kSecret);
      assert.equal(code, 1, 'another would make one beside it');
      assert.match(stderr, /^visavis: cannot start: another server is running with the state directory /m);
    });
  });

  it('needs no place to keep anything in', kLimit, async () => {
    const [page, turn] = await freePorts(2);
    const command = ['relay', '--listen', `127.0.0.1:${page}`, '--turn-listen', `127.0.0.1:${turn}`, '--turn-secrets', kSecret, '--metrics', 'false'];
    const child = spawn(findBinary(), command, { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
    try {
      await until('the ready line', () => /^visavis relay is ready$/m.test(said) || child.exitCode !== null);
      assert.equal(child.exitCode, null, said);
      assert.doesNotMatch(said, /^ {2}state /m);
    } finally {
      child.kill('SIGTERM');
      await ended;
    }
  });

  it('says what it is doing, to whoever asks on its machine', kLimit, () =>
    relaying([], async (relay) => {
      const status = () => run(folder, 'relay', 'status', '--metrics-listen', `127.0.0.1:${relay.metricsPort}`);
      const who = { port: relay.turn, ...credential(kSecret, inAMinute('3600.call.Z3Vlc3Q')) };
      const [udp, tcp, guesser] = await Promise.all([TurnClient.open(who), TurnClient.open({ ...who, transport: 'tcp' }), TurnClient.open({ ...who, password: 'a guess' })]);
      try {
        await udp.allocate();
        await tcp.allocate();
        await assert.rejects(guesser.allocate(), { code: 401 });
        const text = await until('what it does is published', async () => {
          const { code, stdout } = await status();
          assert.equal(code, 0);
          return /^allocations {2}2 now, 2 since the start$/m.test(stdout) && stdout;
        });
        assert.match(text, /^ports {8}2 of 16384 over IPv4, 0 over IPv6$/m);
        assert.match(text, /^streams {6}1 over TCP, 0 over TLS$/m);
        assert.match(text, /^refused {6}401 \d+$/m);
        assert.match(text, /^not let in {3}wrong_password 1$/m);
        assert.match(text, /^no room for {2}nothing$/m);
        assert.match(text, /^threads {6}by (io_uring|epoll) \d+$/m);
      } finally {
        for (const client of [udp, tcp, guesser]) client.close();
      }
      await relay.kill('SIGTERM');
      const { code, stderr } = await status();
      assert.equal(code, 1);
      assert.match(stderr, /^visavis: nobody answers at http:/);
    }));
});

describe('regions', () => {
  it('are given out while the server itself drains', kLimit, async () => {
    const [page, udp] = await freePorts(2);
    const listen = ['--listen', `127.0.0.1:${page}`, '--turn-listen', `127.0.0.1:${udp}`, '--turn-tcp-listen', '', '--metrics', 'false'];
    const relay = new Server({ origin: `http://127.0.0.1:${page}`, command: 'relay', flags: [...listen, '--turn-secrets', kSecret, '--relay-ports', '40000-40999'] });
    await relay.start();
    const flags = ['--turn-secrets', kSecret, '--turn-regions', `near=127.0.0.1:${page}/${udp}`, '--relay-ports', '41000-41999'];
    try {
      await serving(flags, async (server) => {
        await until('the region is up', () => /region-up region=near/.test(server.log()));
        const told = async () => {
          const [ann, bob] = await Promise.all([Guest.enter(server), Guest.enter(server)]);
          await meet(ann, bob, 'ta');
          const { ice_servers: servers } = ann.traffic.find(({ type }) => type === 'accepted');
          for (const guest of [ann, bob]) guest.close();
          return servers.flatMap(({ urls }) => urls).filter((url) => url.startsWith('turn:'));
        };
        const near = `turn:127.0.0.1:${udp}?transport=udp`;
        const own = await told();
        assert.ok(own.length > 0 && !own.includes(near), 'its own comes first where nothing is known of the ways');
        const [, host, port] = /^turn:(.+):(\d+)\?/.exec(own[0]);
        const holder = await TurnClient.open({ host, port: Number(port), ...credential(kSecret, inAMinute('3600.call.Z3Vlc3Q')) });
        await holder.allocate(); // so that the drain goes on
        server.signal('SIGUSR1');
        await until('it drains', async () => (await get(`${server.origin}/healthz`)).status === 503);
        assert.deepEqual(await told(), [near]);
        holder.close();
      });
    } finally {
      await relay.stop();
    }
  });
});

describe('its log', () => {
  /** People who keep to the protocol and people who do not, all from one address. */
  async function visit(server) {
    const port = Number(new URL(server.origin).port);
    await get(`http://127.0.0.1:${port}/`, { localAddress: kClient });
    for (const text of ['GET / HTTP/1.1\r\nBad header\r\n\r\n', upgrade(port) + '\x81\x05hello', upgrade(port) + '\x81\x85\0\0\0\0hello']) {
      await speak(port, text);
    }
  }

  const upgrade = (port) =>
    `GET /ws HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: visavis.1\r\n\r\n';

  function speak(port, text) {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1', localAddress: kClient }, () => socket.write(text, 'latin1'));
      socket.on('data', (data) => {
        if (data.toString('latin1').includes('HTTP/1.1 4') || data.includes(0x88)) socket.end();
      });
      socket.setTimeout(1_000, () => socket.end());
      socket.on('error', reject).on('close', resolve);
    });
  }

  it('names nobody, not even at its most talkative', kLimit, () =>
    serving(['--log-level', 'debug'], async (server) => {
      await visit(server);
      await until('a line about a client', () => server.log().includes('websocket-failed'));
      assert.ok(!server.log().includes(kClient), server.log());
    }));

  it('holds no token, credential, key or word of anybody', kLimit, () =>
    serving(['--log-level', 'debug'], async (server) => {
      const [ann, bob, cid] = await Promise.all([Guest.enter(server), Guest.enter(server), Guest.enter(server)]);
      const call = await meet(ann, bob, 'ta');
      ann.relay(call, 'a body that nobody but the partner reads');
      await bob.hears('relay');
      assert.equal(said(await cid.openPrivate()), 'waiting');
      const before = [...ann.traffic, ...bob.traffic, ...cid.traffic];
      await bob.comeBack();
      await bob.leave(call);
      for (const guest of [ann, bob, cid]) guest.close();
      const fields = ['resume', 'proof', 'key', 'nonce', 'device', 'id', 'door', 'seat', 'noise', 'username', 'credential', 'body', 'intro'];
      const secrets = new Set(fields.flatMap((field) => valuesOf([...before, ...bob.traffic], field)).filter((text) => text.length >= 8));
      assert.ok(secrets.size >= 15, `${secrets.size} secrets are looked for`);
      await visit(server);
      await until('a line about what came after', () => server.log().includes('websocket-failed'));
      for (const secret of secrets) assert.ok(!server.log().includes(secret), secret);
    }));

  /** Every text under this name, however deep. */
  function valuesOf(value, name) {
    if (value === null || typeof value !== 'object') return [];
    return Object.entries(value).flatMap(([key, inner]) => (key === name && typeof inner === 'string' ? [inner] : valuesOf(inner, name)));
  }

  it('names addresses once the operator wants it, so the search above can find', kLimit, () =>
    serving(['--log-level', 'debug', '--log-show-addresses', 'true'], async (server) => {
      await visit(server);
      await until('the address', () => server.log().includes(kClient));
    }));
});
