// The safety code of one call, and the keys that come with it: arithmetic only. Who says what when is in code_run.ts, the protocol in
// docs/protocol.md, "The safety code".
//
// Both ends have made a random nonce and bound it to the two certificates before either saw the other's. So whoever stands between the
// two with certificates of their own gets one try at two codes that are alike, of 2^24.

import { compareBytes, concat, utf8, type Bytes } from './bytes.ts';
import { makeCipher, type Cipher } from './noise.ts';
import type { CryptoPort } from './ports.ts';

export const kFingerprintBytes = 32;
export const kNonceBytes = 32;
const kCodeBytes = 3;
const kKeyBytes = 32;
const kPictureBits = 6;
const kFingerBits = 3;
export const kPictureCount = 2 ** kPictureBits;

/** One thing in four forms. Whatever two people compare, they compare all 24 bits. */
export interface Code {
  /** Four numbers of pictures, from 0 to 63, which are the numbers of the words as well. */
  pictures: readonly number[];
  /** Eight decimal digits. */
  digits: string;
  /** Eight numbers from 1 to 8, to be shown with the fingers. */
  fingers: readonly number[];
}

/** One end of the call: its certificate, by SHA-256 over the DER, and its nonce. */
export interface End {
  fingerprint: Bytes;
  nonce: Bytes;
}

export interface Agreed {
  code: Code;
  send: Cipher;
  receive: Cipher;
}

export async function sha256(crypto: CryptoPort, data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', data));
}

/** What `from` binds itself to. Every part has one length, so no two of them read alike. */
export function commitment(crypto: CryptoPort, from: End, to: Bytes): Promise<Bytes> {
  return sha256(crypto, concat(utf8('vv-sas1'), from.fingerprint, to, from.nonce));
}

function groups(number: number, bits: number): number[] {
  const count = (kCodeBytes * 8) / bits;
  return Array.from({ length: count }, (_, at) => (number >> (bits * (count - 1 - at))) & (2 ** bits - 1));
}

export function readCode(bytes: Bytes): Code {
  const number = (bytes[0]! << 16) | (bytes[1]! << 8) | bytes[2]!;
  return {
    pictures: groups(number, kPictureBits),
    digits: String(number).padStart(8, '0'),
    fingers: groups(number, kFingerBits).map((group) => group + 1),
  };
}

/** The same at both ends, but for which key is for which way. The two fingerprints must differ. */
export async function agree(crypto: CryptoPort, own: End, partner: End): Promise<Agreed> {
  const isLow = compareBytes(own.fingerprint, partner.fingerprint) < 0;
  const [low, high] = isLow ? [own, partner] : [partner, own];
  const input = await crypto.subtle.importKey('raw', concat(low.nonce, high.nonce), 'HKDF', false, ['deriveBits']);
  const salt = concat(low.fingerprint, high.fingerprint);
  const derive = async (info: string, bytes: number): Promise<Bytes> => {
    const parameters = { name: 'HKDF', hash: 'SHA-256', salt, info: utf8(info) };
    return new Uint8Array(await crypto.subtle.deriveBits(parameters, input, bytes * 8));
  };
  const code = readCode(await derive('vv-sas1 code', kCodeBytes));
  const upward = await makeCipher(crypto, await derive('vv-k1 lo>hi', kKeyBytes));
  const downward = await makeCipher(crypto, await derive('vv-k1 hi>lo', kKeyBytes));
  return isLow ? { code, send: upward, receive: downward } : { code, send: downward, receive: upward };
}
