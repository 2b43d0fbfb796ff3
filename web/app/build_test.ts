// The page is the same bytes wherever, whenever and by whom it is built: that is what its hash is worth. And what is heavy comes when it is wanted.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';

const kSources = ['app', 'browser', 'core', 'locales', 'build.mjs', 'build_module.mjs', 'package.json', 'package-lock.json', 'tsconfig.json'];
const place = mkdtempSync(join(tmpdir(), 'visavis-build-test-'));
after(() => rmSync(place, { recursive: true, force: true }));

interface Surroundings {
  umask: string;
  TZ: string;
  LC_ALL: string;
}

function build(folder: string, out: string, { umask, ...environment }: Surroundings): { status: number | null; said: string } {
  const run = spawnSync('sh', ['-c', 'umask "$1" && exec "$2" build.mjs --out "$3"', 'sh', umask, process.execPath, out], {
    cwd: folder,
    env: { ...process.env, LANG: environment.LC_ALL, ...environment },
    encoding: 'utf8',
  });
  return { status: run.status, said: run.stdout + run.stderr };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)]))
    .sort();
}

const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** By name; the compressed copies depend on Node, and so are in no hash. */
function hashesIn(folder: string): Map<string, string> {
  const files = filesIn(folder).filter((file) => !/\.(gz|br)$/.test(file));
  return new Map(files.map((file) => [relative(folder, file), hashOf(file)]));
}

/** The sources as somebody else has them: elsewhere, of another day, with the modules in a place of their own. */
function copySources(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of [...kSources].reverse()) cpSync(name, join(folder, name), { recursive: true });
  for (const file of filesIn(folder)) utimesSync(file, 86_400, 86_400);
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
}

test('two builds in other folders, with another clock, language, umask and place of the modules, are the same bytes', () => {
  const copy = join(place, 'somewhere else', 'deeper');
  copySources(copy);
  const here = build('.', join(place, 'one'), { umask: '022', TZ: 'UTC', LC_ALL: 'C' });
  const there = build(copy, join(place, 'the other'), { umask: '077', TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8' });
  assert.deepEqual([here.status, there.status], [0, 0], here.said + there.said);
  const [one, other] = [hashesIn(join(place, 'one')), hashesIn(join(place, 'the other'))];
  assert.ok(one.size > 10 && one.has('index.html') && one.has('module/visavis.js'), `${one.size} files`);
  assert.deepEqual(other, one);
});

test('the list has every file that is served, and its hash is the one that the build says', () => {
  const out = join(place, 'listed');
  const { status, said } = build('.', out, { umask: '022', TZ: 'UTC', LC_ALL: 'C' });
  assert.equal(status, 0, said);
  const { routes } = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as { routes: Record<string, { file: string }> };
  const lines = readFileSync(join(out, 'page.sha256'), 'utf8').split('\n').slice(0, -1);
  const listed = lines.map((line) => /^([0-9a-f]{64}) {2}(\/.*)$/.exec(line)!.slice(1));
  assert.deepEqual(listed.map(([, path]) => path), Object.keys(routes).sort());
  for (const [hash, path] of listed) assert.equal(hash, hashOf(join(out, routes[path!]!.file)), path);
  assert.match(said, new RegExp(`^page ${hashOf(join(out, 'page.sha256'))}$`, 'm'));
  const served = new Set(Object.values(routes).map(({ file }) => file));
  const built = filesIn(out).map((file) => relative(out, file)).filter((file) => /^(assets\/|index\.html$)/.test(file) && !/\.(gz|br)$/.test(file));
  assert.deepEqual([...served].sort(), built);
});

/** The parts that a built script loads before it runs, and all that those load. */
function loadedWith(script: string, read: (name: string) => string, seen = new Set<string>()): Set<string> {
  if (seen.has(script)) return seen;
  seen.add(script);
  for (const [, name] of read(script).matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+)"/g)) loadedWith(name!, read, seen);
  return seen;
}

/** Something of each that stands in no other part: how it looks, and what it says. */
const kSeldom = {
  'the pages that explain': 'screen-how',
  'how a call was made': 'made-pairs',
  'the opening of a saved call': 'made-opened',
  'the recorded example': '"visavis.call"',
  'the sentences of these': 'Your devices agree on keys with each other',
  'what drives a connection': 'iceRestart',
  'settings': 'settings-sounds',
};

test('what explains the page, how a call was made and what drives a connection are no part of the first load', async () => {
  const out = join(place, 'first load');
  const { status, said } = build('.', out, { umask: '022', TZ: 'UTC', LC_ALL: 'C' });
  assert.equal(status, 0, said);
  const read = (name: string): string => readFileSync(join(out, 'assets', name), 'utf8');
  const [script] = /(?<=src="\/assets\/)app-\w+\.js/.exec(readFileSync(join(out, 'index.html'), 'utf8'))!;
  const first = loadedWith(script, read);
  const parts = readdirSync(join(out, 'assets')).filter((name) => name.endsWith('.js'));
  const partsWith = (text: string): string[] => parts.filter((name) => read(name).includes(text));
  assert.ok(partsWith('screen-home').every((name) => first.has(name)), 'the first screen is, so what comes with it is found');
  const { guide } = await import('../locales/ar_guide.ts');
  for (const [what, text] of Object.entries({ ...kSeldom, 'their Arabic': String(guide['how.lock']) })) {
    const found = partsWith(text);
    assert.ok(found.length > 0, `${what}: built`);
    assert.deepEqual(found.filter((name) => first.has(name)), [], `${what}: later`);
  }
  const later = loadedWith(partsWith('screen-ready')[0]!, read);
  assert.deepEqual(partsWith('made-pairs').filter((name) => later.has(name)), [], 'nor do they come with the screens before a call');
});

test('modules other than the lock file names are not built with', () => {
  const copy = join(place, 'other modules');
  copySources(copy);
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, { version: string }> };
  const { version } = lock.packages['node_modules/preact']!;
  lock.packages['node_modules/preact']!.version = '0.0.1';
  writeFileSync(join(copy, 'package-lock.json'), JSON.stringify(lock));
  const { status, said } = build(copy, join(place, 'not built'), { umask: '022', TZ: 'UTC', LC_ALL: 'C' });
  assert.equal(status, 1, said);
  assert.ok(said.includes(`node_modules/preact is ${version}, and the lock file has 0.0.1: run npm ci`), said);
});
