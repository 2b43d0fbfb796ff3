// Thousands of calls through the real program, and nothing of them in what it says of itself.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../browser/lib/poll.mjs';
import { serving } from '../browser/lib/program.mjs';
import { Crowd, kTurnEvery } from './crowd.mjs';
import { formsOf, Needles } from './needles.mjs';

const kLimit = { timeout: 120_000 };
const kAnyAddress = /(?<![\d.])\d{1,3}(\.\d{1,3}){3}(?![\d.])/;
const kCalls = process.env.VISAVIS_LONG === '1' ? 10_000 : 2_000;

let folder;
before(() => (folder = mkdtempSync(path.join(tmpdir(), 'visavis-privacy-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Somebody who speaks no HTTP, and somebody who speaks no WebSocket. */
async function intrude(server, needles) {
  const port = Number(new URL(server.origin).port);
  const address = '127.99.201.77';
  needles.addAddress('the address of an intruder', address);
  const upgrade = `GET /ws HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: visavis.1\r\n\r\n`;
  for (const said of ['GET / HTTP/1.1\r\nBad header\r\n\r\n', `${upgrade}\x81\x05hello`]) {
    await new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1', localAddress: address }, () => socket.write(said, 'latin1'));
      socket.on('data', (data) => (data.toString('latin1').includes('HTTP/1.1 4') || data.includes(0x88)) && socket.end());
      socket.setTimeout(5_000, () => socket.destroy(new Error('an intruder is not answered')));
      socket.on('error', reject).on('close', resolve);
    });
  }
}

function metricsOf(server) {
  return new Promise((resolve, reject) => {
    http.get(`http://127.0.0.1:${server.metricsPort}/metrics`, (response) => {
      let page = '';
      response.setEncoding('utf8').on('data', (piece) => (page += piece)).on('end', () => {
        const [, accepted] = /^visavis_lobby_calls_accepted_total (\d+)$/m.exec(page) ?? [];
        resolve({ page, accepted: Number(accepted) });
      });
    }).on('error', reject);
  });
}

/** So many calls, somebody who has no business here, a reload and the end. @returns what was found in what is said of them */
async function everything(calls, flags) {
  const configuration = path.join(folder, 'visavis.toml');
  writeFileSync(configuration, '[turn]\nrealm = "before"\n');
  return serving(['--config', configuration, '--log-level', 'debug', '--log-format', 'json', ...flags], async (server) => {
    const crowd = new Crowd(server, calls);
    await crowd.run();
    await intrude(server, crowd.needles);
    writeFileSync(configuration, '[turn]\nrealm = "behind"\n');
    server.signal('SIGHUP');
    await until('the reload', () => server.log().includes('"configuration-reloaded"'));
    const metrics = await metricsOf(server);
    await server.kill('SIGTERM');
    const log = server.log();
    const events = new Set([...log.matchAll(/"event":"([^"]+)"/g)].map(([, event]) => event));
    return { crowd, log, metrics, events };
  });
}

describe('what the program says of itself', () => {
  it('has nothing of thousands of calls in it: no address, name, ufrag, password, fingerprint, token or key', kLimit, async () => {
    const { crowd, log, metrics, events } = await everything(kCalls, []);
    assert.ok(crowd.needles.size > 20 * kCalls, `${crowd.needles.size} texts are looked for`);
    for (const event of ['started', 'turn-auth-refused', 'websocket-failed', 'configuration-reloaded', 'stopped']) assert.ok(events.has(event), `${event} is not among ${[...events]}`);
    assert.deepEqual(crowd.needles.findIn(log), []);
    assert.ok(metrics.accepted >= kCalls, `${metrics.accepted} calls are counted`);
    assert.deepEqual(crowd.needles.findIn(metrics.page), []);
    // Both may leave at the same moment.
    assert.deepEqual([...crowd.errors].filter((one) => one !== 'not_member leave'), []);
    // Nor one that nobody here knows of, but for those of the server itself.
    const lines = log.split('\n').filter((line) => line.startsWith('{') && !line.includes('"configuration-reloaded"'));
    assert.deepEqual(lines.filter((line) => kAnyAddress.test(line)), []);
  });

  it('has addresses once the operator wants them, which the same search finds', kLimit, async () => {
    const { crowd, log } = await everything(2 * kTurnEvery, ['--log-show-addresses', 'true']);
    const found = crowd.needles.findIn(log).map((one) => one.replace(/,.*/s, ''));
    assert.deepEqual([...new Set(found)].sort(), ['the address of a caller', 'the address of an intruder']);
  });

  it('would be caught with any of it, in whatever form it is written', () => {
    const addresses = { '203.0.113.7': ['203.0.113.7', '203-0-113-7', '7.113.0.203', '203.000.113.007', '::FFFF:203.0.113.7', '::ffff:cb00:7107', '0:0:0:0:0:ffff:cb00:7107', 'CB007107', '3405803783', '124846283'],
      '2001:db8::a:7': ['2001:db8::a:7', '2001:DB8::A:7', '2001:0db8:0000:0000:0000:0000:000a:0007', '2001:db8:0:0:0:0:a:7', '20010db800000000000000000 00a0007'.replace(' ', '')] };
    const needles = new Needles();
    for (const address of Object.keys(addresses)) needles.addAddress('an address', address);
    needles.add('a ufrag', 'Ab3dEf9h');
    const lines = Array.from({ length: 1_000 }, (_, i) => `{"event":"relay-io","number":${i}}`);
    assert.deepEqual(needles.findIn(lines.join('\n')), []);
    for (const [what, form] of [...Object.values(addresses).flat().map((one) => ['an address', one]), ['a ufrag', 'Ab3dEf9h']]) {
      const planted = [...lines];
      planted[700] = `{"event":"relay-io","with":"x${form}y"}`;
      const found = needles.findIn(planted.join('\n'));
      assert.ok(found.some((one) => one.startsWith(`${what}, `) && one.endsWith(planted[700])), `${form} is not found, but ${found}`);
    }
    assert.ok(formsOf('203.0.113.7').length >= 9);
  });
});
