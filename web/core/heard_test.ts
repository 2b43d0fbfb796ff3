import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHeard } from './heard.ts';
import chromium from './testing/reports/chromium.json';
import firefox from './testing/reports/firefox.json';

test('the sound that arrived is counted, in either browser', () => {
  const reports = [chromium, firefox].map(({ reports: [first] }) => readHeard(first as unknown as [string, unknown][]));
  assert.deepEqual(reports, [404, 2_086]);
});

test('no sound, and nonsense, are none', () => {
  assert.equal(readHeard([]), null);
  assert.equal(readHeard([['a', null], ['b', { type: 'inbound-rtp', kind: 'video', packetsReceived: 3 }]]), null);
  assert.equal(readHeard([['a', { type: 'inbound-rtp', kind: 'audio', packetsReceived: 'many' }]]), null);
});
