// Two regions: the server far from both homes, a relay of its own near them.
//
//   h1 -- r1 --\              /-- 75 ms each way -- far     signaling, page and its own relay
//               net ---------<
//   h2 -- r2 --/              \-- near                      `visavis relay`
//
// and, where it is asked for, `spare`, as near as `near`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { Server } from '../../browser/lib/server.mjs';
import { makeCertificate, makeSignedCertificate } from '../../program/certificates.mjs';
import { withDirectory } from './serve.mjs';
import { slowLink } from './slow_link.mjs';

export const kFar = { address: '45.150.40.10', gateway: '45.150.40.1' };
export const kNear = { address: '45.160.50.10', gateway: '45.160.50.1' };
export const kSpare = { address: '45.170.60.10', gateway: '45.170.60.1' };
export const kDelayMs = 75; // each way
export const kFirstSecret = 'one secret for both regions';

/** A server whose secrets are in a file and whose certificate can be replaced. */
class RegionServer extends Server {
  static in(folder, lab, short, { address }, command, more = []) {
    mkdirSync(folder);
    const { cert, key } = makeCertificate(folder);
    const file = `${folder}/visavis.toml`;
    const flags = ['--config', file, '--tls-cert', cert, '--tls-key', key, '--listen', `${address}:8443`, '--turn-listen', `${address}:3478`, '--public-address', address, '--metrics', 'false', ...more];
    const server = new RegionServer({ origin: `https://${address}:8443`, command, prefix: lab.enter(short), flags });
    server.writeSecrets = (...secrets) => writeFileSync(file, `[turn]\nsecrets = ${JSON.stringify(secrets)}\n`);
    server.renewCertificate = () => makeCertificate(folder);
    server.writeSecrets(kFirstSecret);
    return server;
  }
}

/** Runs `body({far, near, spare})` with the servers up. */
export function withRegions(lab, body, { spare: hasSpare = false } = {}) {
  return withDirectory(async (at) => {
    const link = await farLink(lab);
    const sites = { near: kNear, ...(hasSpare && { spare: kSpare }) };
    const servers = {};
    try {
      for (const [name, site] of Object.entries(sites)) {
        lab.addSite(name, site);
        servers[name] = RegionServer.in(at(name), lab, name, site, 'relay');
      }
      const regions = Object.entries(sites).map(([name, { address }]) => `${name}=${address}:8443`);
      const rooms = ['--rooms-contact', 'operator@visavis.test', '--rooms-rules', 'Be kind.'];
      servers.far = RegionServer.in(at('far'), lab, 'far', kFar, 'serve', ['--turn-regions', regions.join(','), ...rooms]);
      for (const server of Object.values(servers)) await server.start();
      return await body(servers);
    } finally {
      await Promise.all(Object.values(servers).map((server) => server.stop()));
      await link.end();
      for (const name of Object.keys(sites)) lab.removeSite(name);
      lab.removeNamespace('far');
    }
  });
}

export const kFarName = 'talk.visavis.test';
export const kNearName = 'near.visavis.test';

/** Runs `body({far, near, ca})`: both by name, each with all it has for clients on TCP 443, under certificates of `ca`. */
export function withNamedRegion(lab, body) {
  return withDirectory(async (at) => {
    const { cert, key, ca } = makeSignedCertificate(at('.'), kFarName, kNearName);
    const link = await farLink(lab);
    const servers = [];
    const start = async (short, name, { address }, command, more = []) => {
      const listen = ['--listen', `${address}:443`, '--turn-listen', `${address}:3478`, '--public-address', address, '--metrics', 'false'];
      const flags = ['--tls-cert', cert, '--tls-key', key, '--turn-secrets', kFirstSecret, ...listen, ...more];
      const server = new Server({ origin: `https://${name}`, command, prefix: lab.enter(short), flags });
      servers.push(server);
      await server.start();
      return server;
    };
    try {
      lab.addSite('near', kNear);
      for (const short of ['h1', 'h2', 'far']) lab.nameHosts(short, { [kFarName]: [kFar.address], [kNearName]: [kNear.address] });
      const near = await start('near', kNearName, kNear, 'relay');
      const far = await start('far', kFarName, kFar, 'serve', ['--turn-regions', `near=${kNearName}`, '--rooms-contact', 'operator@visavis.test', '--rooms-rules', 'Be kind.']);
      return await body({ far, near, ca });
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
      await link.end();
      lab.removeSite('near');
      lab.removeNamespace('far');
    }
  });
}

/** The namespace `far`, behind a link on which every packet takes its time. */
async function farLink(lab) {
  lab.addNamespace('far');
  const link = await slowLink(lab, ['net', 'far'], ['far', 'eth0'], kDelayMs);
  lab.address('net', 'far', `${kFar.gateway}/24`);
  lab.address('far', 'eth0', `${kFar.address}/24`);
  lab.ip('far', 'route', 'add', 'default', 'via', kFar.gateway);
  return link;
}
