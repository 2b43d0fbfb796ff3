// The private call that this tab holds, and whether its link was made here: who made it may need it again, to hand it on.

import type { CryptoPort, Store } from '../core/ports.ts';
import { forgetKey, keepKey, keptKey, makeKey, makeLink } from '../core/private_call.ts';

/** The seat of who made the link. Another key has another seat, so that the mark never speaks for a friend's link. */
const kMadeName = 'visavis.made';

/** A new private call in place of the one that was kept. `store`: the tab's, where a reload finds it. */
export function makeOwnLink(store: Store, crypto: CryptoPort): void {
  store.setItem(kMadeName, keepKey(store, crypto, makeKey(crypto)).seat);
}

/** The link of the kept call; null where there is none or it came from somebody else. */
export function ownLink(store: Store, origin: string): string | null {
  const kept = keptKey(store);
  return kept && store.getItem(kMadeName) === kept.seat ? makeLink(origin, kept.key) : null;
}

export function forgetLink(store: Store): void {
  forgetKey(store);
  store.removeItem(kMadeName);
}
