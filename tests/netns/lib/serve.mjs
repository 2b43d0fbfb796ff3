// The real program in the lab's server namespace, with the addresses a server in the world would have.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Server } from '../../browser/lib/server.mjs';
import { kServer6 } from './dual_stack.mjs';
import { kServer, kServerBehindNat } from './lab.mjs';

// Rooms open on such addresses only with both of the first two.
const kUsual = ['--rooms-contact', 'operator@visavis.test', '--rooms-rules', 'Be kind.', '--log-level', 'debug'];

async function started(lab, origin, flags, place = 'srv') {
  const server = new Server({ origin, prefix: lab.enter(place), flags: [...flags, ...kUsual] });
  await server.start();
  return server;
}

/** Of `serveInLab`, over UDP and TCP. */
export const kRelayPort = 3478;

export function serveInLab(lab) {
  const flags = ['--listen', `${kServer}:8080`, '--turn-listen', `${kServer}:${kRelayPort}`, '--public-address', kServer];
  return started(lab, `http://${kServer}:8080`, flags);
}

/** Over HTTPS with a certificate of its own making, beside the other. */
export function serveOverTls(lab) {
  const listen = ['--listen', `${kServer}:8443`, '--turn-listen', `${kServer}:3480`, '--metrics', 'false'];
  return started(lab, `https://${kServer}:8443`, ['--tls', 'self-signed', ...listen, '--public-address', kServer]);
}

/** The relay of other applications, beside the other, @returns the server, and where its relay is */
export async function serveApplications(lab, secret) {
  const port = 3481;
  const listen = ['--listen', `${kServer}:8082`, '--turn-listen', `${kServer}:${port}`, '--metrics', 'false', '--relay-ports', '41000-41999'];
  const server = await started(lab, `http://${kServer}:8082`, [...listen, '--public-address', kServer, '--turn-app-secrets', secret, '--threads', '2']);
  return { server, relay: { host: kServer, port } };
}

/** A name of the server, for which `serveOn443` has a certificate. */
export const kName = 'talk.visavis.test';

const kOn443 = ['--listen', `${kServer}:443`, '--turn-listen', `${kServer}:443`, '--public-address', kServer];
const kUncounted = ['--metrics', 'false'];

/**
 * Page, WebSocket and TURN on one port 443, with a certificate for a name; over UDP too, for who gets there.
 * @param {string} [file] with the rest of its configuration @param {string[]} [more] in place of a word that nothing is counted
 */
export function serveOn443(lab, { cert, key, file, more = kUncounted }) {
  const rest = file ? ['--config', file] : [];
  return started(lab, `https://${kName}`, ['--tls-cert', cert, '--tls-key', key, ...rest, ...kOn443, ...more]);
}

/** The same without TLS. */
export function servePlainOn443(lab) {
  return started(lab, `http://${kServer}:443`, [...kOn443, ...kUncounted]);
}

/** Its relay over UDP alone: a browser that is offered streams as well may settle on either. @param {string[]} more flags */
export function serveUdpAlone(lab, more) {
  const listen = ['--listen', `${kServer}:8087`, '--turn-listen', `${kServer}:3488`, '--turn-tcp-listen', ''];
  return started(lab, `http://${kServer}:8087`, [...listen, '--public-address', kServer, ...more]);
}

/** Of `serveUdp443`, where nobody is told to come. */
export const kUntoldPort = 3487;

/** Its relay on UDP 443 and told there, as docs/relay.md has it, and its page on a port of its own. */
export function serveUdp443(lab) {
  const listen = ['--listen', `${kServer}:8086`, '--turn-listen', `${kServer}:443,${kServer}:${kUntoldPort}`];
  return started(lab, `http://${kServer}:8086`, [...listen, '--public-address', kServer, ...kUncounted]);
}

/** What `serveOn443` takes as `more` so that its relay is on TCP 80 as well, beside what leads from there to the page. */
export const kOnTcp80 = ['--redirect-listen', `${kServer}:80`, '--turn-tcp-listen', `${kServer}:80`, ...kUncounted];

/**
 * For our own peers, whose names for the relay the test makes; over UDP alone.
 * @param {string} place where it runs @param {string[]} addresses its own there @param ports the page's, and the relay's
 */
export function serveNatives(lab, place, addresses, { ports: [page, relay], secret }) {
  const at = (port) => addresses.map((address) => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`)).join();
  const flags = ['--listen', at(page), '--turn-listen', at(relay), '--turn-tcp-listen', '', '--public-address', addresses.join(), '--turn-secrets', secret];
  return started(lab, `http://${addresses[0]}:${page}`, [...flags, ...kUncounted], place);
}

/** With both families, by a name that leads to either. */
export function serveOnBoth(lab) {
  const at = (port) => `${kServer}:${port},[${kServer6}]:${port}`;
  const flags = ['--listen', at(8084), '--turn-listen', at(3486), '--public-address', `${kServer},${kServer6}`, '--metrics', 'false'];
  return started(lab, `http://${kName}:8084`, flags);
}

/** Told to browsers by an address it does not have itself, as most machines in a cloud are. */
export function serveBehindNat(lab) {
  const { address, port, relayPorts } = kServerBehindNat;
  const listen = ['--listen', `*:${port}`, '--turn-listen', '*:3479', '--metrics', 'false'];
  return started(lab, `http://${address}:${port}`, [...listen, '--public-address', address, '--relay-ports', relayPorts]);
}

/** Runs `body(at)` with a temporary directory; `at(name)` is a path in it. */
export async function withDirectory(body) {
  const directory = mkdtempSync(path.join(tmpdir(), 'visavis-lab-'));
  try {
    return await body((name) => path.join(directory, name));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
