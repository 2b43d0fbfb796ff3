// Two regions: the server far from both homes, a relay of its own near them.
//
//   h1 -- r1 --\              /-- 75 ms each way -- far     signaling, page and its own relay
//               net ---------<
//   h2 -- r2 --/              \-- near                      `visavis relay`
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Server } from '../../browser/lib/server.mjs';

export const kFar = { address: '45.150.40.10', gateway: '45.150.40.1' };
export const kNear = { address: '45.160.50.10', gateway: '45.160.50.1' };
export const kDelayMs = 75; // each way
const kSecret = 'one secret for both regions';

/** Runs `body({far, near})` with both servers up. */
export async function withRegions(lab, body) {
  const link = await slowLink(lab);
  try {
    lab.addSite('near', kNear);
    const near = new Server({
      origin: `https://${kNear.address}:8443`,
      command: 'relay',
      prefix: lab.enter('near'),
      flags: ['--tls', 'self-signed', '--listen', `${kNear.address}:8443`, '--turn-listen', `${kNear.address}:3478`, '--public-address', kNear.address, '--turn-secrets', kSecret, '--metrics', 'false'],
    });
    const far = new Server({
      origin: `https://${kFar.address}:8443`,
      prefix: lab.enter('far'),
      flags: ['--tls', 'self-signed', '--listen', `${kFar.address}:8443`, '--turn-listen', `${kFar.address}:3478`, '--public-address', kFar.address, '--turn-secrets', kSecret,
        '--turn-regions', `near=${kNear.address}:8443`, '--rooms-contact', 'operator@visavis.test', '--rooms-rules', 'Be kind.', '--metrics', 'false'],
    });
    try {
      await near.start();
      await far.start();
      return await body({ far, near });
    } finally {
      await Promise.all([near.stop(), far.stop()]);
    }
  } finally {
    await link.end();
    lab.removeSite('near');
    lab.removeSite('far');
  }
}

/** The namespace `far`, behind a link on which every packet takes its time. */
async function slowLink(lab) {
  lab.addNamespace('far');
  const script = fileURLToPath(new URL('delay_link.py', import.meta.url));
  const process = spawn('python3', [script, lab.name('net'), 'far', lab.name('far'), 'eth0', String(kDelayMs)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(process, 'exit');
  await Promise.race([once(process.stdout, 'data'), ended.then(([code]) => Promise.reject(new Error(`the slow link ended with ${code}`)))]);
  lab.address('net', 'far', `${kFar.gateway}/24`);
  lab.address('far', 'eth0', `${kFar.address}/24`);
  lab.ip('far', 'route', 'add', 'default', 'via', kFar.gateway);
  return {
    end: async () => {
      process.kill();
      await ended;
    },
  };
}
