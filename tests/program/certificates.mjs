// Certificates for localhost as an operator would have them, made by openssl.
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Makes or replaces the certificate and key of a folder. @returns {{cert: string, key: string, pem: string}} */
export function makeCertificate(folder) {
  const at = (name) => path.join(folder, name);
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost', '-keyout', at('new.key'), '-out', at('new.pem'),
  ], { stdio: 'ignore' });
  for (const kind of ['key', 'pem']) renameSync(at(`new.${kind}`), at(`own.${kind}`));
  return { cert: at('own.pem'), key: at('own.key'), pem: readFileSync(at('own.pem'), 'utf8') };
}

/** A certificate for names, by an authority that a browser can be made to trust. @returns {{cert: string, key: string, ca: string}} files */
export function makeSignedCertificate(folder, ...names) {
  const at = (file) => path.join(folder, file);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'ignore' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=visavis tests', '-keyout', at('ca.key'), '-out', at('ca.pem'));
  openssl('req', ...newKey, '-subj', `/CN=${names[0]}`, '-keyout', at('own.key'), '-out', at('own.csr'));
  writeFileSync(at('own.ext'), `subjectAltName=${names.map((name) => `DNS:${name}`).join()}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n`);
  openssl('x509', '-req', '-in', at('own.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', at('own.ext'), '-out', at('own.pem'));
  return { cert: at('own.pem'), key: at('own.key'), ca: at('ca.pem') };
}
