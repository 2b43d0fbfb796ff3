// X25519 (RFC 7748) from WebCrypto, or from the arithmetic below where a browser has none (Chromium before 133, Firefox before
// 130, Safari before 17). The fallback takes a few milliseconds and its time depends on the key; that is bearable because a key
// here is made for one exchange and thrown away.

import type { Bytes } from './bytes.ts';
import type { CryptoPort } from './ports.ts';

/** One end's key pair for one exchange. */
export interface Exchange {
  readonly publicKey: Bytes;
  /** Null when the other's key is no use: of the wrong length, or one that makes the result zero (RFC 7748 §6.1). */
  agree(theirs: Bytes): Promise<Bytes | null>;
}

export async function makeExchange(crypto: CryptoPort): Promise<Exchange> {
  return (await makeNativeExchange(crypto)) ?? makeOwnExchange(crypto.getRandomValues(new Uint8Array(32)));
}

/** Null where WebCrypto has no X25519. */
export async function makeNativeExchange(crypto: CryptoPort): Promise<Exchange | null> {
  try {
    const pair = (await crypto.subtle.generateKey({ name: 'X25519' }, false, ['deriveBits'])) as CryptoKeyPair;
    const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    return { publicKey, agree: (theirs) => agreeNatively(crypto, pair.privateKey, theirs) };
  } catch {
    return null;
  }
}

async function agreeNatively(crypto: CryptoPort, secret: CryptoKey, theirs: Bytes): Promise<Bytes | null> {
  try {
    const key = await crypto.subtle.importKey('raw', theirs, { name: 'X25519' }, false, []);
    const bits = await crypto.subtle.deriveBits({ name: 'X25519', public: key }, secret, 256);
    const shared = new Uint8Array(bits);
    return shared.every((byte) => byte === 0) ? null : shared;
  } catch {
    return null;
  }
}

/** `secret`: 32 bytes, which are kept. */
export function makeOwnExchange(secret: Bytes): Exchange {
  return {
    publicKey: x25519(secret, kBasePoint),
    async agree(theirs) {
      if (theirs.length !== 32) return null;
      const shared = x25519(secret, theirs);
      return shared.every((byte) => byte === 0) ? null : shared;
    },
  };
}

const kPrime = 2n ** 255n - 19n;
const kA24 = 121_665n;
const kBasePoint = new Uint8Array(32);
kBasePoint[0] = 9;

const mod = (value: bigint): bigint => {
  const rest = value % kPrime;
  return rest < 0n ? rest + kPrime : rest;
};

function readLittleEndian(bytes: Bytes): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function writeLittleEndian(value: bigint): Bytes {
  return new Uint8Array(32).map((_, at) => Number((value >> BigInt(8 * at)) & 0xffn));
}

/** By Fermat: value^(p - 2). */
function invert(value: bigint): bigint {
  let result = 1n;
  let base = value;
  for (let exponent = kPrime - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = mod(result * base);
    base = mod(base * base);
  }
  return result;
}

/** The Montgomery ladder of RFC 7748 §5; `scalar` and `point` are 32 bytes. */
export function x25519(scalar: Bytes, point: Bytes): Bytes {
  const clamped = scalar.slice();
  clamped[0]! &= 248;
  clamped[31] = (clamped[31]! & 127) | 64;
  const k = readLittleEndian(clamped);
  const x1 = mod(readLittleEndian(point) & (2n ** 255n - 1n));
  let [x2, z2, x3, z3, swap] = [1n, 0n, x1, 1n, 0n];
  for (let t = 254n; t >= 0n; t--) {
    const bit = (k >> t) & 1n;
    if (swap ^ bit) [x2, x3, z2, z3] = [x3, x2, z3, z2];
    swap = bit;
    const a = x2 + z2;
    const b = x2 - z2;
    const aa = mod(a * a);
    const bb = mod(b * b);
    const e = aa - bb;
    const da = mod((x3 - z3) * a);
    const cb = mod((x3 + z3) * b);
    x3 = mod((da + cb) ** 2n);
    z3 = mod(x1 * (da - cb) ** 2n);
    x2 = mod(aa * bb);
    z2 = mod(e * (aa + kA24 * e));
  }
  if (swap) [x2, z2] = [x3, z3];
  return writeLittleEndian(mod(x2 * invert(z2)));
}
