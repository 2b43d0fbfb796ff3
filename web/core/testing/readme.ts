// What core's README says, for the tests that hold it to the code.

import assert from 'node:assert/strict';
import readme from '../README.md';

export { readme };

/** The cells of the table behind a mark such as `<!-- events -->`, its head first, without its rule. */
export function tableAfter(mark: string): string[][] {
  const start = readme.indexOf(`<!-- ${mark} -->`);
  assert.ok(start >= 0, `the README has the table '${mark}'`);
  const lines = readme.slice(start).split('\n').slice(1);
  const rows = lines.slice(0, lines.findIndex((line) => !line.startsWith('|')));
  assert.ok(rows.length > 2, `the table '${mark}' has rows`);
  const cells = rows.map((row) => row.split('|').slice(1, -1).map((cell) => cell.trim().replaceAll('`', '')));
  return cells.filter((_, at) => at !== 1);
}

/** What the first column names; one row may name several. */
export function namesIn(mark: string): string[] {
  return tableAfter(mark).slice(1).flatMap(([names]) => names!.split(' / '));
}

/** The example whose first line is this comment. */
export function exampleNamed(name: string): string {
  const found = new RegExp(`\`\`\`\\w+\\n// ${name}\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1];
  assert.ok(found, `the README has the example ${name}`);
  return found;
}
