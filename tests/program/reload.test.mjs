// SIGHUP: what an operator changes while people are there, and that nobody notices.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../browser/lib/poll.mjs';
import { freePorts, Server } from '../browser/lib/server.mjs';
import { SignalingClient } from '../browser/lib/signaling_client.mjs';
import { makeCertificate } from './certificates.mjs';
import { credential, openEcho, TurnClient } from './turn_client.mjs';

const kLimit = { timeout: 60_000 };
const kRelay = '127.0.0.1';
// Loopback too, but not the relay's own address, where only its relay ports can be peers.
const kPeer = '127.0.0.2';
const kOld = 'the secret of the first file';
const kNew = 'the secret of the second file';
// Nobody sends there: it is only told.
const kOutside = '45.10.0.7';

const inAMinute = (name = 'guest') => `${Math.floor(Date.now() / 1000) + 60}:${name}`;
const events = (server, wanted) => server.log().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)).filter(({ event }) => event === wanted);

function metricsAt(port) {
  return new Promise((resolve, reject) => {
    http.get(`http://127.0.0.1:${port}/metrics`, (response) => response.setEncoding('utf8').toArray().then((parts) => resolve(parts.join('')))).on('error', reject);
  });
}

/** What is in a file besides the part a case is about: reaches loopback, and tells it. */
function toml({ turn = '', rest = '', address = kRelay }) {
  return `${rest}\n[turn]\npublic_address = ["${address}"]\nallow_peers = ["127.0.0.0/8"]\n${turn}\n`;
}

describe('a reload', () => {
  const world = {};
  before(async () => {
    world.folder = mkdtempSync(path.join(tmpdir(), 'visavis-reload-'));
    world.echo = await openEcho(kPeer);
  });
  after(() => {
    world.echo?.close();
    rmSync(world.folder, { recursive: true, force: true });
  });

  /** Runs `body({server, port, write, reload})` with a program that has its configuration from a file. */
  async function configured(first, flags, body) {
    const [page, turn, metrics] = await freePorts(3);
    const file = path.join(world.folder, 'visavis.toml');
    const write = (parts) => writeFileSync(file, typeof parts === 'string' ? parts : toml(parts));
    write(first);
    const listen = ['--listen', `127.0.0.1:${page}`, '--turn-listen', `${kRelay}:${turn}`, '--metrics-listen', `127.0.0.1:${metrics}`];
    const server = new Server({ origin: `http://127.0.0.1:${page}`, flags: ['--config', file, '--threads', '2', '--log-format', 'json', ...listen, ...flags] });
    await server.start();
    /** Hangs up and waits for what the log says of it. */
    const hangUp = (parts) => {
      write(parts);
      server.signal('SIGHUP');
    };
    const reload = async (parts, outcome = 'configuration-reloaded') => {
      const before = events(server, outcome).length;
      hangUp(parts);
      return until(outcome, () => events(server, outcome)[before]);
    };
    try {
      return await body({ server, port: turn, metrics, reload, hangUp });
    } finally {
      await server.stop();
    }
  }

  const login = (port, secret, more = {}) => TurnClient.open({ port, ...credential(secret, inAMinute(Math.random().toString(36).slice(2))), ...more });

  /** A name that is refused: with 401 and nothing else. */
  async function assertRefused(port, who) {
    const client = await TurnClient.open({ port, ...who });
    await assert.rejects(client.allocate(), { code: 401 });
    client.close();
  }

  async function assertEchoes(client) {
    client.sendOnChannel(0x4000, 'there and back');
    const { channel, payload } = await client.nextReceived();
    assert.equal(channel, 0x4000);
    assert.equal(payload.toString(), 'there and back');
  }

  it('changes secrets and the address it tells without touching an allocation, on each thread and over TCP', kLimit, () =>
    configured({ turn: `app_secrets = ["${kOld}"]` }, [], async ({ server, port, reload }) => {
      const standing = [];
      for (const transport of ['udp', 'udp', 'udp', 'udp', 'tcp', 'tcp']) {
        const client = await login(port, kOld, { transport });
        const { relayed } = await client.allocate();
        assert.equal(relayed[0].address, kRelay);
        await client.bind(0x4000, world.echo);
        await assertEchoes(client);
        standing.push(client);
      }
      const page = await SignalingClient.connect(server.origin);

      const { changed, ipv4 } = await reload({ turn: `app_secrets = ["${kNew}"]\nusers = ["talk:a long password"]`, address: kOutside });
      assert.equal(changed, 'turn.public_address turn.app_secrets turn.users');
      assert.equal(ipv4, kOutside);

      for (const client of standing) {
        await assertEchoes(client);
        await client.refresh(600); // with the credential whose secret is gone
      }
      for (const transport of ['udp', 'udp', 'udp', 'udp', 'tcp']) {
        await assertRefused(port, { transport, ...credential(kOld, inAMinute()) });
        const client = await login(port, kNew, { transport });
        const { relayed } = await client.allocate();
        assert.equal(relayed[0].address, kOutside, 'the next relayed address');
        client.close();
      }
      const user = await TurnClient.open({ port, user: 'talk', password: 'a long password' });
      await user.allocate();

      await reload({ turn: `app_secrets = ["${kOld}", "${kNew}"]` });
      await assertRefused(port, { user: 'talk', password: 'a long password' });
      await user.refresh(600);
      const again = await login(port, kOld);
      assert.equal((await again.allocate()).relayed[0].address, kRelay);
      for (const client of standing) await assertEchoes(client);
      assert.equal(page.closed, null, 'whoever is on the page stays');
      for (const client of [...standing, user, again]) client.close();
      page.close();
    }));

  it('takes quotas and denials of peers', kLimit, () =>
    configured({ turn: `app_secrets = ["${kOld}"]\nallocations_max = 1` }, [], async ({ port, reload }) => {
      const first = await login(port, kOld);
      await first.allocate();
      await first.bind(0x4000, world.echo);
      const second = await login(port, kOld);
      await assert.rejects(second.allocate(), { code: 508 });
      await reload({ turn: `app_secrets = ["${kOld}"]\nallocations_max = 2\ndeny_peers = ["${kPeer}/32"]` });
      await second.allocate();
      for (const client of [first, second]) await assert.rejects(client.permit(world.echo), { code: 403 });
      first.sendOnChannel(0x4000, 'to one who is denied now');
      await reload({ turn: `app_secrets = ["${kOld}"]` });
      await first.bind(0x4000, world.echo);
      await assertEchoes(first); // and the first thing that comes back is not from before
      first.close();
      second.close();
    }));

  // The page, TURN and the metrics listen on 127.0.0.1; what listens on every address would be reached here.
  it('leaves this program\'s own ports nobody\'s peers, on any address of the loopback that is open', kLimit, () =>
    configured({ turn: `app_secrets = ["${kOld}"]` }, [], async ({ server, port, metrics, reload }) => {
      const client = await login(port, kOld);
      await client.allocate();
      const assertShut = async () => {
        for (const own of [port, metrics, Number(new URL(server.origin).port)])
          await assert.rejects(client.bind(0x4001, { address: kPeer, port: own }), { code: 403 }, `port ${own}`);
        await client.bind(0x4000, world.echo);
        await assertEchoes(client);
      };
      await assertShut();
      await reload({ turn: `app_secrets = ["${kOld}", "${kNew}"]` });
      await assertShut();
      client.close();
    }));

  it('refuses a file that cannot be used, says why, and goes on as before', kLimit, () =>
    configured({ turn: `app_secrets = ["${kOld}"]` }, [], async ({ port, metrics, reload }) => {
      const bad = {
        'line 2: unknown key .turn.secret.': '[turn]\nsecret = 1\n',
        'at least 16 characters': toml({ turn: `app_secrets = ["${kNew}"]\nsecrets = ["short"]` }),
        'Error while parsing': 'turn = [',
        'cannot read': toml({ turn: `app_secrets = ["${kNew}"]`, rest: '[rooms]\nrules_file = "/nowhere"' }),
      };
      for (const [why, text] of Object.entries(bad)) {
        const said = (await reload(text, 'configuration-not-reloaded')).why;
        assert.match(said, new RegExp(why), said);
      }
      await assertRefused(port, credential(kNew, inAMinute()));
      const client = await login(port, kOld);
      assert.equal((await client.allocate()).relayed[0].address, kRelay);
      client.close();
      await reload({ turn: `app_secrets = ["${kNew}"]` });
      const text = await metricsAt(metrics);
      assert.match(text, /^visavis_configuration_reloads_total\{outcome="refused"\} 4$/m);
      assert.match(text, /^visavis_configuration_reloads_total\{outcome="taken"\} 1$/m);
    }));

  it('names what only a restart can change, and takes the rest', kLimit, () =>
    configured({ turn: `app_secrets = ["${kOld}"]\nrealm = "before"` }, [], async ({ server, port, reload }) => {
      await reload({ turn: `app_secrets = ["${kNew}"]\nrealm = "after"\nrelay_ports = "40000-41000"`, rest: '[metrics]\non = false' });
      const named = await until('what is left', () => events(server, 'restart-needed')[0]);
      assert.equal(named.for, 'turn.relay_ports turn.realm metrics.on');
      const client = await login(port, kNew);
      const { relayed } = await client.allocate();
      assert.ok(relayed[0].port >= 49152, `${relayed[0].port}`);
      client.close();
    }));

  it('says which public address nobody is told', kLimit, () =>
    configured({}, [], async ({ server, reload }) => {
      assert.doesNotMatch(server.log(), /told to nobody/);
      await reload(toml({}).replace(`["${kRelay}"]`, `["${kRelay}", "2001:db8::9"]`));
      const { why } = await until('the warning', () => events(server, 'address-not-told')[0]);
      assert.match(why, /^2001:db8::9 is told to nobody, since STUN and TURN do not listen on IPv6/);
      await server.kill('SIGTERM');
      await server.start();
      assert.match(server.log(), /^ {2}note {5}2001:db8::9 is told to nobody/m);
    }));

  it('takes the log\'s level and the rules of the rooms, which whoever comes next reads', kLimit, () =>
    configured({ rest: '[rooms]\nrules = "Be kind."' }, [], async ({ server, metrics, reload, hangUp }) => {
      const first = await SignalingClient.connect(server.origin);
      assert.equal(first.welcome.features.rules, 'Be kind.');
      await reload({ rest: '[rooms]\nrules = "Be kinder."\nopen = false\n[log]\nlevel = "debug"' });
      for (let i = 0; i < 4; ++i) {
        const next = await SignalingClient.connect(server.origin);
        assert.equal(next.welcome.features.rules, 'Be kinder.');
        assert.equal(next.welcome.features.rooms, false);
        next.close();
      }
      const before = events(server, 'configuration-reloaded').length;
      hangUp({ rest: '[log]\nlevel = "error"' });
      await until('it to be taken', async () => /reloads_total\{outcome="taken"\} 2$/m.test(await metricsAt(metrics)));
      await reload('threads = [', 'configuration-not-reloaded');
      assert.equal(events(server, 'configuration-reloaded').length, before, 'what is not an error is no longer logged');
      first.close();
    }));

  it('closes rooms: who waits goes on waiting, and nobody else begins', kLimit, () =>
    configured({}, [], async ({ server, reload }) => {
      const prefs = { media: 'sound', need: 'any' };
      const seek = async (person) => {
        person.send({ type: 'seek', room: 'ta', prefs });
        return person.take('waiting', 'matched', 'error');
      };
      const [waiting, late] = [await SignalingClient.connect(server.origin), await SignalingClient.connect(server.origin)];
      assert.equal((await seek(waiting)).type, 'waiting');
      await reload({ rest: '[rooms]\nopen = false' });
      assert.equal((await until('why', () => events(server, 'rooms-closed')[0])).why, 'rooms.open is false');
      assert.equal((await seek(late)).code, 'rooms_closed');
      await waiting.settle();
      assert.equal(waiting.closed, null);
      await reload({});
      assert.equal((await seek(late)).type, 'matched', 'with the one who has been waiting all the time');
      await waiting.take('matched');
      for (const person of [waiting, late]) person.close();
    }));

  it('refuses a file whole that names another certificate which cannot be used', kLimit, async () => {
    const first = makeCertificate(mkdtempSync(path.join(world.folder, 'first-')));
    const other = mkdtempSync(path.join(world.folder, 'broken-'));
    const broken = makeCertificate(other);
    writeFileSync(broken.key, 'half a key');
    const parts = (secret, { cert, key }) => ({ turn: `app_secrets = ["${secret}"]`, rest: `[tls]\ncert = "${cert}"\nkey = "${key}"` });
    await configured(parts(kOld, first), [], async ({ server, port, reload }) => {
      const { why } = await reload(parts(kNew, broken), 'configuration-not-reloaded');
      assert.match(why, /key/);
      const missing = await reload(parts(kNew, { ...first, cert: `${first.cert}.none` }), 'configuration-not-reloaded');
      assert.match(missing.why, /, line \d+: tls\.cert: cannot read /);
      await assertRefused(port, credential(kNew, inAMinute()));
      const client = await login(port, kOld);
      await client.allocate();
      client.close();
      const next = makeCertificate(other);
      const { changed } = await reload(parts(kNew, next));
      assert.equal(changed, 'tls.cert tls.key turn.app_secrets');
      await until('the certificate', () => events(server, 'certificate-reloaded').length >= 1);
    });
  });

  // Without a descriptor nothing can be read, and files look as they did: only time makes a difference.
  it('tries a certificate again by itself that could not be read', { timeout: 150_000 }, async () => {
    const { cert, key } = makeCertificate(mkdtempSync(path.join(world.folder, 'unread-')));
    await configured({ rest: `[tls]\ncert = "${cert}"\nkey = "${key}"` }, [], async ({ server }) => {
      const descriptors = (soft) => execFileSync('prlimit', ['--pid', String(server.pid), `--nofile=${soft}:`]);
      const taken = () => events(server, 'certificate-reloaded').length;
      const [before] = readFileSync(`/proc/${server.pid}/limits`, 'utf8').match(/(?<=Max open files +)\d+/);
      descriptors(3);
      server.signal('SIGHUP');
      await until('the refusal', () => events(server, 'certificate-not-reloaded')[0]);
      assert.equal(taken(), 0);
      descriptors(before);
      await until('the next try', () => taken() === 1, { limit: 120_000, every: 500 });
    });
  });

  it('takes a certificate from another file, and the next one when its files change after one that could not be used', kLimit, async () => {
    const first = makeCertificate(world.folder);
    const other = mkdtempSync(path.join(world.folder, 'other-'));
    const second = makeCertificate(other);
    const tlsPart = ({ cert, key }, secret = kOld) => ({ turn: `app_secrets = ["${secret}"]`, rest: `[tls]\ncert = "${cert}"\nkey = "${key}"` });
    await configured(tlsPart(first), [], async ({ server, reload }) => {
      const page = Number(new URL(server.origin).port);
      const standing = await login(page, kOld, { transport: 'tls', ca: first.pem });
      await standing.allocate();
      await standing.bind(0x4000, world.echo);
      await assertEchoes(standing);
      const shown = (pem) =>
        new Promise((resolve, reject) => {
          const sent = https.get(server.origin.replace('http:', 'https:'), { agent: false, rejectUnauthorized: false }, (response) => {
            resolve(response.socket.getPeerCertificate().raw.toString('base64') === pem.replace(/-----[^-]+-----|\s/g, ''));
            response.resume();
          });
          sent.on('error', reject);
        });
      assert.ok(await shown(first.pem));
      await reload(tlsPart(second, kNew));
      await until('the other certificate', () => shown(second.pem));
      await assertEchoes(standing);
      await standing.refresh(600); // over the old certificate, with a secret that is gone
      const next = await login(page, kNew, { transport: 'tls', ca: second.pem });
      await next.allocate();
      next.close();

      writeFileSync(second.key, 'half a key');
      server.signal('SIGHUP');
      await until('the refusal', () => events(server, 'certificate-not-reloaded')[0]);
      assert.ok(await shown(second.pem), 'the old one is kept');
      const third = makeCertificate(other);
      await until('the next one, without a hangup', () => shown(third.pem), { limit: 40_000, every: 500 });
      await assertEchoes(standing);
      standing.close();
    });
  });
});
