import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kMadeFileMax, writeMade } from '../../../core/made_file.ts';
import { kExample } from './example.ts';
import { english, speak } from '../../../locales/index.ts';
import { guide } from '../../../locales/en_guide.ts';
import { open, Outcome } from './viewer.tsx';

const file = (text: string, size = text.length) => ({ size, text: async () => text });
const why = async (...files: Parameters<typeof open>[0]) => {
  const opened = await open(files);
  return 'flaw' in opened ? opened.flaw.why : opened.source.of;
};

test('one file is opened, and shown without what only its own page may show', async () => {
  const opened = await open([file(writeMade(kExample))]);
  assert.ok('source' in opened);
  assert.deepEqual(opened.source, { of: 'file', saved: kExample, places: new Map(), fingerprints: null });
});

test('what cannot be opened is said for what it is', async () => {
  const good = file(writeMade(kExample));
  assert.equal(await why(), 'none');
  assert.equal(await why(good, good), 'several');
  assert.equal(await why({ size: 10, text: () => Promise.reject(new DOMException('gone', 'NotReadableError')) }), 'unread');
  assert.equal(await why(file('{')), 'json');
});

test('it is said aloud that a call is open, as well as what is wrong with a file', async () => {
  speak({ ...english, guide });
  const said = async (text: string) => (Outcome({ of: await open([file(text)]) }).props as { children: unknown }).children;
  assert.equal(await said(writeMade(kExample)), guide['made.viewer.opened']);
  assert.equal(await said('{'), guide['made.flaw.json']);
});

test('what is too large is not even read', async () => {
  const never = { size: kMadeFileMax + 1, text: () => Promise.reject(new Error('it was read')) };
  assert.equal(await why(never), 'large');
  assert.equal(await why(file(writeMade(kExample), kMadeFileMax)), 'file');
});
