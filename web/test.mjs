// Runs the unit tests on Node's test runner: bundles each *_test.ts for Node and hands them over.
//   node test.mjs [part of a file name …]

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));
const wanted = process.argv.slice(2);

function findTests(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? findTests(join(folder, entry.name)) : [join(folder, entry.name)]))
    .filter((path) => /_test\.tsx?$/.test(path))
    .sort();
}

const tests = ['core', 'browser', 'app', 'locales']
  .flatMap(findTests)
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)));
if (tests.length === 0) {
  console.error(`no test matches ${wanted.join(' ')}`);
  process.exit(1);
}

const out = mkdtempSync(join(tmpdir(), 'visavis-web-test-'));
try {
  await build({
    absWorkingDir: root,
    entryPoints: tests,
    outdir: out,
    outbase: root,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node18',
    // Tables in the documentation, and the vectors of the C++ tests, are read by the tests that hold them to the code.
    loader: { '.md': 'text', '.h': 'text' },
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  const files = tests.map((path) => join(out, relative('.', path).replace(/\.tsx?$/, '.mjs')));
  const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...files], { cwd: root, stdio: 'inherit' });
  process.exitCode = run.status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
