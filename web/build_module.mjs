// Writes core and its browser ports as one ES module that any page can import: DIR/module/visavis.js and, when asked for, its types.
// It is no part of what the server serves.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));
const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Readable, because whoever builds on it will want to read it; their own build makes it small. */
export async function writeModule(out, { target, types }) {
  const folder = join(out, 'module');
  const result = await build({
    absWorkingDir: root,
    entryPoints: ['browser/module.ts'],
    outfile: join(folder, 'visavis.js'),
    bundle: true,
    format: 'esm',
    target,
    banner: { js: `// visavis ${version}, ${license}. How to use it: web/core/README.md` },
    charset: 'utf8',
    write: false,
    logLevel: 'warning',
  });
  mkdirSync(folder, { recursive: true });
  const [{ contents }] = result.outputFiles;
  writeFileSync(join(folder, 'visavis.js'), contents);
  if (types) writeTypes(folder);
  return Buffer.from(contents);
}

function writeTypes(folder) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const run = spawnSync(process.execPath, [tsc, '-p', 'module.json', '--outDir', join(folder, 'types')], { cwd: root, stdio: 'inherit' });
  if (run.status !== 0) throw new Error('the types of the module could not be written');
  writeFileSync(join(folder, 'visavis.d.ts'), "export * from './types/browser/module.ts';\n");
}
