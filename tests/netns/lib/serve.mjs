// The real program in the lab's server namespace, with the addresses a server in the world would have.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Server } from '../../browser/lib/server.mjs';
import { kServer } from './lab.mjs';

/** @param {string[]} flags added to the addresses @param {boolean} tls serve HTTPS with a certificate of its own making */
export async function serveInLab(lab, { flags = [], tls = false, port = 8080, turnPort = 3478 } = {}) {
  // Rooms open on such addresses only with both of these.
  const community = ['--rooms-contact', 'operator@visavis.test', '--rooms-rules', 'Be kind.'];
  const addresses = ['--listen', `${kServer}:${port}`, '--turn-listen', `${kServer}:${turnPort}`, '--public-address', kServer];
  const server = new Server({
    origin: `${tls ? 'https' : 'http'}://${kServer}:${port}`,
    prefix: lab.enter('srv'),
    flags: [...addresses, ...community, '--log-level', 'debug', ...(tls ? ['--tls', 'self-signed'] : []), ...flags],
  });
  await server.start();
  return server;
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
