import assert from 'node:assert/strict';
import { test } from 'node:test';
import { en } from './en.ts';
import { guide as enGuide } from './en_guide.ts';
import { later as enLater } from './en_later.ts';
import { english, g, speak, spoken, t, type Guide, type LaterSentences, type Sentences } from './index.ts';
import { bestOffer, isHad, kOffers, learn, loadGuide, loadLater, type Offer } from './languages.ts';

type Table = Readonly<Record<string, string | Readonly<Record<string, string>>>>;
const placeholders = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
const forms = (sentence: Table[string]): string[] => (typeof sentence === 'string' ? [sentence] : Object.values(sentence));

/** The forms that stand for more than one number, and so have to say which. */
function severalNumbers(tag: string): Set<string> {
  const rules = new Intl.PluralRules(tag);
  const seen = new Map<string, number>();
  for (let n = 0; n <= 1_000; n++) seen.set(rules.select(n), (seen.get(rules.select(n)) ?? 0) + 1);
  return new Set([...seen].filter(([, numbers]) => numbers > 1).map(([rule]) => rule));
}

/** What is wrong with a translation, a line each. */
function faults(table: Table, original: Table, tag: string): string[] {
  const rules = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;
  const several = severalNumbers(tag);
  const found: string[] = [];
  for (const key of Object.keys(table)) if (!Object.hasOwn(original, key)) found.push(`${key}: English has no such sentence`);
  for (const [key, sentence] of Object.entries(original)) {
    const said = table[key];
    if (said === undefined) {
      found.push(`${key}: missing`);
      continue;
    }
    if (typeof said !== typeof sentence) found.push(`${key}: counts in one language and not in the other`);
    const wanted = placeholders(forms(sentence).at(-1)!);
    for (const [rule, form] of typeof said === 'string' ? [['', said] as const] : Object.entries(said)) {
      if (form.trim() === '') found.push(`${key}: empty`);
      const has = placeholders(form);
      // A form for one certain number may write the number as a word.
      const lacks = wanted.filter((name) => !has.includes(name) && !(name === '{n}' && rule !== '' && !several.has(rule)));
      const more = has.filter((name) => !wanted.includes(name));
      if (lacks.length + more.length > 0) found.push(`${key}: fills in ${has.join(' ')}, not ${wanted.join(' ')}`);
    }
    if (typeof said === 'string') continue;
    for (const rule of rules) if (!Object.hasOwn(said, rule)) found.push(`${key}: no form for "${rule}"`);
    for (const rule of Object.keys(said)) if (!(rules as string[]).includes(rule)) found.push(`${key}: ${tag} has no "${rule}"`);
  }
  return found;
}

for (const offer of kOffers) {
  test(`${offer.name} says everything that English says, with the same values and all of its plural forms`, async () => {
    assert.deepEqual(faults((await offer.load()) as Table, en, offer.tag), []);
    assert.deepEqual(faults((await offer.loadLater()) as Table, enLater, offer.tag), []);
    assert.deepEqual(faults((await offer.loadGuide()) as Table, enGuide, offer.tag), []);
  });
}

/** Names that stay as they are in every script. */
const kNames = new Set(
  'visavis STUN TURN ICE DTLS SRTP UDP VPN QR WebRTC Wi-Fi https http localhost Chrome Edge Firefox Safari'.split(' '),
);
/** The same in every language: a name, and a pattern without words. */
const kAlike = new Set(['app.name', 'device.unnamed']);
const kScripts: Readonly<Record<string, RegExp>> = { ar: /^[\u0621-\u063a\u0641-\u064a]$/, ta: /^\p{Script=Tamil}$/u };

/** What in a translation is not of its language, a line each. */
function foreign(table: Table, original: Table, tag: string): string[] {
  const script = kScripts[tag]!;
  const found: string[] = [];
  for (const [key, sentence] of Object.entries(table)) {
    if (forms(sentence).some((form) => forms(original[key] ?? '').includes(form)) && !kAlike.has(key)) found.push(`${key}: English`);
    for (const form of forms(sentence)) {
      const text = form.replace(/\{\w+\}/g, '').replace(/[A-Za-z][A-Za-z-]*[A-Za-z]/g, (word) => (kNames.has(word) ? '' : word));
      const strange = [...text].filter((letter) => /\p{L}/u.test(letter) && !script.test(letter));
      if (strange.length > 0) found.push(`${key}: ${strange.join('')}`);
      if (/\p{Nd}/u.test(text)) found.push(`${key}: a number that is not filled in`);
      if (tag === 'ar' && /[,;?"]/.test(text)) found.push(`${key}: punctuation of another script`);
      // Slashes at the end of an address would turn to its other side.
      if (tag === 'ar' && /\/\/(?![a-z\u2069])/.test(form)) found.push(`${key}: an address that is not set apart`);
    }
  }
  return found;
}

for (const offer of kOffers.filter(({ tag }) => tag !== 'en')) {
  test(`${offer.name} is written in its own words, letters and punctuation`, async () => {
    assert.deepEqual(foreign((await offer.load()) as Table, en, offer.tag), []);
    assert.deepEqual(foreign((await offer.loadLater()) as Table, enLater, offer.tag), []);
    assert.deepEqual(foreign((await offer.loadGuide()) as Table, enGuide, offer.tag), []);
  });
}

test('what is pressed in Tamil is a short stem, as its head says: not the form of notices', async () => {
  const tamil = kOffers.find(({ tag }) => tag === 'ta')!;
  const table = { ...(await tamil.load()), ...(await tamil.loadLater()) } as Table;
  const isForm = (words: string): boolean => words.endsWith('வும்');
  // There it is "and": microphone and camera.
  assert.deepEqual(Object.keys(table).filter((key) => forms(table[key]!).some(isForm)), ['ready.toggles']);
});

test('where scripts are off the page says so in every language', async () => {
  const { readFileSync } = await import('node:fs');
  const [, words] = /<noscript>([\s\S]*)<\/noscript>/.exec(readFileSync('app/index.html', 'utf8'))!;
  const said = new Map([...words!.matchAll(/<p(?: lang="(\w+)")?(?: dir="(\w+)")?>([^<]*JavaScript[^<]*)<\/p>/g)].map(([, tag = 'en', dir = 'ltr', text]) => [tag, { dir, text }]));
  assert.deepEqual([...said.keys()].sort(), kOffers.map(({ tag }) => tag).sort());
  for (const { tag, dir } of kOffers) {
    assert.equal(said.get(tag)!.dir, dir);
    if (tag !== 'en') assert.deepEqual(foreign({ a: said.get(tag)!.text!.replaceAll('JavaScript', '') }, {}, tag), []);
  }
});

test('a sentence that is left in another language or script is found out', () => {
  const original = { a: 'Back', b: 'Write', c: 'Wait', d: 'Go', e: 'Open' };
  const arabic = { a: 'Back', b: 'اكتب, من فضلك', c: 'انتظر 5 دقائق', d: 'انتقل إلی', e: 'افتح https:// الآن' };
  assert.deepEqual(foreign(arabic, original, 'ar'), [
    'a: English',
    'a: Back',
    'b: punctuation of another script',
    'c: a number that is not filled in',
    'd: ی',
    'e: an address that is not set apart',
  ]);
  assert.deepEqual(foreign({ a: 'Chrome உலாவி', e: 'திற now' }, original, 'ta'), ['e: now']);
});

test('a translation that lacks, adds or bends a sentence is found out', () => {
  const original = { plain: 'Hello {name}', counts: { one: '{n} person', other: '{n} people' } };
  assert.deepEqual(faults({ plain: 'Hallo {name}', counts: { one: 'einer', other: '{n} Leute' } }, original, 'de'), []);
  assert.deepEqual(faults({ plain: '{name}', counts: { one: 'eins', other: 'viele' } }, original, 'de'), ['counts: fills in , not {n}']);
  const bad = { plain: 'Hallo {nam}', counts: { one: '{n} Person', few: '', other: '{n} Leute' }, more: 'x' };
  assert.deepEqual(faults(bad, original, 'de'), [
    'more: English has no such sentence',
    'plain: fills in {nam}, not {name}',
    'counts: empty',
    'counts: de has no "few"',
  ]);
  assert.deepEqual(faults({ counts: 'x' }, original, 'ar').slice(0, 2), ['plain: missing', 'counts: counts in one language and not in the other']);
});

const other = (tag: string, changes: Partial<LaterSentences> = {}): Offer => ({
  tag,
  name: tag,
  dir: tag === 'ar' ? 'rtl' : 'ltr',
  load: async () => en,
  loadLater: async () => ({ ...enLater, ...changes }),
  loadGuide: async () => enGuide as Guide,
});

test('the first wish that is offered wins, whole or by its language, and English where none is', () => {
  const offers = [kOffers[0]!, other('ar'), other('zh-Hant')];
  const best = (...wishes: (string | null)[]): string => bestOffer(wishes, offers).tag;
  assert.equal(best(null, 'ar-EG', 'en'), 'ar');
  assert.equal(best('zh-Hant-TW'), 'zh-Hant');
  assert.equal(best('zh-Hans', 'AR'), 'ar');
  assert.equal(best('fr', 'de'), 'en');
  assert.equal(best(), 'en');
});

test('a language that cannot be fetched leaves the old one', async () => {
  const broken: Offer = { ...other('ar'), load: () => Promise.reject(new Error('offline')) };
  await assert.rejects(learn(broken), /offline/);
  assert.equal(spoken().tag, 'en');
});

test('the guide is loaded once asked for, and comes along when the language changes', async () => {
  try {
    speak(english);
    assert.throws(() => g('how.title'), /not loaded/);
    await loadGuide();
    assert.equal(g('how.title'), enGuide['how.title']);
    await loadLater();
    await learn(other('ar', { back: 'رجوع' }));
    assert.equal(t('back'), 'رجوع');
    assert.equal(g('how.title'), enGuide['how.title']);
  } finally {
    speak(english);
  }
});

test('what is behind the first screen is loaded once asked for, also while the language changes', async () => {
  try {
    speak(english);
    assert.equal(t('menu.how'), en['menu.how']);
    assert.throws(() => t('back'), /not loaded/);
    // The part comes into use while the first sentences of the other language are on their way.
    let arrive = (): void => {};
    const slow: Offer = {
      ...other('ar', { back: 'رجوع' }),
      load: () => new Promise<Sentences>((resolve) => (arrive = () => resolve(en))),
    };
    const learning = learn(slow);
    await loadLater();
    assert.equal(t('back'), enLater['back']);
    arrive();
    await learning;
    assert.deepEqual([spoken().tag, t('back')], ['ar', 'رجوع']);
  } finally {
    speak(english);
  }
});

test('a part that several ask for at once is spoken, and so drawn, once', async () => {
  const { effect } = await import('@preact/signals');
  try {
    speak(english);
    const drawn: boolean[] = [];
    const stop = effect(() => void drawn.push(spoken().later !== undefined));
    await Promise.all([loadLater(), loadLater(), loadLater()]);
    stop();
    assert.deepEqual(drawn, [false, true]);
  } finally {
    speak(english);
  }
});

/** The sentences a source file may say, of a table: those it has word for word, whether in `t(…)` or on the way to one, and those that
 *  fit a template. */
function sentencesIn(source: string, table: Table): string[] {
  const code = source.replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '').replace(/^(?:import|export)\b[^;]*? from '[^']+';$/gm, '');
  const words = new Set([...code.matchAll(/'([\w.]+)'/g)].map(([, word]) => word!));
  const templates = [...code.matchAll(/`((?:[\w.]|\$\{[^}]*\})+)`/g)].map(([, template]) => {
    const fixed = template!.split(/\$\{[^}]*\}/).map((part) => part.replaceAll('.', '\\.'));
    return new RegExp(`^${fixed.join('\\w+')}$`);
  });
  return Object.keys(table).filter((key) => words.has(key) || templates.some((template) => template.test(key)));
}

test('sentences are seen in a source whatever way it comes to them, and words that only look like them are not', () => {
  const table = { 'a.one': '', 'a.two': '', 'b.x.text': '', 'b.y.text': '', 'b.x': '', close: '', menu: '', mode: '' };
  const source = [
    "import { menu } from './menu';",
    "// t('close')",
    "t('a.one', { n: 1 }); const word: Key = isOne ? 'a.two' : 'a.three'; t(word);",
    'const said = { sentence: `b.${which}.text` }; open(mode);',
  ];
  assert.deepEqual(sentencesIn(source.join('\n'), table), ['a.one', 'a.two', 'b.x.text', 'b.y.text']);
  assert.deepEqual(sentencesIn('t(`b.${which}`)', table), ['b.x']);
});

/** Every file that is loaded with this one, by path. */
async function loadedWith(start: string): Promise<Map<string, string>> {
  const { readFileSync } = await import('node:fs');
  const { dirname, join } = await import('node:path');
  const found = new Map<string, string>();
  const walk = (path: string): void => {
    if (found.has(path)) return;
    const text = readFileSync(path, 'utf8');
    found.set(path, text);
    for (const [, name] of text.matchAll(/^(?:import|export) (?!type )[^;]*? from '(\.[^']+)'/gm)) walk(join(dirname(path), name!));
  };
  walk(start);
  return found;
}

/** What files of the first screen say on later ones only: how long something takes; what stands in the way of a meeting that is looked
 *  for; what is tried out there. */
const kSaidLater = /^app\/(?:words\.ts: time\.|trouble\.tsx: (?:notice\.|waiting\.tried$)|alerts\.ts: waiting\.tell\.on$)/;

test('the first screen says nothing that comes later', async () => {
  const files = [...(await loadedWith('app/main.tsx'))].filter(([path]) => path.startsWith('app/'));
  const said = new Set(files.flatMap(([, source]) => sentencesIn(source, en)));
  assert.ok(files.some(([path]) => path === 'app/screens/home.tsx') && said.size > 40, `${files.length} files say ${said.size} things`);
  assert.ok(said.has('unable.insecure'), 'by a template');
  assert.ok(said.has('server.closed.version'), 'by a function');
  const late = files.flatMap(([path, source]) => sentencesIn(source, enLater).map((key) => `${path}: ${key}`));
  assert.deepEqual(late.filter((each) => !kSaidLater.test(each)), []);
});

test('no sentence is named past the types, which know every one, also where a template makes its name', async () => {
  const { readdirSync, readFileSync } = await import('node:fs');
  const sources = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? sources(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]));
  const all = sources('app').filter((path) => /\.tsx?$/.test(path));
  assert.ok(all.length > 60, `${all.length}`);
  assert.deepEqual(all.filter((path) => /\bas (?:any|never|unknown as )?(?:First|Later|Guide)?Key\b/.test(readFileSync(path, 'utf8'))), []);
});

test('a language needs nothing more from the server once all of it has come that is in use', async () => {
  const german = other('de');
  try {
    speak(english);
    assert.deepEqual([isHad(kOffers[0]!), isHad(german)], [true, false]);
    await assert.rejects(learn({ ...german, load: () => Promise.reject(new Error('offline')) }));
    assert.equal(isHad(german), false);
    await learn(german);
    assert.equal(isHad(german), true);
    for (const part of [{ guide: enGuide }, { later: enLater }]) {
      speak({ ...english, ...part });
      assert.equal(isHad(german), false, 'another part is in use now, and was not fetched');
      await learn(german);
      assert.equal(isHad(german), true);
    }
  } finally {
    speak(english);
  }
});
