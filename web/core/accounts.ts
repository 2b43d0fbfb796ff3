// Two accounts of one session, compared (ledger.ts). Apart from the counting, which every page does, since few look at it.

import { kWays, type Accounts, type Way } from './ledger.ts';

export interface Difference {
  kind: string;
  way: Way;
  own: number;
  server: number;
}

/** Where the two accounts differ, kinds in the order of the alphabet. */
export function differences({ own, server }: Accounts): Difference[] {
  const kinds = [...new Set([...own.kinds.keys(), ...server.kinds.keys()])].sort();
  const none = { in: 0, out: 0 };
  return kinds.flatMap((kind) =>
    kWays
      .map((way) => ({ kind, way, own: (own.kinds.get(kind) ?? none)[way], server: (server.kinds.get(kind) ?? none)[way] }))
      .filter((each) => each.own !== each.server),
  );
}

/** Neither kinds nor sums nor bytes differ. */
export function agree(accounts: Accounts): boolean {
  const { own, server } = accounts;
  const isSame = (what: 'messages' | 'bytes'): boolean => kWays.every((way) => own[what][way] === server[what][way]);
  return isSame('messages') && isSame('bytes') && differences(accounts).length === 0;
}
