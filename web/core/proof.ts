// The key pair of this tab, and the proof that a resume token is presented by the tab it was given to.

import { concat, fromBase64url, toBase64url, utf8, type Bytes } from './bytes.ts';
import type { CryptoPort } from './ports.ts';

const kAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' };
const kZero = new Uint8Array(1);

export interface TabKey {
  /** The public point, uncompressed, as `hello` carries it. */
  readonly publicKey: string;
  /** Null when the nonce is not base64url. */
  prove(host: string, nonce: string, token: string): Promise<string | null>;
}

/** The private key cannot be read out again and lives as long as the object. */
export async function makeTabKey(crypto: CryptoPort): Promise<TabKey> {
  const pair = await crypto.subtle.generateKey(kAlgorithm, false, ['sign', 'verify']);
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  return {
    publicKey: toBase64url(point),
    async prove(host, nonce, token) {
      const raw = fromBase64url(nonce);
      if (raw === null) return null;
      const message = await proofMessage(crypto, host, raw, token);
      const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, message);
      return toBase64url(new Uint8Array(signature));
    },
  };
}

/** What is signed: "visavis/1 resume" ‖ 0 ‖ host ‖ 0 ‖ nonce ‖ SHA-256(token as sent). */
export async function proofMessage(crypto: CryptoPort, host: string, nonce: Bytes, token: string): Promise<Bytes> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(token)));
  return concat(utf8('visavis/1 resume'), kZero, utf8(host), kZero, nonce, digest);
}
