// The token a page keeps on its device and names in its greeting. It says nothing about the person; a server that has banned a device,
// or heard several people about it, knows it again by it. It is the person's to see and to delete.

import { fromBase64url, toBase64url, type Bytes } from './bytes.ts';
import type { CryptoPort, Store } from './ports.ts';
import { kDeviceBytesMax, kDeviceBytesMin } from './protocol.ts';

export const kDeviceName = 'visavis.device';
const kDeviceBytes = 16;

/** The token of this device, or null where there is none or what is kept is damaged. `store`: a page's `localStorage`. */
export function keptDevice(store: Store): Bytes | null {
  const token = fromBase64url(store.getItem(kDeviceName) ?? '');
  return token && token.length >= kDeviceBytesMin && token.length <= kDeviceBytesMax ? token : null;
}

/** The token of this device, made now if there is none. */
export function keepDevice(store: Store, crypto: CryptoPort): Bytes {
  const kept = keptDevice(store);
  if (kept) return kept;
  const token = crypto.getRandomValues(new Uint8Array(kDeviceBytes));
  store.setItem(kDeviceName, toBase64url(token));
  return token;
}

export function forgetDevice(store: Store): void {
  store.removeItem(kDeviceName);
}
