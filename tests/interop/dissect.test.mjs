// Wireshark's reading of what we send: a capture of every kind of message, over UDP, TCP and TLS, to our own client and to
// coturn's, in which tshark finds nothing to warn of. And valgrind's: every byte of them is one that we have written.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../browser/lib/poll.mjs';
import { freePorts, Server } from '../browser/lib/server.mjs';
import { makeCertificate } from '../program/certificates.mjs';
import { credential, kAttributes, kMethods, openEcho, TurnClient } from '../program/turn_client.mjs';
import { kClient, kPort, kRelay, TwoMachines } from './both_families.mjs';
import { freePortPair, runClient } from './lib.mjs';
import { Memcheck } from './memcheck.mjs';

const kLimit = { timeout: 120_000 };
const kSecret = 'a shared secret of the interop tests';
const kPeer = '127.0.0.2';
const kNobody = { address: '127.0.0.3', port: 9 };
const kChannel = 0x4000;
const kPerUser = 4; // coturn's client asks for as many at once
const kTransports = ['udp', 'tcp', 'tls'];

/** What the kernel writes around our bytes: a retransmission or a checksum left to hardware is not about them. */
const kKernelsOwn = ['TCP', 'UDP', 'IPv4', 'IPv6'];

const kFields = ['frame.number', '_ws.malformed', 'udp.srcport', 'tcp.srcport', 'stun.type', 'stun.att.type', 'stun.att.error.class', 'stun.att.error', 'stun.channel', 'turnchannel.id'];
/** Success and error of Binding, Allocate, Refresh, CreatePermission and ChannelBind; the Data indication. */
const kTypes = [0x0101, 0x0111, 0x0103, 0x0113, 0x0104, 0x0114, 0x0108, 0x0118, 0x0109, 0x0119, 0x0017];
const kSeenAttributes = ['xorMapped', 'relayed', 'lifetime', 'peer', 'data', 'realm', 'nonce', 'error', 'unknown', 'integrity', 'integritySha256', 'algorithms', 'fingerprint', 'token', 'addressError', 'icmp'].map((name) => kAttributes[name]);
const kCodes = [400, 401, 403, 420, 437, 438, 440, 441, 442, 443, 486, 508];

const one = (packet, field) => packet[field]?.[0];
const all = (packets, field) => packets.flatMap((packet) => packet[field] ?? []);

// By the call that the relay sends datagrams with.
const kSendsAnUnwrittenByte = `
#include <cstdlib>
#include <sys/socket.h>
int main() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return 1;
    char* bytes = static_cast<char*>(std::malloc(4));
    bytes[0] = bytes[1] = bytes[3] = 'x';
    iovec part{bytes, 4};
    mmsghdr message{};
    message.msg_hdr.msg_iov = &part;
    message.msg_hdr.msg_iovlen = 1;
    return sendmmsg(ends[0], &message, 1, 0) == 1 ? 0 : 1;
}
`;

let names = 0;
const login = (more = '') => credential(kSecret, `${Math.floor(Date.now() / 1000) + 600}:guest${++names}${more}`);

/** Records what crosses an interface on these ports until `stop()`. @param {string[]} prefix the command that enters a namespace */
async function capture(file, filter, { prefix = [], device = 'lo' } = {}) {
  const [command, ...args] = [...prefix, 'tcpdump', '-i', device, '-U', '-n', '-s', '0', '--immediate-mode', '-B', '16384', '-Z', 'root', '-w', file, filter];
  const tcpdump = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  tcpdump.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  const exited = new Promise((resolve) => tcpdump.once('exit', resolve));
  await until('the capture', () => said.includes('listening on'));
  return async () => {
    tcpdump.kill('SIGINT');
    await exited;
    assert.match(said, /\b0 packets dropped by kernel/, 'the capture is complete');
  };
}

/** What one transport shows of an allocation's life; each refusal is one that a client may cause. */
async function visit(relay, transport, echo) {
  const open = (more = {}) => TurnClient.open({ ...relay.of(transport), transport, ...login(), ...more });
  const refused = (request, code) => assert.rejects(request, { code });
  const plain = await open({ fingerprint: true });
  await plain.binding();
  await refused(plain.binding([[0x7777, Buffer.alloc(4)]]), 420);

  const client = await open();
  const { answer } = await client.allocate([[kAttributes.evenPort, Buffer.from([0x80])]]);
  assert.ok(answer.find(kAttributes.token), 'a reservation');
  await client.permit(echo, kNobody);
  client.send(echo, 'by an indication');
  assert.equal((await client.nextReceived()).payload.toString(), 'by an indication');
  await client.bind(kChannel, echo);
  for (const text of ['four', 'and padded']) {
    client.sendOnChannel(kChannel, text);
    assert.equal((await client.nextReceived()).payload.toString(), text);
  }
  client.send(kNobody, 'to a port where nobody is', [[kAttributes.dontFragment, Buffer.alloc(0)]]);
  assert.ok((await client.nextReceived()).icmp, 'an ICMP error');

  await refused(client.allocate(), 437);
  await refused(client.permit({ address: '10.0.0.1', port: 1 }), 403);
  await refused(client.permit({ address: '2600::1', port: 1 }), 443);
  await refused(client.request(kMethods.channel, []), 400);
  await refused(client.request(kMethods.refresh, [[0x7777, Buffer.alloc(4)]]), 420);
  client.logIn(login());
  await refused(client.refresh(600), 441);
  await client.refresh(0).catch(() => {});

  const sha256 = await open({ sha256: true });
  await sha256.request(kMethods.allocate, [[kAttributes.transport, Buffer.from([17, 0, 0, 0])], [0x8022, Buffer.from('a name that leaves room for the offer')]]).catch(({ code }) => assert.equal(code, 401));
  const dual = await sha256.allocate([[kAttributes.additionalFamily, Buffer.from([2, 0, 0, 0])]]);
  assert.ok(dual.answer.find(kAttributes.integritySha256), 'answers in kind');
  assert.ok(dual.answer.find(kAttributes.addressError), 'there is no IPv6');
  sha256.useNonce('obMatJos2AAABof another relay');
  await refused(sha256.refresh(600), 438);
  await sha256.refresh(0);

  const wishes = await open();
  await refused(wishes.allocate([[kAttributes.family, Buffer.from([2, 0, 0, 0])]]), 440);
  await refused(wishes.request(kMethods.allocate, [[kAttributes.transport, Buffer.from([6, 0, 0, 0])]]), 442);
  const same = login();
  const many = [];
  for (let i = 0; i <= kPerUser; ++i) many.push(await TurnClient.open({ ...relay.of(transport), transport, ...same }));
  for (const each of many.slice(1)) await each.allocate();
  await refused(many[0].allocate(), 486);
  await refused(wishes.allocate([[kAttributes.token, randomBytes(8)]]), 508);
  for (const each of [plain, client, sha256, wishes, ...many]) each.close();
}

describe('tshark reads what we send', () => {
  const world = {};
  const memcheckIn = (name) => {
    const folder = path.join(world.folder, name);
    mkdirSync(folder);
    return new Memcheck(folder);
  };
  before(async () => {
    world.folder = mkdtempSync(path.join(tmpdir(), 'visavis-dissect-'));
    world.keys = path.join(world.folder, 'keys.log');
    const { cert, key } = makeCertificate(world.folder);
    const [turn, page, metrics] = await freePorts(3);
    const discovery = await freePortPair();
    Object.assign(world, { turn, page, discovery, pem: readFileSync(cert, 'utf8'), echo: await openEcho(kPeer) });
    const listen = ['--listen', `127.0.0.1:${page}`, '--turn-listen', `127.0.0.1:${turn}`, '--metrics-listen', `127.0.0.1:${metrics}`];
    const discover = ['--turn-nat-discovery-listen', `127.0.0.1:${discovery},${kPeer}:${discovery}`];
    const relay = ['--public-address', '127.0.0.1', '--turn-app-secrets', kSecret, '--turn-allow-peers', '127.0.0.0/8', '--turn-legacy-channels', 'true', '--turn-allocations-per-user', String(kPerUser)];
    const flags = [...listen, ...discover, ...relay, '--tls-cert', cert, '--tls-key', key];
    world.relay = (io, prefix = []) => new Server({ origin: `https://127.0.0.1:${page}`, prefix, flags: [...flags, '--turn-io', io] });
  });
  after(() => {
    world.echo?.close();
    rmSync(world.folder, { recursive: true, force: true });
  });

  /** What tshark prints of a capture. */
  function tshark(file, more) {
    const { turn, page, discovery, keys } = world;
    const decode = [`udp.port==${turn},stun`, `udp.port==${discovery},stun`, `udp.port==${discovery + 1},stun`, `tcp.port==${turn},stun`, `tcp.port==${page},tls`];
    // Inside TLS tshark looks for STUN nowhere by itself, and none of its options makes it; its scripts can.
    const script = path.join(world.folder, 'inside_tls.lua');
    writeFileSync(script, `DissectorTable.get("tls.port"):add(${page}, Dissector.get("stun-tcp"))\n`);
    const args = ['-r', file, '-X', `lua_script:${script}`, '-o', `tls.keylog_file:${keys}`, ...decode.flatMap((rule) => ['-d', rule]), ...more];
    return execFileSync('tshark', args, { encoding: 'utf8', maxBuffer: 256 << 20, stdio: ['ignore', 'pipe', 'ignore'] });
  }

  /** Packets as tshark has them, with `fields` of each. */
  function read(file, fields, more = []) {
    return JSON.parse(tshark(file, ['-T', 'json', ...fields.flatMap((field) => ['-e', field]), ...more])).map(({ _source }) => _source.layers);
  }

  const sentFrom = (ports) => `udp.srcport in {${ports.join(',')}} or tcp.srcport in {${ports.join(',')}}`;

  /** The warnings and errors of tshark's experts about these packets that are about what we wrote. */
  function warnings(file, packets, more = []) {
    const lines = tshark(file, ['-q', '-z', `expert,warn,${packets}`, ...more]).split('\n');
    const found = lines.map((line) => /^ +\d+ +(\S+) +(\S+)  (.+)$/.exec(line)).filter(Boolean);
    assert.equal(found.length, lines.filter((line) => /^ +\d/.test(line)).length, `a table as expected:\n${lines.join('\n')}`);
    return found.filter(([, , protocol]) => !kKernelsOwn.includes(protocol)).map(([line]) => line);
  }

  it('and warns of what is wrong with our bytes, not of how the kernel sent them', kLimit, () => {
    const file = path.join(world.folder, 'wrong.pcap');
    const answer = Buffer.from('010100082112a442000102030405060708090a0b8028000411223344', 'hex'); // with a wrong FINGERPRINT
    const reset = Buffer.from('000000000000006400000001500403e800000000', 'hex');
    const udp = Buffer.alloc(8);
    udp.writeUInt16BE(8 + answer.length, 4);
    const ip = (protocol, transport, payload) => {
      transport.writeUInt16BE(world.turn, 0); // the source
      const header = Buffer.from(`45000000000100004000${'00'.repeat(2)}7f0000017f000001`, 'hex');
      header.writeUInt16BE(header.length + transport.length + payload.length, 2);
      header[9] = protocol;
      return Buffer.concat([header, transport, payload]);
    };
    const record = (packet) => {
      const header = Buffer.alloc(16);
      header.writeUInt32LE(packet.length, 8);
      header.writeUInt32LE(packet.length, 12);
      return Buffer.concat([header, packet]);
    };
    const kRawIp = Buffer.from('d4c3b2a1020004000000000000000000ffff000065000000', 'hex');
    writeFileSync(file, Buffer.concat([kRawIp, record(ip(17, udp, answer)), record(ip(6, reset, Buffer.alloc(0)))]));
    const all = warnings(file, sentFrom([world.turn]));
    assert.equal(all.length, 1, all.join('\n'));
    assert.match(all[0], /STUN +Bad Fingerprint/);
  });

  it('without a warning, whatever it is and however it comes', kLimit, async () => {
    const server = world.relay('auto');
    await server.start();
    try {
      await captureAll('all.pcap');
    } finally {
      await server.stop();
    }
  });

  it('and so without io_uring, and every byte of it was written', kLimit, async () => {
    const memcheck = memcheckIn('all');
    const server = world.relay('epoll', memcheck.prefix);
    await server.start();
    try {
      await captureAll('written.pcap');
    } finally {
      await server.stop();
    }
    assert.deepEqual(memcheck.reports(), []);
  });

  /** Has the relay say all it can say, and tshark read it. */
  async function captureAll(name) {
    const file = path.join(world.folder, name);
    const { turn, page, discovery } = world;
    const stop = await capture(file, `port ${turn} or port ${page} or port ${discovery} or port ${discovery + 1}`);
    const keylog = (line) => appendFileSync(world.keys, line);
    const relay = { of: (transport) => (transport === 'tls' ? { port: page, ca: world.pem, keylog } : { port: turn }) };
    for (const transport of kTransports) await visit(relay, transport, world.echo);

    const prober = await TurnClient.open({ port: discovery });
    await prober.binding([[kAttributes.changeRequest, Buffer.from([0, 0, 0, 0])], [kAttributes.padding, Buffer.alloc(600)]]);
    await assert.rejects(prober.binding([[0x7777, Buffer.alloc(4)]]), { code: 420 });
    prober.close();

    const { user, password } = login();
    for (const flags of [['-c'], ['-c', '-s'], ['-c', '-t'], ['-c', '-t', '-s']]) {
      const { output } = await runClient(['-n', '5', '-m', '1', ...flags, '-e', kPeer, '-r', String(world.echo.port), '-u', user, '-w', password, '-p', String(turn), '127.0.0.1']);
      assert.match(output, /Total lost packets 0 /, output.slice(-2000));
    }
    await stop();

    const ports = [turn, page, discovery, discovery + 1];
    assert.deepEqual(warnings(file, sentFrom(ports)), []);
    const ours = read(file, kFields).filter((packet) => ports.includes(Number(one(packet, 'udp.srcport') ?? one(packet, 'tcp.srcport'))));
    assert.deepEqual(ours.filter((packet) => packet['_ws.malformed']), []);
    const over = {
      udp: ours.filter((packet) => Number(one(packet, 'udp.srcport')) === turn),
      tcp: ours.filter((packet) => Number(one(packet, 'tcp.srcport')) === turn),
      tls: ours.filter((packet) => Number(one(packet, 'tcp.srcport')) === page),
    };
    for (const [transport, packets] of Object.entries(over)) {
      const seen = (field) => new Set(all(packets, field).map(Number));
      assert.deepEqual(kTypes.filter((type) => !seen('stun.type').has(type)), [], `message types over ${transport}`);
      assert.deepEqual(kSeenAttributes.filter((type) => !seen('stun.att.type').has(type)), [], `attributes over ${transport}`);
      assert.ok(seen('stun.channel').size + seen('turnchannel.id').size > 0, `ChannelData over ${transport}`);
      const classes = all(packets, 'stun.att.error.class');
      const codes = new Set(all(packets, 'stun.att.error').map((code, index) => Number(classes[index]) * 100 + Number(code)));
      assert.deepEqual(kCodes.filter((code) => !codes.has(code)), [], `errors over ${transport}`);
    }
    const told = new Set(all(ours.filter((packet) => Number(one(packet, 'udp.srcport')) >= discovery && Number(one(packet, 'udp.srcport')) <= discovery + 1), 'stun.att.type').map(Number));
    for (const name of ['xorMapped', 'responseOrigin', 'otherAddress', 'padding']) assert.ok(told.has(kAttributes[name]), `discovery: ${name}`);
  }

  it('and would be told of a byte that nobody has written', kLimit, () => {
    const source = path.join(world.folder, 'unwritten.c');
    writeFileSync(source, kSendsAnUnwrittenByte);
    const program = path.join(world.folder, 'unwritten');
    execFileSync('g++', ['-x', 'c++', '-D_GNU_SOURCE', '-o', program, source]);
    const memcheck = memcheckIn('control');
    const [valgrind, ...args] = memcheck.prefix;
    const { status } = spawnSync(valgrind, [...args, program], { stdio: 'ignore' });
    assert.notEqual(status, 0);
    const [report, ...more] = memcheck.reports();
    assert.deepEqual(more, []);
    assert.match(report, /sendmsg\(mmsg\[0\].*points to uninitialised byte/);
  });

  // RFC 8489 §14.2, RFC 8656 §7.2 and §11.5 with addresses of both families, which loopback alone does not have.
  it('of both families: two relayed addresses, data from either, and what ICMP and ICMPv6 say', kLimit, async () => {
    const file = path.join(world.folder, 'families.pcap');
    const machines = new TwoMachines();
    const places = [`${kRelay.ipv4}:${kPort}`, `[${kRelay.ipv6}]:${kPort}`].join();
    const flags = ['--listen', `${kRelay.ipv4}:8080`, '--turn-listen', places, '--public-address', `${kRelay.ipv4},${kRelay.ipv6}`, '--metrics', 'false', '--turn-app-secrets', kSecret];
    const memcheck = memcheckIn('families');
    const server = new Server({ origin: `http://${kRelay.ipv4}:8080`, prefix: [...machines.enter('relay'), ...memcheck.prefix], flags: [...flags, '--turn-io', 'epoll'] });
    try {
      await server.start();
      const stop = await capture(file, `udp port ${kPort}`, { prefix: machines.enter('relay'), device: 'eth0' });
      await machines.visit(login());
      await stop();
    } finally {
      await server.stop();
      machines.close();
    }
    assert.deepEqual(memcheck.reports(), []);
    assert.deepEqual(warnings(file, sentFrom([kPort])), []);
    const fields = [...kFields, 'stun.att.ipv4', 'stun.att.ipv6'];
    const ours = read(file, fields).filter((packet) => Number(one(packet, 'udp.srcport')) === kPort);
    assert.deepEqual(ours.filter((packet) => packet['_ws.malformed']), []);
    const ofType = (type) => ours.filter((packet) => Number(one(packet, 'stun.type')) === type);
    const has = (packet, kind) => (packet['stun.att.type'] ?? []).map(Number).includes(kind);
    const [binding] = ofType(0x0101);
    assert.deepEqual(binding['stun.att.ipv6'], [kClient.ipv6], 'XOR-MAPPED-ADDRESS');
    const [allocated] = ofType(0x0103);
    assert.deepEqual(allocated['stun.att.type'].map(Number).filter((kind) => kind === kAttributes.relayed).length, 2);
    assert.deepEqual(allocated['stun.att.ipv4'], [kRelay.ipv4]);
    assert.deepEqual(allocated['stun.att.ipv6'], [kRelay.ipv6, kClient.ipv6], 'the other relayed address, and XOR-MAPPED-ADDRESS');
    const data = ofType(0x0017).filter((packet) => has(packet, kAttributes.data));
    assert.deepEqual(data.map((packet) => one(packet, 'stun.att.ipv4') ?? one(packet, 'stun.att.ipv6')), [kClient.ipv4, kClient.ipv6]);
    const errors = ofType(0x0017).filter((packet) => has(packet, kAttributes.icmp));
    // Their peers alone: tshark 4.0 looks for type and code where RFC 8656 §18.13 has reserved bits, so the client has looked itself.
    assert.deepEqual(errors.map((packet) => one(packet, 'stun.att.ipv4') ?? one(packet, 'stun.att.ipv6')), [kClient.ipv4, kClient.ipv6]);
  });

  // A server asks the relays of its regions as a client does, so here it is the requests that are ours.
  it('and what a server asks the relay of a region', kLimit, async () => {
    const file = path.join(world.folder, 'region.pcap');
    const [page, udp, port, other] = await freePorts(4);
    const own = ['--public-address', '127.0.0.1', '--metrics', 'false', '--turn-secrets', kSecret];
    const relay = new Server({ origin: `http://127.0.0.1:${page}`, command: 'relay', flags: ['--listen', `127.0.0.1:${page}`, '--turn-listen', `127.0.0.1:${udp}`, '--turn-tcp-listen', '', '--relay-ports', '40000-40999', ...own] });
    const region = ['--turn-listen', `127.0.0.1:${other}`, '--turn-tcp-listen', '', '--relay-ports', '41000-41999', '--turn-regions', `near=127.0.0.1:${page}/${udp}`];
    const server = new Server({ origin: `http://127.0.0.1:${port}`, flags: ['--listen', `127.0.0.1:${port}`, ...region, ...own] });
    try {
      await relay.start();
      const stop = await capture(file, `udp port ${udp}`);
      await server.start();
      await until('the region is up', () => /region-up region=near/.test(server.log()));
      await stop();
    } finally {
      await server.stop();
      await relay.stop();
    }
    const asStun = ['-d', `udp.port==${udp},stun`];
    assert.deepEqual(warnings(file, `udp.port == ${udp}`, asStun), []);
    const asked = read(file, kFields, asStun).filter((packet) => Number(one(packet, 'udp.srcport')) !== udp);
    assert.deepEqual(asked.filter((packet) => packet['_ws.malformed']), []);
    const types = new Set(all(asked, 'stun.type').map(Number));
    assert.deepEqual([0x0003, 0x0004, 0x0008].filter((type) => !types.has(type)), [], 'Allocate, Refresh and CreatePermission');
  });
});
