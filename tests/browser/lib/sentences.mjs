// Every sentence of the page, read from the files that the page is made of (web/locales): what a person sees is held against them.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const kWeb = new URL('../../../web/', import.meta.url);
const kTags = ['en', 'ar', 'ta'];

// What bundles the page takes the types off here as well.
const { transformSync } = createRequire(new URL('package.json', kWeb))('esbuild');

async function read(file) {
  const { code } = transformSync(readFileSync(new URL(`locales/${file}.ts`, kWeb), 'utf8'), { loader: 'ts', format: 'esm' });
  const [sentences] = Object.values(await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`));
  return sentences;
}

const books = {};
for (const tag of kTags) books[tag] = { ...(await read(tag)), ...(await read(`${tag}_later`)) };

/** What a person reads. @param {string} key as the locales have it @param values in place of its `{names}` @param tag the language */
export function sentence(key, values = {}, tag = 'en') {
  const found = books[tag][key];
  if (typeof found !== 'string') throw new Error(`no sentence is called ${key} in ${tag}`);
  return found.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? missing(key, name));
}

function missing(key, name) {
  throw new Error(`${key} wants a value for ${name}`);
}
