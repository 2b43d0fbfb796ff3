// Bundles the page: hashed names, compressed copies, a manifest of what is served where, and the list that the page's own
// hash is made of (README.md). The same sources and lock file give the same bytes; the compressed copies depend on the
// zlib in Node as well, and so are in no hash. Beside it, for pages of other people's, core as one module (build_module.mjs).
//   node build.mjs [--out DIR] [--quiet] [--types]

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { writeModule } from './build_module.mjs';

const kFirstLoadGzipMax = 60 * 1024;
const kTarget = ['chrome100', 'firefox100', 'safari15.4'];
const root = fileURLToPath(new URL('.', import.meta.url));

const kTypes = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

/** Files that go out under a fixed name, and the pages that are the same document. */
const kDocuments = { '/': 'index.html', '/p': 'index.html', '/how': 'index.html', '/server': 'index.html', '/made': 'index.html', '/trouble': 'index.html' };

function readArguments(words) {
  const options = { out: join(root, 'dist'), quiet: false, types: false };
  for (let at = 0; at < words.length; at++) {
    if (words[at] === '--out' && words[at + 1]) options.out = resolve(words[++at]);
    else if (words[at] === '--quiet') options.quiet = true;
    else if (words[at] === '--types') options.types = true;
    else throw new Error(`unknown argument ${words[at]}; usage: node build.mjs [--out DIR] [--quiet] [--types]`);
  }
  return options;
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

function compress(bytes) {
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } };
  return { gzip: gzipSync(bytes, { level: 9 }), br: brotliCompressSync(bytes, quality) };
}

/** What is bundled is the lock file's, or the same sources would give other bytes. */
function checkModules() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  for (const [folder, { version, optional }] of Object.entries(packages)) {
    const file = join(root, folder, 'package.json');
    if (folder === '' || (optional && !existsSync(file))) continue;
    const installed = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : 'missing';
    if (installed !== version) fail(`${folder} is ${installed}, and the lock file has ${version}: run npm ci`);
  }
}

async function bundle() {
  const result = await build({
    absWorkingDir: root,
    // Where the modules really lie, if node_modules is a link, must not show in the bytes.
    preserveSymlinks: true,
    entryPoints: { app: 'app/main.tsx', style: 'app/style.css', later: 'app/later.css' },
    outdir: 'assets',
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: kTarget,
    minify: true,
    legalComments: 'none',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryNames: '[name]-[hash]',
    chunkNames: 'part-[hash]',
    assetNames: '[name]-[hash]',
    charset: 'utf8',
    metafile: true,
    logLevel: 'warning',
  });
  const files = new Map(result.outputFiles.map((file) => [basename(file.path), Buffer.from(file.contents)]));
  const outputs = Object.entries(result.metafile.outputs);
  const entry = (source) => outputs.find(([, output]) => output.entryPoint === source)?.[0] ?? fail(`nothing was built of ${source}`);
  const script = entry('app/main.tsx');
  const style = entry('app/style.css');
  const later = entry('app/later.css');
  const first = [...loadedWith(result.metafile, script), basename(style)];
  // English's first sentences come with the script.
  const more = (tag) => (tag === 'en' ? [] : loadedWith(result.metafile, entry(`locales/${tag}.ts`)));
  const languages = new Map(languageTags().map((tag) => [tag, [...new Set([...first, ...more(tag)])]]));
  return { files, script: basename(script), style: basename(style), later: basename(later), first, languages };
}

function languageTags() {
  const names = readdirSync(join(root, 'locales')).map((name) => /^(.+)_guide\.ts$/.exec(name)?.[1]);
  return names.filter((tag) => tag !== undefined).sort();
}

/** The script and every part that it loads at once, by name. */
function loadedWith(metafile, output, seen = new Set()) {
  if (seen.has(basename(output))) return seen;
  seen.add(basename(output));
  for (const { path, kind } of metafile.outputs[output].imports) {
    if (kind === 'import-statement') loadedWith(metafile, path, seen);
  }
  return seen;
}

/** The icon is written to by name, so its name carries its hash too. */
function addIcon(files) {
  const bytes = readFileSync(join(root, 'app/icon.svg'));
  const name = `icon-${sha256(bytes).toString('hex').slice(0, 8)}.svg`;
  files.set(name, bytes);
  return name;
}

function fill(template, values) {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name] ?? fail(`index.html asks for ${name}`));
}

function fail(text) {
  throw new Error(text);
}

/** What the page consists of, as sha256sum writes it: a line for each path, in the order of their bytes. The hash of this is the page's. */
function listOf(routes) {
  const paths = Object.keys(routes).sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  return paths.map((path) => `${routes[path].sha256}  ${path}\n`).join('');
}

function writeFile(out, file, bytes) {
  const path = join(out, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

function emit(out, file, bytes, immutable) {
  const digest = sha256(bytes);
  const entry = {
    file,
    type: kTypes[extname(file)] ?? fail(`no content type for ${file}`),
    bytes: bytes.length,
    sha256: digest.toString('hex'),
    etag: `"${digest.toString('base64url').slice(0, 22)}"`,
    immutable,
    encodings: {},
  };
  writeFile(out, file, bytes);
  const suffixes = { gzip: 'gz', br: 'br' };
  const sizes = {};
  for (const [encoding, small] of Object.entries(compress(bytes))) {
    sizes[encoding] = small.length;
    if (small.length >= bytes.length) continue;
    entry.encodings[encoding] = `${file}.${suffixes[encoding]}`;
    writeFile(out, entry.encodings[encoding], small);
  }
  return { entry, sizes };
}

async function main() {
  const options = readArguments(process.argv.slice(2));
  checkModules();
  const { files, script, style, later, first, languages } = await bundle();
  const icon = addIcon(files);
  // Named in the page itself, so that they are fetched beside the script and not after it has been read.
  const preloads = first.filter((name) => name.endsWith('.js') && name !== script);
  const links = preloads.map((name) => `<link rel="modulepreload" href="/assets/${name}">`).join('\n');
  const html = Buffer.from(fill(readFileSync(join(root, 'app/index.html'), 'utf8'), { script, style, later, icon, preloads: links }));

  rmSync(options.out, { recursive: true, force: true });
  const routes = {};
  const sizes = {};
  const document = emit(options.out, 'index.html', html, false);
  for (const route of Object.keys(kDocuments)) routes[route] = document.entry;
  sizes['index.html'] = document.sizes.gzip;
  for (const name of [...files.keys()].sort()) {
    const asset = emit(options.out, `assets/${name}`, files.get(name), true);
    routes[`/assets/${name}`] = asset.entry;
    sizes[name] = asset.sizes.gzip;
  }

  writeFile(options.out, 'manifest.json', `${JSON.stringify({ version: 1, routes }, null, 2)}\n`);
  const list = listOf(routes);
  writeFile(options.out, 'page.sha256', list);
  console.log(`page ${sha256(list).toString('hex')}`);
  const module = await writeModule(options.out, { target: kTarget, types: options.types });
  if (!options.quiet) for (const [name, size] of Object.entries(sizes)) console.log(`${String(size).padStart(7)}  ${name}`);
  if (!options.quiet) console.log(`${String(compress(module).gzip.length).padStart(7)}  module/visavis.js`);
  judgeFirstLoad(options.out, languages, (names) => ['index.html', icon, ...names].reduce((sum, name) => sum + sizes[name], 0));
}

/** One figure for each language, printed and kept beside the manifest for whoever shows them later. */
function judgeFirstLoad(out, languages, sizeOf) {
  const loads = [...languages].map(([tag, names]) => ({ tag, bytes: sizeOf(names) }));
  const figures = loads.map(({ tag, bytes }) => `${tag} ${bytes}`).join(', ');
  const line = `first load with gzip: ${figures} bytes (at most ${kFirstLoadGzipMax})`;
  writeFile(out, 'first_load.txt', `${line}\n`);
  console.log(line);
  const large = loads.filter(({ bytes }) => bytes > kFirstLoadGzipMax).map(({ tag }) => tag);
  if (large.length > 0) fail(`the first load is too large: ${large.join(', ')}`);
}

await main();
