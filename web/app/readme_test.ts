// What tests hold on to, as the README lists it, against the sources: no name that is not written down, and none that is not there.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import readme from '../README.md';

/** What the names stand for that the sources put together, as the README has them. */
const kPutTogether: Readonly<Record<string, readonly string[]>> = {
  '${props.testid}-close': ['NAME-close'],
  'device-${kind}': ['device-camera', 'device-microphone', 'device-speaker'],
  'kept-${id}': ['kept-THING'],
  'kept-${id}-delete': ['kept-THING-delete'],
  'media-${choice}': ['media-video', 'media-sound', 'media-none'],
  'notice-${without}': ['notice-sound', 'notice-camera', 'notice-none'],
  'report-${name}': ['report-CATEGORY'],
  'room-${tag}': ['room-TAG'],
  'switch-${tag}': ['switch-TAG'],
  'theme-${theme}': ['theme-system', 'theme-light', 'theme-dark'],
};

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sourcesIn(path);
    return /\.(tsx?|html)$/.test(path) && !/_test\.tsx?$/.test(path) ? [readFileSync(path, 'utf8')] : [];
  });
}

/** `testid="name"`, `testid: 'name'`, or what stands in the braces of `testid={…}`: one name, or one of two. Selectors are none. */
const kGiven = /(?<![\w[-])(?:data-)?testid(?:="([^"]+)"|: ('[^']+'|`[^`]+`)|=\{((?:[^{}]|\$\{[^{}]*\})*)\})/g;

function givenIn(source: string): string[] {
  return [...source.matchAll(kGiven)].flatMap(([, plain, field, braces]) => {
    if (plain !== undefined) return [plain];
    // `line.kind === 'mine' ? …` would compare: only what is behind the question is a name.
    const value = (field ?? braces!).replace(/^[^?`]*\?/, '');
    return [...value.matchAll(/'([^']+)'|`([^`]+)`/g)].map(([, quoted, template]) => (quoted ?? template)!);
  });
}

/** The rows of the table under this line, without its head. */
function rowsUnder(line: string): string[] {
  const start = readme.indexOf(line);
  assert.ok(start >= 0, `the README says '${line}'`);
  const lines = readme.slice(readme.indexOf('\n|', start) + 1).split('\n');
  const rows = lines.slice(2, lines.findIndex((each) => !each.startsWith('|')));
  assert.ok(rows.length > 2, `there is a table under '${line}'`);
  return rows;
}

const namesIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

test('every data-testid is in the table, and what is in it is given to something', () => {
  const given = sourcesIn('app').flatMap(givenIn);
  assert.ok(given.length > 150, 'the sources give names');
  const putTogether = given.filter((name) => name.includes('${'));
  assert.deepEqual(sorted(putTogether), sorted(Object.keys(kPutTogether)), 'the names that are put together');
  const documented = rowsUnder('Every control has a `data-testid`').flatMap((row) => namesIn(row.replace(/\([^()]*\)/g, '')));
  assert.deepEqual(sorted(documented), sorted(given.flatMap((name) => kPutTogether[name] ?? [name])));
});

const kOpened = /<(?:a|button|select|input|textarea|PassingButton|GuideLink)(?=\s)/g;
/** To its end, over braces in braces. */
const kTag = new RegExp(`${kOpened.source}(?:[^{}>]|\\{(?:[^{}]|\\{(?:[^{}]|\\{[^{}]*\\})*\\})*\\})*>`, 'g');

test('every button, field and list to choose from has a name', () => {
  const sources = sourcesIn('app').join('\n');
  const tags = sources.match(kTag)!;
  assert.equal(tags.length, sources.match(kOpened)!.length, 'each is read to its end');
  // What spreads its attributes is handed a name with them; links in what people write have none.
  const without = tags.filter((tag) => !/testid|\{\.\.\.props\}/.test(tag));
  assert.deepEqual(without.filter((tag) => !tag.includes('piece.href')), []);
  assert.equal(without.length, 1);
});

test('the members of `window.visavis` are those of its table', () => {
  const [, members] = /const members = \{\n([\s\S]*?)\n {2}\};/.exec(readFileSync('app/debug.ts', 'utf8'))!;
  const there = [...members!.matchAll(/^ {4}(\w+): \(\) =>/gm)].map(([, name]) => name!);
  const documented = rowsUnder('a read-only `window.visavis`').map((row) => /^\| `visavis\.(\w+)/.exec(row)?.[1] ?? row);
  assert.deepEqual(sorted(documented), sorted(there));
});

test('the names are found however they are given', () => {
  const source = `
    <p data-testid="plain">{document.querySelector('[data-testid="none"]')}</p>
    <Check testid="handed" /> <i data-testid={props.testid} /> <b data-testid={\`put-\${id}-together\`} />
    <b data-testid={line.of === 'me' ? 'one' : 'other'} onClick={() => 'no'} />
    ways.push({ testid: 'field', words: t('words') }, { testid: \`field-\${kind}\` });
    testid: string;`;
  assert.deepEqual(givenIn(source), ['plain', 'handed', 'put-${id}-together', 'one', 'other', 'field', 'field-${kind}']);
});
