// WebCrypto under Node 18, where it is not a global, and newer. It works in other threads; `pendingCrypto` says how much of it is
// still under way, so that a test can wait for it without waiting for time.

import { webcrypto } from 'node:crypto';
import type { CryptoPort } from '../ports.ts';

let pending = 0;

export function pendingCrypto(): number {
  return pending;
}

const real = webcrypto.subtle as unknown as SubtleCrypto;

const subtle = new Proxy(real, {
  get(_, name: keyof SubtleCrypto) {
    const method = real[name] as (...words: unknown[]) => Promise<unknown>;
    return (...words: unknown[]) => {
      pending += 1;
      return method.apply(real, words).finally(() => (pending -= 1));
    };
  },
});

export const nodeCrypto: CryptoPort = {
  subtle,
  getRandomValues: (bytes) => webcrypto.getRandomValues(bytes),
};
