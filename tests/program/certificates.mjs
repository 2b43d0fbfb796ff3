// Certificates for localhost as an operator would have them, made by openssl.
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync } from 'node:fs';
import path from 'node:path';

/** Makes or replaces the certificate and key of a folder. @returns {{cert: string, key: string, pem: string}} */
export function makeCertificate(folder, name = 'localhost') {
  const at = (name) => path.join(folder, name);
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${name}`,
    '-addext', `subjectAltName=DNS:${name}`, '-keyout', at('new.key'), '-out', at('new.pem'),
  ], { stdio: 'ignore' });
  for (const kind of ['key', 'pem']) renameSync(at(`new.${kind}`), at(`own.${kind}`));
  return { cert: at('own.pem'), key: at('own.key'), pem: readFileSync(at('own.pem'), 'utf8') };
}
