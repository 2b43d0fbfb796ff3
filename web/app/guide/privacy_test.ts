// Every row of "what the server can and cannot see" names tests that exist, and docs/privacy.md says the same.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import document from '../../../docs/privacy.md';
import { guide } from '../../locales/en_guide.ts';
import { kGroups, kRows, type Proof } from './proofs.ts';

const all = kGroups.flatMap((group) => kRows[group]);

/** Where a test is begun with this name: JavaScript's between quotes, GoogleTest's behind its suite's. */
function isTestIn(source: string, name: string): boolean {
  const word = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?:\\b(?:test|it|scenario)\\((['"\`])${word}\\1,|^TEST(?:_[FP])?\\(\\w+, ${word}\\) \\{)`, 'm').test(source);
}

const exists = ({ file, test: name }: Proof): boolean => isTestIn(readFileSync(`../${file}`, 'utf8'), name);

test('every row rests on at least one test, and each of these exists', () => {
  assert.ok(all.length >= 16, `${all.length} rows`);
  assert.deepEqual(all.filter(({ proofs }) => proofs.length === 0), []);
  assert.deepEqual(all.flatMap(({ proofs }) => proofs).filter((proof) => !exists(proof)), []);
});

test('a name that only stands in a file is no test of it', () => {
  const source = "// 'this'\nit('that', () => {});\nscenario('third', kinds, run);\n  test(`fourth`, x)\nTEST_F(Suite, Fifth) {\n// TEST(Suite, Sixth)\n";
  assert.deepEqual(['this', 'that', 'third', 'fourth', 'Fifth', 'Sixth', 'tha', 'hat'].filter((name) => isTestIn(source, name)), ['that', 'third', 'fourth', 'Fifth']);
});

test('the document has the rows of the page in its order, in the words of the page', () => {
  const written = document.split('\n').filter((line) => line.startsWith('| ') && line !== '| what | shown by |');
  const rows = all.map(({ name, proofs }) => `| ${guide[`server.${name}`]} | ${proofs.map(({ file, test: said }) => `[\`${file}\`](../${file}): ${said}`).join('<br>')} |`);
  assert.deepEqual(written, rows);
});
