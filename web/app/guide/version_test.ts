import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readClaim } from './version.ts';

const kHash = '0123456789abcdef'.repeat(4);

test('what a server says of its page is taken in its own form and in no other', () => {
  assert.deepEqual(readClaim(`visavis 0.1.0\npage ${kHash}\n`), { version: '0.1.0', hash: kHash });
  const others = ['', 'ok\n', `visavis 0.1.0\npage ${kHash}`, `visavis 0.1.0\npage ${kHash.slice(1)}\n`, `visavis 0.1.0\npage ${kHash}0\n`];
  for (const text of [...others, `visavis a b\npage ${kHash}\n`, `visavis ${'1'.repeat(41)}\npage ${kHash}\n`, `<html>visavis 0.1.0\npage ${kHash}\n`]) {
    assert.equal(readClaim(text), null, text);
  }
});
