// The page that the program carries: what it says of it, and whether `visavis verify-page` finds every way in which a running server's
// page can be another.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { serving } from '../browser/lib/program.mjs';
import { findBinary, freePort } from '../browser/lib/server.mjs';
import { makeCertificate } from './certificates.mjs';

const kLimit = { timeout: 120_000 };
const kBuild = fileURLToPath(new URL('../../web/build.mjs', import.meta.url));

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

let folder;
before(() => (folder = mkdtempSync(path.join(tmpdir(), 'visavis-page-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The program run to its end. @param {object} environment beside what it needs to be found */
function run(args, environment = {}) {
  return new Promise((resolve) => {
    execFile(findBinary(), args, { timeout: 60_000, env: { HOME: folder, PATH: process.env.PATH, ...environment } }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
  });
}

const verify = (address, environment) => run(['verify-page', address], environment);

function get(url, headers = {}) {
  return new Promise((resolve, reject) => {
    http.get(url, { agent: false, headers }, (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces) }));
    }).on('error', reject);
  });
}

/**
 * Stands before a server and changes what `change` wants, or answers for it: it is given the request's path and an answer, and gives
 * one back. @returns {Promise<{origin: string, close: () => Promise<void>}>}
 */
async function standBefore(server, change) {
  const proxy = http.createServer(async (request, response) => {
    try {
      const found = await get(server.origin + request.url, { ...request.headers, connection: 'close' });
      const { status, headers, body } = change(request.url, found) ?? found;
      const told = Object.entries({ ...headers, connection: 'close', 'content-length': body.length }).filter(([, value]) => value !== undefined);
      response.writeHead(status, Object.fromEntries(told)).end(body);
    } catch (error) {
      response.destroy(error);
    }
  });
  await new Promise((resolve) => proxy.listen(0, 'localhost', resolve));
  return { origin: `http://localhost:${proxy.address().port}`, close: () => new Promise((resolve) => proxy.close(resolve)) };
}

const text = (found, edit) => ({ ...found, headers: { ...found.headers, 'content-encoding': undefined }, body: Buffer.from(edit(found.body.toString())) });
/** Of a plain answer: the others stay as they are. */
const plainText = (found, edit) => (found.headers['content-encoding'] ? null : text(found, edit));
const header = (found, name, value) => ({ ...found, headers: { ...found.headers, [name]: value } });

/** The server behind something that changes its answers, and what is found of it. */
function found(change, judge) {
  return () =>
    serving([], async (server) => {
      const between = await standBefore(server, change);
      try {
        await judge(await verify(between.origin), between, server);
      } finally {
        await between.close();
      }
    });
}

const differs = ({ code, stdout, stderr }, origin) => {
  assert.equal(stderr, '');
  assert.ok(stdout.startsWith(`${origin} does NOT serve the page of visavis `), stdout);
  assert.equal(code, 1);
  return stdout.split('\n').filter((line) => /^ {2}(differs|missing|extra|header) /.test(line)).map((line) => line.trim());
};

describe('the page', () => {
  it('has a hash, which the program says, its server says, and anybody can work out', kLimit, () =>
    serving([], async (server) => {
      const { code, stdout } = await run(['--version']);
      assert.equal(code, 0);
      const [, version, hash] = /^visavis (\d+\.\d+\.\d+)\npage ([0-9a-f]{64})\n$/.exec(stdout) ?? assert.fail(stdout);
      const said = await get(`${server.origin}/version`);
      assert.equal(said.body.toString(), stdout);
      assert.equal(said.headers['content-type'], 'text/plain; charset=utf-8');
      const built = path.join(folder, 'built anew');
      const build = await promisify(execFile)(process.execPath, [kBuild, '--quiet', '--out', built]);
      assert.ok(build.stdout.split('\n').includes(`page ${hash}`), build.stdout);
      const list = readFileSync(path.join(built, 'page.sha256'), 'utf8');
      assert.equal(sha256(list), hash);
      for (const line of list.trim().split('\n')) {
        const [of, address] = line.split('  ');
        assert.equal(sha256((await get(server.origin + address)).body), of, address);
      }
      const ok = await verify(server.origin);
      assert.deepEqual([ok.code, ok.stderr], [0, '']);
      assert.ok(ok.stdout.startsWith(`${server.origin} serves the page of visavis ${version}\n  page ${hash}\n`), ok.stdout);
    }));

  it('is the published one whatever address of it is given, with or without other regions', kLimit, () =>
    serving(['--turn-secrets', 'a secret of two servers', '--turn-regions', 'near=near.example'], async (server) => {
      const { code, stdout } = await verify(`${server.origin}/p?lang=ar#1.KEY`);
      assert.equal(code, 0, stdout);
    }));

  it('is found to be the published one over HTTPS that the system trusts, and is not asked for over any other', kLimit, async () => {
    const certificate = makeCertificate(folder);
    await serving(['--tls-cert', certificate.cert, '--tls-key', certificate.key], async (server) => {
      const address = server.origin.replace(/^http:/, 'https:');
      const stranger = await verify(address);
      assert.equal(stranger.code, 3);
      assert.match(stranger.stderr, /was not checked: the certificate that localhost:\d+ shows is not to be trusted \(self-signed certificate\)$/m);
      const trusted = await verify(address, { SSL_CERT_FILE: certificate.cert });
      assert.deepEqual([trusted.code, trusted.stderr], [0, ''], trusted.stdout);
      const plain = await verify(address.replace(/^https:/, 'http:'));
      assert.equal(plain.code, 3, plain.stdout);
    });
  });
});

describe('another page', () => {
  it('with one other byte in a script', kLimit, found(
    (place, answer) => (/^\/assets\/app-.*\.js$/.test(place) ? plainText(answer, (code) => code.replace(/.$/s, (last) => (last === '\n' ? ' ' : '\n'))) : null),
    (result, { origin }) => {
      const lines = differs(result, origin);
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0], /^differs {2}\/assets\/app-\w+\.js: from byte \d+ on “/);
    },
  ));

  it('only for those who take it compressed', kLimit, found(
    (place, answer) => {
      if (place !== '/' || answer.headers['content-encoding'] !== 'gzip') return null;
      return { ...answer, body: gzipSync(`${gunzipSync(answer.body)}more`) };
    },
    (result, { origin }) => assert.match(differs(result, origin).join('\n'), /^differs {2}\/: more behind its end: .*\(as gzip\)$/m),
  ));

  it('at one of its addresses', kLimit, found(
    (place, answer) => (place === '/p' ? text({ ...answer, body: Buffer.from('<!doctype html>') }, (html) => html) : null),
    (result, { origin }) => {
      const lines = differs(result, origin);
      assert.ok(lines.length > 0 && lines.every((line) => line.startsWith('differs  /p: ')), lines.join('\n'));
    },
  ));

  it('with a script of somebody else’s', kLimit, found(
    (place, answer) => {
      if (place === '/evil.js') return { status: 200, headers: { 'content-type': 'text/javascript' }, body: Buffer.from('alert(1)') };
      if (place !== '/' || answer.headers['content-encoding']) return null;
      return plainText(answer, (html) => html.replace('</head>', '<script src="/evil.js"></script><script src="//evil.example/x.js"></script></head>'));
    },
    (result, { origin }) => {
      const lines = differs(result, origin).join('\n');
      assert.match(lines, /^differs {2}\/: from byte \d+ on “script src="\/evil\.js"><\/script>/m);
      assert.match(lines, /^differs {2}\/: script elements: 3 and not 1$/m);
      assert.match(lines, /^extra {4}\/evil\.js: named by \/ and not published; status 200, 8 bytes$/m);
      assert.match(lines, /^extra {4}http:\/\/evil\.example\/x\.js: named by \/ and not published; at another place$/m);
    },
  ));

  it('without a file', kLimit, found(
    (place, answer) => (/^\/assets\/style-/.test(place) ? { ...answer, status: 404 } : null),
    (result, { origin }) => assert.match(differs(result, origin).join('\n'), /^missing {2}\/assets\/style-\w+\.css: nothing is there$/m),
  ));

  it('with another policy, or none', kLimit, async () => {
    const policy = 'content-security-policy';
    await found(
      (_, answer) => header(answer, policy, answer.headers[policy]?.replace("script-src 'self'", "script-src 'self' https://evil.example")),
      (result, { origin }) => {
        const lines = differs(result, origin);
        assert.equal(lines.length, 1, lines.join('\n'));
        assert.match(lines[0], /^header {3}\/: Content-Security-Policy is another, from byte \d+ on “ https:\/\/evil\.example;/);
      },
    )();
    await found(
      (_, answer) => header(header(answer, policy, undefined), 'set-cookie', 'who=you'),
      (result, { origin }) => {
        const lines = differs(result, origin).join('\n');
        assert.match(lines, /^header {3}\/: Content-Security-Policy is missing$/m);
        assert.match(lines, /^header {3}\/: set-cookie has no place here: “who=you”$/m);
      },
    )();
  });

  it('that leads to another address for one of its files', kLimit, found(
    (place, answer) => (/^\/assets\/app-/.test(place) ? { ...answer, status: 302, headers: { location: `/x${place}` }, body: Buffer.from('') } : null),
    (result, { origin }) => assert.match(differs(result, origin).join('\n'), /^differs {2}\/assets\/app-\w+\.js: it leads to “\/x\/assets\/app-\w+\.js”$/m),
  ));

  it('as a script that is served as something else', kLimit, found(
    (place, answer) => (/^\/assets\/icon-/.test(place) ? header(answer, 'content-type', 'text/html') : null),
    (result, { origin }) => assert.match(differs(result, origin).join('\n'), /^header {3}\/assets\/icon-\w+\.svg: Content-Type is “text\/html” and not “image\/svg\+xml”$/m),
  ));

  it('that its own server says is another', kLimit, found(
    (place, answer) => (place === '/version' ? text(answer, (said) => said.replace(/page ..../, 'page 0000')) : null),
    (result, { origin }) => assert.match(differs(result, origin).join('\n'), /^differs {2}\/version: it says itself that its page is another, 0000/m),
  ));
});

describe('a server that cannot be compared', () => {
  it('is of another version', kLimit, found(
    (place, answer) => (place === '/version' ? text(answer, (said) => said.replace(/^visavis .*/, 'visavis 99.1.2')) : null),
    ({ code, stdout }, { origin }) => {
      assert.equal(code, 4);
      assert.ok(stdout.startsWith(`${origin} says that it is visavis 99.1.2 with the page\n`), stdout);
      assert.match(stdout, /^This is visavis \d+\.\d+\.\d+ and knows no other page than its own: nothing was compared\. Ask visavis 99\.1\.2\.$/m);
    },
  ));

  it('is no visavis, or leads elsewhere, or is not there', kLimit, async () => {
    const answers = { '/': [200, {}, 'hello'] };
    const other = http.createServer((request, response) => {
      const [status, headers, body] = answers[request.url] ?? [404, {}, 'no'];
      response.writeHead(status, headers).end(body);
    });
    await new Promise((resolve) => other.listen(0, 'localhost', resolve));
    const origin = `http://localhost:${other.address().port}`;
    const reason = async (address) => {
      const { code, stdout, stderr } = await verify(address);
      assert.deepEqual([code, stdout], [3, '']);
      return stderr;
    };
    try {
      assert.match(await reason(origin), /was not checked: what answers there does not say that it is visavis/);
      answers['/version'] = [302, { location: 'https://elsewhere.example/' }, ''];
      assert.match(await reason(origin), /was not checked: it leads to another place, “https:\/\/elsewhere\.example”: look at that address instead$/m);
      answers['/version'] = [302, { location: '/version' }, ''];
      assert.match(await reason(origin), /was not checked: it leads on and on$/m);
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
    assert.match(await reason(`http://localhost:${await freePort()}`), /was not checked: nobody answers at localhost:\d+ \(Connection refused\)$/m);
    assert.match(await reason('http://no-such-host.invalid'), /was not checked: no address is known for no-such-host\.invalid: /);
    const relay = await verify('ftp://localhost');
    assert.deepEqual([relay.code, relay.stderr], [2, "visavis: 'ftp://localhost' is no address of a page; one is written like https://example.org\n"]);
    assert.equal((await run(['verify-page'])).code, 2);
  });
});
