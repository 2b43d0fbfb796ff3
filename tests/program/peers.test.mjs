// Whom the relay sends nothing to, through real sockets of every kind and with nothing but its defaults: on the port of
// TURN over UDP and TCP, on the page's own port over TLS, and on that same port over UDP where it is configured.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../browser/lib/poll.mjs';
import { freePorts, Server } from '../browser/lib/server.mjs';
import { makeCertificate } from './certificates.mjs';
import { credential, kAttributes, TurnClient } from './turn_client.mjs';

const kLimit = { timeout: 60_000 };
const kSecret = 'a secret of the applications';
// The relay's own addresses here. A permission names no port, and another end's relay port is there: so it is given, and leads nowhere else.
const kOwn = { ipv4: '127.0.0.1', ipv6: '::1' };
// One of each kind: this host, private, of carriers, clouds' metadata, documentation, benchmarks, many at once.
const kNobodys4 = ['127.9.9.9', '0.0.0.0', '10.0.0.1', '100.64.0.1', '169.254.169.254', '172.16.0.1', '192.0.2.1', '192.88.99.1', '192.168.1.1', '198.18.0.1', '224.0.0.1', '255.255.255.255'];
// And the same in what IPv6 has for it; the last six are 127.0.0.1.
const kNobodys6 = ['::', '::2', 'fd00:ec2::254', 'fe80::1', 'ff02::1', '2001:db8::1', '::7f00:1', '::ffff:7f00:1', '64:ff9b::7f00:1', '64:ff9b:1::7f00:1', '2002:7f00:1::1', '2001::80ff:fffe'];
const kFamily6 = [kAttributes.family, Buffer.from([2, 0, 0, 0])];

describe('the relay, with nothing but its defaults', () => {
  const world = {};
  before(async () => {
    world.folder = mkdtempSync(path.join(tmpdir(), 'visavis-peers-'));
    const { cert, key, pem } = makeCertificate(world.folder);
    const [turn, page, metrics, port] = await freePorts(4);
    const listen = [`127.0.0.1:${turn}`, `[::1]:${turn}`, `127.0.0.1:${page}`];
    const flags = ['--listen', `127.0.0.1:${page}`, '--turn-listen', listen.join(), '--turn-tcp-listen', `127.0.0.1:${turn},[::1]:${turn}`, '--metrics-listen', `127.0.0.1:${metrics}`, '--tls-cert', cert, '--tls-key', key, '--turn-app-secrets', kSecret];
    Object.assign(world, { turn, page, metrics, ca: pem });
    world.server = new Server({ origin: `https://127.0.0.1:${page}`, flags });
    await world.server.start();
    world.heard = [];
    // On every address of this host, for what must not come, and at no relay port.
    world.listener = createSocket('udp6').on('message', (bytes) => world.heard.push(bytes.toString())).unref();
    await new Promise((resolve) => world.listener.bind(port, '::', resolve));
  });
  after(async () => {
    await world.server?.stop();
    world.listener?.close();
    rmSync(world.folder, { recursive: true, force: true });
  });

  const metrics = () => new Promise((resolve, reject) => {
    http.get(`http://127.0.0.1:${world.metrics}/metrics`, { agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => (text += piece)).on('end', () => resolve(text));
    }).on('error', reject);
  });
  const counted = async (pattern) => {
    const values = (await metrics()).split('\n').filter((line) => pattern.test(line)).map((line) => Number(line.split(' ').at(-1)));
    assert.ok(values.length > 0, `no metric matches ${pattern}`);
    return values.reduce((sum, value) => sum + value, 0);
  };
  const sentToPeers = () => counted(/^visavis_turn_packets_total\{direction="to_peer"/);
  const open = (way) => {
    const name = `${Math.floor(Date.now() / 1000) + 60}:${Math.random().toString(36).slice(2)}`;
    return TurnClient.open({ host: '127.0.0.1', ca: world.ca, ...way(world), ...credential(kSecret, name) });
  };

  // Else a network that lets nothing but the web's ports through would still lead to the relay over TCP alone.
  it('answers STUN over UDP on the page\'s port where it is configured, beside the page', kLimit, async () => {
    const client = await TurnClient.open({ port: world.page });
    const [{ address }] = (await client.binding()).address(kAttributes.xorMapped);
    assert.equal(address, '127.0.0.1');
    client.close();
    const status = await new Promise((resolve, reject) => {
      https.get(`https://127.0.0.1:${world.page}/healthz`, { agent: false, ca: world.ca, servername: 'localhost' }, (response) => resolve(response.resume().statusCode)).on('error', reject);
    });
    assert.equal(status, 200);
  });

  const kWays = {
    'over UDP': ({ turn: port }) => ({ port, transport: 'udp' }),
    'over TCP': ({ turn: port }) => ({ port, transport: 'tcp' }),
    'over TLS, on the page\'s port': ({ page: port }) => ({ port, transport: 'tls' }),
    'over UDP, on the page\'s port': ({ page: port }) => ({ port, transport: 'udp' }),
  };
  for (const [name, way] of Object.entries(kWays)) {
    it(`sends nothing to who is nobody's peer, by CreatePermission, ChannelBind or Send: ${name}`, kLimit, async () => {
      const [client, client6, partner] = await Promise.all([open(way), open(way), open(way)]);
      try {
        const { relayed: [own] } = await client.allocate();
        await client6.allocate([kFamily6]);
        const { port } = world.listener.address();
        const dropped = () => counted(/^visavis_turn_dropped_total\{reason="(no_permission|peer_denied)"\}/);
        const [sentBefore, droppedBefore] = [await sentToPeers(), await dropped()];
        for (const [who, addresses, itself] of [[client, kNobodys4, kOwn.ipv4], [client6, kNobodys6, kOwn.ipv6]]) {
          await who.permit({ address: itself, port });
          for (const address of [...addresses, itself]) {
            const peer = { address, port };
            if (address !== itself) await assert.rejects(who.permit(peer), { code: 403 }, `a permission for ${address}`);
            await assert.rejects(who.bind(0x4000, peer), { code: 403 }, `a channel to ${address}`);
            who.send(peer, 'what nobody asked for');
            who.sendOnChannel(0x4000, 'what nobody asked for');
          }
        }
        const many = kNobodys4.length + kNobodys6.length + 2;
        await until('all of it has been dropped', async () => (await dropped()) - droppedBefore === many);
        assert.equal(await sentToPeers(), sentBefore, 'nothing was sent to any peer');
        assert.deepEqual(world.heard, []);

        // By the same client, so that silence above is the relay's doing.
        const { relayed: [other] } = await partner.allocate();
        await client.permit(other);
        await partner.permit(own);
        client.send(other, 'what a partner let in');
        assert.equal((await partner.nextReceived()).payload.toString(), 'what a partner let in');
        await until('this one is counted', async () => (await sentToPeers()) - sentBefore === 1);
      } finally {
        for (const each of [client, client6, partner]) each.close();
      }
    });
  }
});
