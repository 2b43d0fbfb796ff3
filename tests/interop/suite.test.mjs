// coturn's clients against our relay: another implementation's reading of RFC 8656 (turnutils_uclient) and of RFC 5780
// (turnutils_natdiscovery).
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeCertificate } from '../program/certificates.mjs';
import { freePort, freePorts, Server } from '../browser/lib/server.mjs';
import { freePortPair, runClient } from './lib.mjs';

const kSecret = 'a shared secret of the interop tests';
const kUser = { user: 'talk', password: 'a long: password' };
const kMessages = 20;
// Loopback too, but not the relay's own address, where only its relay ports can be peers.
const kPeer = '127.0.0.2';

function whyNoClient() {
  try {
    execFileSync('which', ['turnutils_uclient', 'turnutils_peer', 'turnutils_natdiscovery'], { stdio: 'ignore' });
    return null;
  } catch {
    return "coturn's clients are not installed";
  }
}

/** Credentials as the server hands them out (docs/protocol.md, "keeping alive"). */
function credentials({ lifetime = 600 } = {}) {
  const user = `${Math.floor(Date.now() / 1000) + lifetime}:14400.call.${randomBytes(9).toString('base64url')}`;
  return { user, password: createHmac('sha1', kSecret).update(user).digest('base64') };
}

const reason = whyNoClient();
if (reason) console.log(reason);

describe("coturn's client and our relay", { skip: reason ?? false }, () => {
  const world = {};

  async function startRelay(flags = []) {
    const [relay, http, metrics] = await freePorts(3);
    const ports = ['--listen', `127.0.0.1:${http}`, '--turn-listen', `127.0.0.1:${relay}`, '--metrics-listen', `127.0.0.1:${metrics}`];
    const server = new Server({ origin: `http://127.0.0.1:${http}`, flags: [...ports, '--public-address', '127.0.0.1', '--turn-app-secrets', kSecret, '--turn-legacy-channels', 'true', '--log-level', 'debug', ...flags] });
    await server.start();
    return { server, port: relay, pagePort: http };
  }

  before(async () => {
    world.peerPort = await freePort();
    world.peer = spawn('turnutils_peer', ['-p', String(world.peerPort), '-L', kPeer], { stdio: 'ignore' });
    world.open = await startRelay(['--turn-allow-peers', '127.0.0.0/8']);
    world.usual = await startRelay();
    world.folder = mkdtempSync(path.join(tmpdir(), 'visavis-interop-'));
    const { cert, key } = makeCertificate(world.folder);
    world.tls = await startRelay(['--turn-allow-peers', '127.0.0.0/8', '--tls-cert', cert, '--tls-key', key]);
    world.ca = cert;
  });

  after(async () => {
    world.peer?.kill();
    await world.discovery?.server.stop();
    await world.open?.server.stop();
    await world.usual?.server.stop();
    await world.tls?.server.stop();
    if (world.folder) rmSync(world.folder, { recursive: true, force: true });
  });

  /** The client's own account of a run against the relay that may reach the echo on loopback. */
  async function echo(flags, { relay = world.open, port = relay.port, login = credentials() } = {}) {
    const peer = flags.includes('-y') ? [] : ['-e', kPeer, '-r', String(world.peerPort)];
    const run = ['-n', String(kMessages), '-m', '2', '-u', login.user, '-w', login.password, '-p', String(port)];
    return runClient([...flags, ...peer, ...run, '127.0.0.1']);
  }

  function assertNothingLost({ code, output }) {
    assert.match(output, /Total lost packets 0 /, output.slice(-2000));
    assert.equal(code, 0, output.slice(-2000));
    const [, received] = /tot_recv_msgs=(\d+)/g.exec(output.slice(output.lastIndexOf('tot_recv_msgs')));
    assert.ok(Number(received) >= kMessages, `${received} messages came back`);
  }

  function assertRefused({ output }) {
    assert.doesNotMatch(output, /tot_recv_msgs=[1-9]/, output.slice(-2000));
  }

  const kWays = {
    'over channels': ['-c'],
    'by Send and Data indications': ['-c', '-s'],
    'over channels with padding': ['-c', '-D'],
    'with further requests in between': ['-c', '-G'],
    'between two of its own relay addresses': ['-c', '-y'],
    'between two of its own relay addresses by indications': ['-c', '-y', '-s'],
  };
  for (const [way, flags] of Object.entries(kWays)) {
    it(`echoes ${way}, and nothing is lost`, async () => assertNothingLost(await echo(flags)));
  }

  // The client asks for an even port and the next, and comes back for that with its token, whichever thread it meets.
  it('gives two ports next to each other to who asks for them', async () => assertNothingLost(await echo([])));

  // A user with a fixed name, and a colon and blanks in the password.
  it('lets a configured user in, and no other', async () => {
    const users = ['--turn-allow-peers', '127.0.0.0/8', '--turn-users', `${kUser.user}:${kUser.password}`];
    world.users ??= await startRelay(users);
    try {
      assertNothingLost(await echo(['-c'], { relay: world.users, login: kUser }));
      assertRefused(await echo(['-c'], { relay: world.users, login: { ...kUser, password: 'another long password' } }));
    } finally {
      await world.users.server.stop();
    }
  });

  it('tells a client how its NAT behaves', async () => {
    const port = await freePortPair();
    const places = `127.0.0.1:${port},${kPeer}:${port}`;
    world.discovery = await startRelay(['--turn-nat-discovery-listen', places]);
    const { code, output } = await runClient(['-m', '-f', '-L', '127.0.0.1', '-p', String(port), '127.0.0.1'], 'turnutils_natdiscovery');
    assert.equal(code, 0, output.slice(-2000));
    assert.match(output, /No NAT! \(Endpoint Independent Mapping\)/, output.slice(-2000));
    assert.match(output, /NAT with Endpoint Independent Filtering!/, output.slice(-2000));
  });

  // Over streams: to the relay's own TCP port, and to the page's, which serves both.
  for (const [way, flags] of Object.entries(kWays)) {
    it(`echoes over TCP ${way}, and nothing is lost`, async () => assertNothingLost(await echo(['-t', ...flags])));
    it(`echoes over TLS on the page's port ${way}, and nothing is lost`, async () => {
      const relay = world.tls;
      // The client takes a TLS record for one message, and loses what else is in it. We write what waits into one record, so packets
      // that come in a burst would be lost to it; with time in between there are none.
      const pace = ['-z', '400'];
      assertNothingLost(await echo(['-t', '-S', '-E', world.ca, ...pace, ...flags], { relay, port: relay.pagePort }));
    });
  }

  it('echoes over TCP on the page\'s port without TLS', async () => assertNothingLost(await echo(['-t', '-c'], { port: world.open.pagePort })));

  it('refuses a wrong password over TLS', async () => {
    const relay = world.tls;
    const result = await echo(['-t', '-S', '-c'], { relay, port: relay.pagePort, login: { ...credentials(), password: 'wrong' } });
    assertRefused(result);
  });

  it('refuses a wrong password', async () => {
    const result = await echo(['-c'], { login: { ...credentials(), password: 'wrong' } });
    assertRefused(result);
    assert.match(result.output, /Cannot complete Allocation/, result.output.slice(-2000));
  });

  it('refuses a user name that has expired', async () => {
    const result = await echo(['-c'], { login: credentials({ lifetime: -60 }) });
    assertRefused(result);
    assert.match(result.output, /Cannot complete Allocation/, result.output.slice(-2000));
  });

  it('refuses to reach this machine unless it is told to', async () => {
    const result = await echo(['-c'], { relay: world.usual });
    assertRefused(result);
    assert.match(result.output, /403|Forbidden/i, result.output.slice(-2000));
  });
});
