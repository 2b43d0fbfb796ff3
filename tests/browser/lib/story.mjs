// The story of a call as a person reads it, saves it and opens it again.
import { writeFileSync } from 'node:fs';
import { until } from './poll.mjs';

/** Where the story of a real call is kept, for whoever wants it as the page's example (web/app/guide/made/example.json). */
const kKeepAs = process.env.VISAVIS_KEEP_MADE;

const kFacts = ['made-way', 'made-signaling', 'made-candidates', 'made-pairs', 'made-why', 'made-bytes-direct', 'made-bytes-relayed', 'made-times'];

/** What a `data-` attribute of an element says; null where there is none. */
export const data = (person, name, key) =>
  person.page.evaluate((selector, field) => document.querySelector(selector)?.dataset[field] ?? null, `[data-testid="${name}"]`, key);

/** The facts are those of `wanted`: `live`, `last`, `example` or `file`. */
export const storyOf = (person, wanted) => until(`${person.name}: the facts of ${wanted}`, async () => (await data(person, 'made-source', 'source')) === wanted);

/** The facts that a file has as well, in words. */
export async function toldFacts(person) {
  return Object.fromEntries(await Promise.all(kFacts.map(async (name) => [name, await person.text(name)])));
}

/** From the call, over it. */
export async function openStory(person) {
  await person.showControls();
  await person.press('path-badge');
  await person.press('call-made');
  await storyOf(person, 'live');
}

/** Runs in the page: from here on what is saved stays in it, and no browser asks where to put it. */
function keepSaved() {
  delete window.vvSavedAs;
  if (window.vvSaves) return;
  window.vvSaves = true;
  const { createObjectURL } = URL;
  URL.createObjectURL = (blob) => {
    window.vvSaved = blob;
    return createObjectURL.call(URL, blob);
  };
  const { click } = HTMLAnchorElement.prototype;
  HTMLAnchorElement.prototype.click = function () {
    if (this.download === '') return click.call(this);
    window.vvSavedAs = this.download;
    return undefined;
  };
}

/** The text of the file. */
export async function saveStory(person) {
  await person.page.evaluate(keepSaved);
  await person.press('made-save');
  await until('a file', () => person.page.evaluate(() => window.vvSavedAs === 'visavis-call.json'));
  const text = await person.page.evaluate(() => window.vvSaved.text());
  if (kKeepAs) writeFileSync(kKeepAs, text);
  return text;
}

/** Gives the page that opens saved calls these texts as files. @param {'chosen' | 'dropped'} how */
export function giveFiles(person, texts, how = 'chosen') {
  return person.page.evaluate((contents, way) => {
    const given = new DataTransfer();
    for (const [at, text] of contents.entries()) given.items.add(new File([text], `call-${at}.json`, { type: 'application/json' }));
    if (way === 'dropped') {
      document.querySelector('[data-testid=screen-made]').dispatchEvent(new DragEvent('drop', { dataTransfer: given, bubbles: true, cancelable: true }));
      return;
    }
    const field = document.querySelector('[data-testid=made-file]');
    field.files = given.files;
    field.dispatchEvent(new Event('change', { bubbles: true }));
  }, texts, how);
}
