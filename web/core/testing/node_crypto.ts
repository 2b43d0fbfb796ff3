// WebCrypto under Node 18, where it is not a global, and newer.
import { webcrypto } from 'node:crypto';
import type { CryptoPort } from '../ports.ts';

export const nodeCrypto = webcrypto as unknown as CryptoPort;
