// coturn's clients against our relay: another implementation's reading of RFC 8656 (turnutils_uclient), of RFC 8489 (turnutils_stunclient) and
// of RFC 5780 (turnutils_natdiscovery). And fail2ban's reading of our log.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeCertificate } from '../program/certificates.mjs';
import { freePort, freePorts, Server } from '../browser/lib/server.mjs';
import { until } from '../browser/lib/poll.mjs';
import { credential, kAttributes, TurnClient, TurnError } from '../program/turn_client.mjs';
import { freePortPair, runClient } from './lib.mjs';

const kSecret = 'a shared secret of the interop tests';
// Of ours, where an application's does not belong.
const kCallSecret = 'a secret of our own in the interop tests';
const kUser = { user: 'talk', password: 'a long: password' };
const kMessages = 20;
const kNoAllocation = /ERROR: Cannot complete Allocation/;
// Loopback too, but not the relay's own address, where only its relay ports can be peers.
const kPeer = '127.0.0.2';

function whyNoClient() {
  try {
    execFileSync('which', ['turnutils_uclient', 'turnutils_peer', 'turnutils_natdiscovery', 'turnutils_stunclient', 'fail2ban-client', 'fail2ban-regex'], { stdio: 'ignore' });
    return null;
  } catch {
    return "coturn's clients or fail2ban are not installed";
  }
}

/** Credentials as the server hands them out (docs/protocol.md, "keeping alive"). */
function credentials({ lifetime = 600 } = {}) {
  const user = `${Math.floor(Date.now() / 1000) + lifetime}:14400.call.${randomBytes(9).toString('base64url')}`;
  return { user, password: createHmac('sha1', kSecret).update(user).digest('base64') };
}

/** The code by which the relay answers somebody's Allocate; 0 for a success. */
async function answerTo(login) {
  const client = await TurnClient.open(login);
  try {
    await client.allocate();
    return 0;
  } catch (error) {
    if (!(error instanceof TurnError)) throw error;
    return error.code;
  } finally {
    client.close();
  }
}

/** A file of fail2ban as docs/relay.md has it. */
function documented(name) {
  const docs = readFileSync(fileURLToPath(new URL('../../docs/relay.md', import.meta.url)), 'utf8');
  const block = [...docs.matchAll(/^```ini\n(.*\n)([^]*?)^```$/gm)].find(([, head]) => head === `# /etc/fail2ban/${name}\n`);
  assert.ok(block, `no ${name} is documented`);
  return block[2];
}

/** Runs a program of fail2ban, with its modules and configuration beside it where it is unpacked instead of installed. */
function runFail2ban(name, args) {
  const program = execFileSync('which', [name], { encoding: 'utf8' }).trim();
  const root = path.resolve(path.dirname(program), '../..');
  const modules = path.join(root, 'usr/lib/python3/dist-packages');
  const env = existsSync(path.join(modules, 'fail2ban')) ? { ...process.env, PYTHONPATH: modules } : process.env;
  return execFileSync(program, args(path.join(root, 'etc/fail2ban')), { encoding: 'utf8', env });
}

/** The lines of a log that a filter finds, by fail2ban's own reader. @returns {string[]} */
function foundByFail2ban(log, filter) {
  const output = runFail2ban('fail2ban-regex', (folder) => ['-c', folder, '--print-all-matched', log, filter]);
  const [, matched] = /^\|- Matched line\(s\):\n((?:\|  .*\n)*)/m.exec(output) ?? [];
  return (matched ?? '').split('\n').filter(Boolean).map((line) => line.slice(3));
}

/** What fail2ban would tell its server, with the filter and the jail of docs/relay.md and no other jail. */
function dumpOfFail2ban(folder) {
  return runFail2ban('fail2ban-client', (usual) => {
    const own = path.join(folder, 'fail2ban');
    cpSync(usual, own, { recursive: true, filter: (from) => path.basename(path.dirname(from)) !== 'jail.d' });
    for (const name of ['filter.d/visavis.conf', 'jail.d/visavis.local']) writeFileSync(path.join(own, name), documented(name));
    return ['-c', own, '-d'];
  });
}

function relayCases() {
  const world = {};

  /** @param {string[]} hosts where page and TURN answer besides 127.0.0.1 */
  async function startRelay(flags = [], hosts = []) {
    const [relay, http, metrics] = await freePorts(3);
    const at = (port) => ['127.0.0.1', ...hosts].map((host) => `${host}:${port}`).join();
    const ports = ['--listen', at(http), '--turn-listen', at(relay), '--metrics-listen', `127.0.0.1:${metrics}`];
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
    world.tls = await startRelay(['--turn-allow-peers', '127.0.0.0/8', '--tls-cert', cert, '--tls-key', key, '--public-address', '::1'], ['[::1]']);
    world.ca = cert;
    world.both = await startRelay(['--turn-allow-peers', '127.0.0.0/8', '--public-address', '::1'], ['[::1]']);
  });

  after(async () => {
    world.peer?.kill();
    await world.discovery?.server.stop();
    await world.open?.server.stop();
    await world.usual?.server.stop();
    await world.tls?.server.stop();
    await world.both?.server.stop();
    if (world.folder) rmSync(world.folder, { recursive: true, force: true });
  });

  /** The client's own account of a run against the relay that may reach the echo on loopback. */
  async function echo(flags, { relay = world.open, port = relay.port, login = credentials(), host = '127.0.0.1' } = {}) {
    const peer = flags.includes('-y') ? [] : ['-e', kPeer, '-r', String(world.peerPort)];
    const run = ['-n', String(kMessages), '-m', '2', '-u', login.user, '-w', login.password, '-p', String(port)];
    return runClient([...flags, ...peer, ...run, host]);
  }

  /**
   * On the page's port. The client takes a TLS record for one message, and loses what else is in it. We write what waits into one record, so packets
   * that come in a burst would be lost to it; with time in between there are none.
   */
  function echoOverTls(flags, more = {}) {
    return echo(['-t', '-S', '-E', world.ca, '-z', '400', ...flags], { relay: world.tls, port: world.tls.pagePort, ...more });
  }

  function assertNothingLost({ code, output }) {
    assert.match(output, /Total lost packets 0 /, output.slice(-2000));
    assert.equal(code, 0, output.slice(-2000));
    const [, received] = /tot_recv_msgs=(\d+)/g.exec(output.slice(output.lastIndexOf('tot_recv_msgs')));
    assert.ok(Number(received) >= kMessages, `${received} messages came back`);
  }

  /** @param {RegExp} why what the client says it met */
  function assertRefused({ code, output }, why) {
    assert.doesNotMatch(output, /tot_recv_msgs=[1-9]/, output.slice(-2000));
    assert.match(output, why, output.slice(-2000));
    assert.equal(code, 255, output.slice(-2000)); // its exit(-1)
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

  const kLargerWays = {
    'in large messages': ['-c', '-l', '1200'],
    'by indications that must not be divided': ['-c', '-s', '-g'],
  };
  // Not with -B: 4.6.1 closes its sockets for good once it is a few messages late, and then counts what it does not hear. Before that
  // -B does nothing, so such a case would ask how busy this machine is.
  for (const [way, flags] of Object.entries(kLargerWays)) {
    it(`echoes ${way}, and nothing is lost`, async () => assertNothingLost(await echo(flags, { relay: world.both })));
  }

  const kIpv6Ways = {
    'between two IPv6 relay addresses': ['-x', '-c', '-y'],
    'between two IPv6 relay addresses by indications': ['-x', '-c', '-y', '-s'],
    'between two IPv6 relay addresses over TCP': ['-x', '-t', '-c', '-y'],
    'to an IPv4 peer': ['-X', '-c'],
    'over TCP to an IPv4 peer': ['-X', '-t', '-c'],
  };
  for (const [way, flags] of Object.entries(kIpv6Ways)) {
    it(`echoes for a client over IPv6 ${way}, and nothing is lost`, async () => assertNothingLost(await echo(flags, { relay: world.both, host: '::1' })));
  }

  const kIpv6WaysOverTls = {
    'between two IPv6 relay addresses': ['-x', '-c', '-y'],
    'to an IPv4 peer': ['-X', '-c'],
  };
  for (const [way, flags] of Object.entries(kIpv6WaysOverTls)) {
    it(`echoes for a client over IPv6 and TLS ${way}, and nothing is lost`, async () => assertNothingLost(await echoOverTls(flags, { host: '::1' })));
  }

  // By our own client: coturn's (4.6.1) asks with the number of a draft (0x8032), which RFC 8656 §18.11 has as 0x8000.
  it('relays to peers of both families over one allocation', async () => {
    const [one, other] = await Promise.all([0, 1].map(() => TurnClient.open({ port: world.both.port, ...credentials() })));
    const both = [kAttributes.additionalFamily, Buffer.from([2, 0, 0, 0])];
    const { relayed } = await one.allocate([both]);
    const { relayed: theirs } = await other.allocate([both]);
    assert.deepEqual(relayed.map(({ address }) => address), ['127.0.0.1', '::1']);
    for (const [index, peer] of theirs.entries()) {
      await one.permit(peer);
      await other.permit(relayed[index]);
      one.send(peer, `over ${peer.address}`);
      const { peer: from, payload } = await other.nextReceived();
      assert.deepEqual(from, relayed[index]);
      assert.equal(payload.toString(), `over ${peer.address}`);
    }
    for (const client of [one, other]) client.close();
  });

  // It binds a second channel to the peer of the first (RFC 8656 §12.2). What else it breaks in its negative protocol test (-R) no longer
  // fits its FINGERPRINT, which RFC 8489 §6.3 has nobody answer, and it waits for answers.
  const kLegs = { UDP: (flags) => echo(flags), TCP: (flags) => echo(['-t', ...flags]), TLS: (flags) => echoOverTls(flags) };
  for (const [leg, run] of Object.entries(kLegs)) {
    it(`refuses what the client gets wrong on purpose over ${leg}`, async () => assertRefused(await run(['-c', '-N']), /channel bind: error 400/));
  }

  for (const host of ['127.0.0.1', '::1']) {
    it(`tells a client of STUN alone where it is, at ${host}`, async () => {
      const { code, output } = await runClient(['-p', String(world.both.port), host], 'turnutils_stunclient');
      assert.equal(code, 0, output);
      const [, address] = /UDP reflexive addr: \[?([0-9a-f.:]+?)\]?:\d+$/m.exec(output) ?? [];
      assert.equal(address, host, output);
    });
  }

  // The client asks for an even port and the next, and comes back for that with its token, whichever thread it meets.
  it('gives two ports next to each other to who asks for them', async () => assertNothingLost(await echo([])));

  // A user with a fixed name, and a colon and blanks in the password.
  it('lets a configured user in, and no other', async () => {
    const users = ['--turn-allow-peers', '127.0.0.0/8', '--turn-users', `${kUser.user}:${kUser.password}`];
    world.users ??= await startRelay(users);
    try {
      assertNothingLost(await echo(['-c'], { relay: world.users, login: kUser }));
      assertRefused(await echo(['-c'], { relay: world.users, login: { ...kUser, password: 'another long password' } }), kNoAllocation);
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
    it(`echoes over TLS on the page's port ${way}, and nothing is lost`, async () => assertNothingLost(await echoOverTls(flags)));
  }

  it('echoes over TCP on the page\'s port without TLS', async () => assertNothingLost(await echo(['-t', '-c'], { port: world.open.pagePort })));

  it('refuses a wrong password over TLS', async () => {
    const relay = world.tls;
    const result = await echo(['-t', '-S', '-c'], { relay, port: relay.pagePort, login: { ...credentials(), password: 'wrong' } });
    assertRefused(result, kNoAllocation);
    assert.match(result.output, /connected with cipher/, 'refused before anything was asked');
  });

  it('refuses a wrong password', async () => {
    assertRefused(await echo(['-c'], { login: { ...credentials(), password: 'wrong' } }), kNoAllocation);
  });

  for (const shown of [true, false]) {
    it(`tells fail2ban ${shown ? 'who tried a wrong name or password' : 'nothing where addresses stay hidden'}`, async () => {
      const filter = documented('filter.d/visavis.conf');
      const file = path.join(world.folder, 'filter.conf');
      writeFileSync(file, filter);
      const relay = await startRelay(['--log-show-addresses', String(shown), '--turn-secrets', kCallSecret]);
      try {
        const attempt = (login, transport) => answerTo({ ...login, port: relay.port, transport });
        assert.equal(await attempt(credentials()), 0);
        assert.equal(await attempt({ ...credentials(), password: 'wrong' }), 401);
        assert.equal(await attempt({ ...credentials(), password: 'wrong' }, 'tcp'), 401);
        assert.equal(await attempt({ user: 'nobody', password: 'wrong' }), 401);
        assert.equal(await attempt(credentials({ lifetime: -60 })), 401);
        assert.equal(await attempt(credentials({ lifetime: 49 * 3600 })), 401);
        // As Prosody makes them, whose operator has put the secret in the wrong place.
        assert.equal(await attempt(credential(kCallSecret, String(Math.floor(Date.now() / 1000) + 600))), 401);
        // The answer leaves before its line is written.
        const refusals = await until('five lines', () => {
          const lines = relay.server.log().split('\n').slice(0, -1).filter((line) => line.includes('turn-auth-refused'));
          return lines.length >= 5 && lines;
        });
        const told = refusals.map((line) => /warning turn-auth-refused (.*)$/.exec(line)[1]);
        const address = shown ? '127.0.0.1' : '[redacted]';
        const expected = ['transport=udp why=password', 'transport=tcp why=password', 'transport=udp why=name', 'transport=udp why=expired', 'transport=udp why=too-long', 'transport=udp why=nameless use=turn.app_secrets'];
        assert.deepEqual(told, expected.map((how) => `address=${address} ${how}`));
        const found = foundByFail2ban(relay.server.logFile, file);
        // Whose name has only expired is let alone, whoever was given one that is good for too long, and who can do nothing about the secret.
        assert.deepEqual(found, shown ? refusals.slice(0, 3) : []);
        if (!shown) return;
        // As the journal has it.
        const [, failregex] = /^failregex = (.*)$/m.exec(filter);
        const pattern = new RegExp(failregex.replace('<ADDR>', '([0-9a-f.:]+)'));
        assert.equal(pattern.exec(`relay1 visavis[812]: ${found[0]}`)?.[1], address);
      } finally {
        await relay.server.stop();
      }
    });
  }

  it('has fail2ban shut them out of UDP and TCP by the documented jail', () => {
    const dump = dumpOfFail2ban(world.folder);
    const started = dump.split('\n').filter((line) => line.startsWith("['start',"));
    assert.deepEqual(started, ["['start', 'visavis']"], dump);
    assert.ok(dump.includes("'addjournalmatch', '_SYSTEMD_UNIT=visavis.service'"), dump);
    // Every port of both protocols, and whoever is in the set.
    assert.match(dump, /nft add rule inet f2b-table f2b-chain meta l4proto \\+\{ tcp,udp \\+\} <addr_family> saddr @<addr_set> reject/, dump);
  });

  it('refuses a user name that has expired', async () => {
    assertRefused(await echo(['-c'], { login: credentials({ lifetime: -60 }) }), kNoAllocation);
  });

  it('refuses to reach this machine unless it is told to', async () => {
    assertRefused(await echo(['-c'], { relay: world.usual }), /channel bind: error 403/);
  });
}

// A failure instead of a skip: without these programs nothing has been tested.
const reason = whyNoClient();
if (reason) it("coturn's clients and fail2ban are here", () => assert.fail(`${reason}; run ./dev test interop, which fetches them`));
else describe("coturn's client and our relay", relayCases);
