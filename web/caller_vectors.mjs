// Writes what the page does with known randomness to where the C++ tests of the native caller read it: core/testing/caller_vectors.ts.
//   node caller_vectors.mjs

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

const { outputFiles } = await build({
  entryPoints: [at('core/testing/caller_vectors.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node18',
  write: false,
  logLevel: 'warning',
});
const { writeCallerVectors } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
writeFileSync(at('../src/caller/page_vectors_for_test.h'), await writeCallerVectors());
