// Two accounts of one session, compared (ledger.ts). Apart from the counting, which every page does, since few look at it.

import { kBytes, type Count, type Way } from './ledger.ts';

type Both = Record<Way, number>;

export interface Tally {
  messages: Both;
  bytes: Both;
  kinds: Map<string, Both>;
}

/** The server's account and what this end counted, of the same moment. */
export interface Told {
  server: Tally;
  own: Count;
}

/** The two in one form. */
export interface Accounts {
  server: Tally;
  own: Tally;
}

export const kWays: readonly Way[] = ['in', 'out'];

export function accountsOf({ server, own }: Told): Accounts {
  const tally: Tally = { messages: { in: 0, out: 0 }, bytes: { in: 0, out: 0 }, kinds: new Map() };
  for (const way of kWays) {
    for (const [kind, much] of own[way]) {
      if (kind === kBytes) {
        tally.bytes[way] = much;
        continue;
      }
      tally.messages[way] += much;
      const counts = tally.kinds.get(kind) ?? { in: 0, out: 0 };
      tally.kinds.set(kind, { ...counts, [way]: much });
    }
  }
  return { server, own: tally };
}

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
