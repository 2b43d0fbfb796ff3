// What the cases with other programs share.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { freePort } from '../browser/lib/server.mjs';

const kClientLimit = 40_000; // ms; the client itself may hang when it is refused

export const kDay = 86_400;
const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;

/** The name each application makes; the password is the HMAC of it everywhere. */
export const kApplicationNames = {
  'Nextcloud Talk': () => `${inSeconds(kDay)}:${randomBytes(8).toString('hex')}`,
  'Synapse': () => `${inSeconds(3600)}:@alice:matrix.example.org`,
  'Jitsi, by Prosody': () => `${inSeconds(kDay)}`,
};

/** Runs a client to its end. @returns {Promise<{code: number|string, output: string}>} */
export function runClient(args, program = 'turnutils_uclient') {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: kClientLimit, killSignal: 'SIGKILL' }, (error, stdout, stderr) =>
      resolve({ code: error ? (error.killed ? 'timed out' : error.code) : 0, output: `${stdout}${stderr}` }),
    );
  });
}

/** Two ports, one after the other, that nobody holds now. */
export async function freePortPair() {
  for (;;) {
    const port = await freePort();
    const next = createSocket('udp4');
    const free = await new Promise((resolve) => {
      next.once('error', () => resolve(false));
      next.bind(port + 1, '127.0.0.1', () => resolve(true));
    });
    next.close();
    if (free) return port;
  }
}
