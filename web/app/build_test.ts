// The page is the same bytes wherever, whenever and by whom it is built: that is what its hash is worth.

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
