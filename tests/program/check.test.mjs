// `visavis check` against `visavis serve`: what it finds where all works, and where something does not.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { run, serving } from '../browser/lib/program.mjs';
import { findBinary, freePort, Server } from '../browser/lib/server.mjs';
import { makeCertificate } from './certificates.mjs';

const kLimit = { timeout: 90_000 };
const kParts = ['page', 'certificate', 'signaling', 'stun', 'relay_udp', 'relay_tcp', 'relay_tls', 'call', 'relayed_call'];

let folder;
before(() => (folder = mkdtempSync(path.join(tmpdir(), 'visavis-check-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

const check = (...args) => run(folder, 'check', ...args);

/** What it says with --json, by part. */
async function found(...args) {
  const { code, stdout, stderr } = await check('--json', ...args);
  assert.equal(stderr, '');
  const report = JSON.parse(stdout);
  assert.equal(report.exit, code);
  assert.equal(report.works, code === 0);
  assert.deepEqual(report.parts.map(({ part }) => part), kParts);
  return { code, report, ...Object.fromEntries(report.parts.map((part) => [part.part, part])) };
}

/** Whoever connects hears what `answer(socket)` says, or nothing. */
async function listening(answer, body) {
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    answer(socket);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await body(server.address().port);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Lines of Prometheus' text, by name and labels. */
function metrics(text) {
  const samples = new Map();
  for (const line of text.trimEnd().split('\n')) {
    if (/^# (HELP|TYPE) visavis_check_[a-z_]+ /.test(line)) continue;
    const [, name, value] = /^(visavis_check_[a-z_]+(?:\{part="[a-z_]+"\})?) (-?[0-9.e+-]+)$/.exec(line) ?? assert.fail(line);
    assert.ok(!samples.has(name), name);
    samples.set(name, Number(value));
  }
  return samples;
}

describe('visavis check', () => {
  it('finds that all of a service works, by every transport, with two calls', kLimit, async () => {
    const { cert, key } = makeCertificate(folder);
    const server = await Server.onLoopback(['--tls-cert', cert, '--tls-key', key], { streams: true });
    const origin = server.origin.replace(/^http:/, 'https:');
    try {
      const { code, report, ...parts } = await found(origin, '--trust', cert);
      assert.equal(code, 0, JSON.stringify(report, null, 2));
      for (const part of kParts) assert.equal(parts[part].state, 'works', JSON.stringify(parts[part]));
      assert.match(parts.page.what, /with the page inside this program, [0-9a-f]{64}$/);
      assert.ok(parts.certificate.certificate_days > 1 && parts.certificate.certificate_days <= 2);
      assert.ok(parts.signaling.seconds > 0);
      assert.equal(parts.stun.mappings, 1);
      for (const part of ['relay_udp', 'relay_tcp', 'relay_tls']) assert.ok(parts[part].round_trip_seconds > 0, part);
      assert.deepEqual([parts.call.relayed, parts.relayed_call.relayed], [0, 1]);
      for (const part of ['call', 'relayed_call']) {
        assert.equal(parts[part].sound_loss_ratio, 0, part);
        assert.equal(parts[part].picture_loss_ratio, 0, part);
        assert.ok(parts[part].connect_seconds > 0, part);
        assert.match(parts[part].what, /DTLS-SRTP \(AES-\d+-/, part);
      }
    } finally {
      await server.stop();
    }
  });

  it('shows it on a screen and as metrics, where the service has no streams and no certificate', kLimit, () =>
    serving([], async (server) => {
      const screen = await check(server.origin);
      assert.equal(screen.code, 0, screen.stdout);
      const lines = screen.stdout.trimEnd().split('\n');
      assert.match(lines[0], new RegExp(`^${server.origin}, checked from this machine in \\d+\\.\\d s$`));
      assert.equal(lines.at(-1), 'All that this service offers works from here.');
      assert.match(screen.stdout, /^not offered {4}relay by TLS without a certificate there is none$/m);
      assert.match(screen.stdout, /^works {10}relay by UDP \S+:\d+: two addresses after /m);

      const { code, stdout } = await check(server.origin, '--prometheus');
      assert.equal(code, 0);
      const samples = metrics(stdout);
      assert.equal(samples.get('visavis_check_works'), 1);
      assert.equal(samples.get('visavis_check_part_works{part="relay_udp"}'), 1);
      assert.ok(!samples.has('visavis_check_part_works{part="relay_tls"}'));
      assert.ok(samples.get('visavis_check_connect_seconds{part="relayed_call"}') > 0);
    }));

  it('says that a certificate is not to be trusted, and what to do', kLimit, async () => {
    const { cert, key } = makeCertificate(folder);
    await serving(['--tls-cert', cert, '--tls-key', key], async (server) => {
      const { code, ...parts } = await found(server.origin.replace(/^http:/, 'https:'));
      assert.equal(code, 1);
      assert.equal(parts.certificate.state, 'fails');
      assert.match(parts.certificate.advice, /--trust/);
      assert.deepEqual([parts.page.state, parts.signaling.state, parts.call.state], ['fails', 'fails', 'skipped']);
    });
  });

  it('follows nobody from https to plain http', kLimit, async () => {
    const { cert, key } = makeCertificate(folder);
    await serving([], async (plain) => {
      const leading = https.createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
        response.writeHead(302, { Location: `${plain.origin}/` });
        response.end();
      });
      await new Promise((resolve) => leading.listen(0, 'localhost', resolve));
      try {
        const { code, ...parts } = await found(`https://localhost:${leading.address().port}`, '--trust', cert);
        assert.equal(code, 2);
        assert.match(parts.page.what, /answers with status 302$/);
        assert.ok(parts.page.advice.includes(plain.origin), parts.page.advice);
        assert.equal(parts.certificate.state, 'works');
        assert.match(parts.signaling.what, /leads on to another place/);
        assert.equal(parts.signaling.advice, undefined);
      } finally {
        leading.closeAllConnections?.();
        await new Promise((resolve) => leading.close(resolve));
      }
    });
  });

  it('says that nobody is there, and that a name leads nowhere', kLimit, async () => {
    const port = await freePort();
    const away = await found(`http://127.0.0.1:${port}`);
    assert.equal(away.code, 2);
    assert.match(away.page.what, /^nobody answers at 127\.0\.0\.1:\d+ \(Connection refused\)$/);
    assert.equal(away.call.state, 'skipped');
    const unknown = await check('http://nowhere.invalid');
    assert.equal(unknown.code, 2);
    assert.match(unknown.stdout, /no address is known for nowhere\.invalid/);
    assert.match(unknown.stdout, /\nThe service could not be asked\.\n$/);
  });

  it('ends within its time with a port that swallows all it hears, and says where it was stuck', kLimit, () =>
    listening(() => {}, async (port) => {
      const since = Date.now();
      const { code, ...parts } = await found(`http://127.0.0.1:${port}`, '--timeout', '5');
      assert.equal(code, 2);
      assert.ok(Date.now() - since < 8_000);
      assert.match(parts.page.what, /takes too long/);
      const tls = await found(`https://127.0.0.1:${port}`, '--timeout', '5');
      assert.match(tls.page.what, /takes too long \(TLS\)/);
    }));

  it('ends with a code of its own where what it found cannot be written', kLimit, async () => {
    const port = await freePort();
    const { code, stderr } = await new Promise((resolve) => {
      const args = ['-c', '"$0" check "$1" --prometheus > /dev/full', findBinary(), `http://127.0.0.1:${port}`];
      execFile('sh', args, { timeout: 20_000 }, (error, _, text) => resolve({ code: error ? error.code : 0, stderr: text }));
    });
    assert.equal(code, 3);
    assert.match(stderr, /^visavis: cannot write what was found: No space left on device\n$/);
  });

  it('tells a page that is none of ours, and a proxy that passes no WebSockets on', kLimit, async () => {
    const answer = (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'));
    await listening(answer, async (port) => {
      const { code, ...parts } = await found(`http://127.0.0.1:${port}`);
      assert.equal(code, 2);
      assert.match(parts.page.what, /does not say that it is a visavis/);
      assert.match(parts.signaling.advice, /WebSockets/);
    });
    await serving([], async (server) => {
      const proxy = http.createServer((request, response) => {
        request.pipe(http.request(`${server.origin}${request.url}`, { method: request.method, headers: request.headers, agent: false }, (from) => {
          response.writeHead(from.statusCode, from.headers);
          from.pipe(response);
        }));
      });
      proxy.on('upgrade', (request, socket) => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'));
      await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
      try {
        const { code, ...parts } = await found(`http://127.0.0.1:${proxy.address().port}`);
        assert.equal(code, 1);
        assert.equal(parts.page.state, 'works');
        assert.equal(parts.signaling.state, 'fails');
        assert.match(parts.signaling.what, /status 400/);
      } finally {
        proxy.closeAllConnections?.();
        await new Promise((resolve) => proxy.close(resolve));
      }
    });
  });

  it('refuses a command line that cannot be meant', kLimit, async () => {
    const broken = path.join(folder, 'broken.pem');
    writeFileSync(broken, 'no certificate');
    for (const [args, why] of [
      [['nowhere'], /is no address of a page/],
      [['http://localhost', '--timeout', '1'], /--timeout/],
      [['http://localhost', '--json', '--prometheus'], /choose one/],
      [['http://localhost', '--trust', '/nowhere'], /--trust: cannot read \/nowhere/],
      [['http://localhost', '--trust', broken], /holds no certificate/],
      [[], /URL/],
    ]) {
      const { code, stdout, stderr } = await check(...args);
      assert.equal(code, 2, args.join(' '));
      assert.equal(stdout, '');
      assert.match(stderr, /^visavis: /);
      assert.match(stderr, why);
    }
  });
});
