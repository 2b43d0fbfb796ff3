import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tally } from '../../core/accounts.ts';
import { rowsOf } from './ledger_rows.ts';

const tally = (relays: number, bytes: number, more: [string, { in: number; out: number }][] = []): Tally => ({
  messages: { in: relays, out: 1 },
  bytes: { in: bytes, out: 10 },
  kinds: new Map([['relay', { in: relays, out: 1 }], ...more]),
});

test('sums come first, then every kind that either has counted', () => {
  const rows = rowsOf({ own: tally(3, 100), server: tally(2, 100, [['ack', { in: 0, out: 2 }]]) });
  assert.deepEqual(rows.map(({ name, isSum, own, server }) => [name, isSum, own.in, server.in, own.out, server.out]), [
    ['messages', true, 3, 2, 1, 1],
    ['bytes', true, 100, 100, 10, 10],
    ['ack', false, 0, 0, 0, 2],
    ['relay', false, 3, 2, 1, 1],
  ]);
});
