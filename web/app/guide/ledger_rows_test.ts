import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tally } from '../../core/ledger.ts';
import { rowsOf } from './ledger_rows.ts';

const tally = (relays: number, bytes: number, more: [string, { in: number; out: number }][] = []): Tally => ({
  messages: { in: relays, out: 1 },
  bytes: { in: bytes, out: 10 },
  kinds: new Map([['relay', { in: relays, out: 1 }], ...more]),
});

test('sums come first, then every kind that either has counted; a row with a difference is marked', () => {
  const rows = rowsOf({ own: tally(3, 100), server: tally(2, 100, [['error', { in: 0, out: 0 }], ['ack', { in: 0, out: 2 }]]) });
  assert.deepEqual(rows.map(({ name, isSum, differs }) => [name, isSum, differs]), [
    ['messages', true, true],
    ['bytes', true, false],
    ['ack', false, true],
    ['error', false, false],
    ['relay', false, true],
  ]);
  assert.deepEqual(rows[2]!.own, { in: 0, out: 0 });
});
