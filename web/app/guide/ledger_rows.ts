// The rows of the ledger's table: the sums, and then every kind that crossed.

import { differences } from '../../core/accounts.ts';
import type { Accounts, Way } from '../../core/ledger.ts';

type Both = Readonly<Record<Way, number>>;

interface Counts {
  own: Both;
  server: Both;
  differs: boolean;
}

export type LedgerRow = Counts & ({ isSum: true; name: 'messages' | 'bytes' } | { isSum: false; name: string });

export function rowsOf(accounts: Accounts): LedgerRow[] {
  const { own, server } = accounts;
  const isOther = (one: Both, other: Both): boolean => one.in !== other.in || one.out !== other.out;
  const sum = (name: 'messages' | 'bytes'): LedgerRow => ({ isSum: true, name, own: own[name], server: server[name], differs: isOther(own[name], server[name]) });
  const none = { in: 0, out: 0 };
  const marked = new Set(differences(accounts).map(({ kind }) => kind));
  const kinds = [...new Set([...own.kinds.keys(), ...server.kinds.keys()])].sort();
  const rows = kinds.map(
    (name): LedgerRow => ({ isSum: false, name, own: own.kinds.get(name) ?? none, server: server.kinds.get(name) ?? none, differs: marked.has(name) }),
  );
  return [sum('messages'), sum('bytes'), ...rows];
}
