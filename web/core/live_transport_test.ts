import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { toHex } from './bytes.ts';
import { fingerprintBytes, readLive, type Connection } from './live_transport.ts';
import { nodeCrypto as crypto } from './testing/node_crypto.ts';

const certificate = (name: string): ArrayBuffer => new Uint8Array(Buffer.from(name)).buffer;
const print = (name: string): string => createHash('sha256').update(name).digest('hex').match(/../g)!.join(':');
const described = (...names: string[]): string => ['v=0', ...names.map((name) => `a=fingerprint:sha-256 ${print(name).toUpperCase()}`), ''].join('\r\n');

interface Look {
  /** Whose certificate each transport was shown; null: this browser does not tell. */
  transports?: (string[] | null)[];
  statistics?: string[];
  remote?: string;
  pinned?: string | null;
  own?: (string | null)[];
}

function connection({ transports = [['partner']], statistics = [], remote = described('partner'), pinned = 'partner', own = ['own'] }: Look): Connection {
  const made = transports.map((shown) => ({ ...(shown ? { getRemoteCertificates: () => shown.map(certificate) } : {}) }));
  const stats = new Map<string, unknown>();
  for (const [at, name] of statistics.entries()) {
    stats.set(`T${at}`, { type: 'transport', remoteCertificateId: `C${at}` });
    stats.set(`C${at}`, { type: 'certificate', fingerprintAlgorithm: 'sha-256', fingerprint: print(name).toUpperCase() });
  }
  const pc = {
    sctp: made[0] ? { transport: made[0] } : null,
    getSenders: () => [{ transport: made[0] ?? null }, { transport: null }],
    getReceivers: () => made.map((transport) => ({ transport })),
    getStats: async () => stats,
    localDescription: { sdp: described('own') },
    remoteDescription: { sdp: remote },
  };
  const told = own.map((name) => (name === null ? { algorithm: 'sha-1', value: 'AA' } : { algorithm: 'sha-256', value: print(name) }));
  const getFingerprints = own.length > 0 ? { getFingerprints: () => told } : {};
  const given = { pc, certificate: getFingerprints, pinned: pinned === null ? null : `sha-256 ${print(pinned).toUpperCase()}` };
  return given as unknown as Connection;
}

async function read(look: Look): Promise<string> {
  const live = await readLive(crypto, connection(look));
  if ('flaw' in live) return live.flaw;
  assert.equal(toHex(live.own), print('own').replaceAll(':', ''));
  assert.equal(toHex(live.partner), print('partner').replaceAll(':', ''));
  return 'seen';
}

test('the transport’s own certificate counts before anything that is said of it', async () => {
  assert.equal(await read({}), 'seen');
  assert.equal(await read({ remote: described('x'), statistics: ['x'] }), 'seen');
  assert.equal(await read({ transports: [['x']] }), 'other', 'the descriptions name another one');
  assert.equal(await read({ transports: [[]] }), 'unseen');
  assert.equal(await read({ pinned: null }), 'other');
});

test('everything has to go over one transport with one certificate', async () => {
  assert.equal(await read({ transports: [['partner'], ['partner']] }), 'several');
  assert.equal(await read({ transports: [['partner', 'x']] }), 'several');
  assert.equal(await read({ transports: [null, null] }), 'several');
});

test('a browser without certificates on its transports is asked for statistics, and one without those for its own words', async () => {
  assert.equal(await read({ transports: [null], statistics: ['partner'], remote: described('x') }), 'seen');
  assert.equal(await read({ transports: [null], statistics: ['x'] }), 'other');
  assert.equal(await read({ transports: [null], statistics: ['partner', 'x'] }), 'several');
  assert.equal(await read({ transports: [null] }), 'seen');
  assert.equal(await read({ transports: [] }), 'seen', 'a browser without transports at all');
  assert.equal(await read({ transports: [null], remote: described('partner', 'x') }), 'several', 'a hidden one, which the browser has found');
  assert.equal(await read({ transports: [null], remote: described('x') }), 'other');
  assert.equal(await read({ transports: [null], remote: 'v=0' }), 'unseen');
});

test('the own fingerprint comes from the certificate, or from the own description', async () => {
  assert.equal(await read({ own: [null, 'own'] }), 'seen');
  assert.equal(await read({ own: [] }), 'seen');
  assert.equal(await read({ own: [null] }), 'seen', 'a certificate that has other hashes only');
});

test('a fingerprint is SHA-256, whole, in either case', () => {
  const whole = `sha-256 ${print('x')}`;
  assert.equal(toHex(fingerprintBytes(whole)!), print('x').replaceAll(':', ''));
  assert.deepEqual(fingerprintBytes(whole.toUpperCase()), fingerprintBytes(whole));
  for (const text of ['', 'sha-256', whole.slice(0, -1), `${whole}:00`, whole.replace('256', '512'), whole.replaceAll(':', ' ')]) assert.equal(fingerprintBytes(text), null, text);
});
