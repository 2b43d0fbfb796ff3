import assert from 'node:assert/strict';
import { test } from 'node:test';
import { en } from './en.ts';
import { guide as enGuide } from './en_guide.ts';
import { english, g, speak, spoken, t, type Guide, type Sentences } from './index.ts';
import { bestOffer, kOffers, learn, loadGuide, type Offer } from './languages.ts';

type Table = Readonly<Record<string, string | Readonly<Record<string, string>>>>;
const placeholders = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
const forms = (sentence: Table[string]): string[] => (typeof sentence === 'string' ? [sentence] : Object.values(sentence));

/** What is wrong with a translation, a line each. */
function faults(table: Table, original: Table, tag: string): string[] {
  const rules = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;
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
    for (const form of forms(said)) {
      if (form.trim() === '') found.push(`${key}: empty`);
      const has = placeholders(form);
      // A form for one certain number may write the number as a word.
      const lacks = wanted.filter((name) => !has.includes(name) && !(typeof said !== 'string' && name === '{n}'));
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
    assert.deepEqual(faults((await offer.loadGuide()) as Table, enGuide, offer.tag), []);
  });
}

test('a translation that lacks, adds or bends a sentence is found out', () => {
  const original = { plain: 'Hello {name}', counts: { one: '{n} person', other: '{n} people' } };
  assert.deepEqual(faults({ plain: 'Hallo {name}', counts: { one: 'einer', other: '{n} Leute' } }, original, 'de'), []);
  const bad = { plain: 'Hallo {nam}', counts: { one: '{n} Person', few: '', other: '{n} Leute' }, more: 'x' };
  assert.deepEqual(faults(bad, original, 'de'), [
    'more: English has no such sentence',
    'plain: fills in {nam}, not {name}',
    'counts: empty',
    'counts: de has no "few"',
  ]);
  assert.deepEqual(faults({ counts: 'x' }, original, 'ar').slice(0, 2), ['plain: missing', 'counts: counts in one language and not in the other']);
});

const other = (tag: string, changes: Partial<Sentences> = {}): Offer => ({
  tag,
  name: tag,
  dir: tag === 'ar' ? 'rtl' : 'ltr',
  load: async () => ({ ...en, ...changes }),
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
    await learn(other('ar', { back: 'رجوع' }));
    assert.equal(t('back'), 'رجوع');
    assert.equal(g('how.title'), enGuide['how.title']);
  } finally {
    speak(english);
  }
});
