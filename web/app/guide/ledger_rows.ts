// The rows of the ledger's table: the sums, and then every kind that crossed.

import type { Accounts } from '../../core/accounts.ts';
import type { Way } from '../../core/ledger.ts';

type Both = Readonly<Record<Way, number>>;
export type LedgerRow = { own: Both; server: Both } & ({ isSum: true; name: 'messages' | 'bytes' } | { isSum: false; name: string });

export function rowsOf({ own, server }: Accounts): LedgerRow[] {
  const sum = (name: 'messages' | 'bytes'): LedgerRow => ({ isSum: true, name, own: own[name], server: server[name] });
  const none = { in: 0, out: 0 };
  const kinds = [...new Set([...own.kinds.keys(), ...server.kinds.keys()])].sort();
  const rows = kinds.map((name): LedgerRow => ({ isSum: false, name, own: own.kinds.get(name) ?? none, server: server.kinds.get(name) ?? none }));
  return [sum('messages'), sum('bytes'), ...rows];
}
