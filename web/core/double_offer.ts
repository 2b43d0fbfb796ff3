// The double offer: both ends have made an offer of the channels alone before they were found, and both intros carry one. Each end sets its
// own, and reads the partner's as the answer to it: ICE and DTLS begin on what came with `accepted`, without another word. Sound and picture are
// added by a later round. docs/decisions.md says what it gains, and why it is off.

import type { DtlsRole } from './sdp.ts';

/** Where the round that brings sound and picture goes: over the channel once that is open, or at once, by the server. */
export type DoubleOffer = 'off' | 'channel' | 'server';

export const kDoubleOffer: DoubleOffer = 'off';

/** The usual one, unless another is named. */
export function chosenDoubleOffer(name: string | null | undefined): DoubleOffer {
  return name === 'off' || name === 'channel' || name === 'server' ? name : kDoubleOffer;
}

/** Who opens DTLS where no end has answered: fingerprints differ, and each end knows both. */
export function ownRole(own: string, partner: string): DtlsRole {
  return own < partner ? 'active' : 'passive';
}
