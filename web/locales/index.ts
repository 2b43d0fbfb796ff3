// Looks sentences up. A language gives every sentence that English has; one that counts chooses its form by the language's own
// plural rules. Whoever reads a sentence while drawing draws again when the language changes.

import { signal } from '@preact/signals';
import { en } from './en.ts';
import type { guide as englishGuide } from './en_guide.ts';
import type { later as englishLater } from './en_later.ts';

type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };
type Sentence = string | Plural;
export type FirstKey = keyof typeof en;
/** Everything behind the first screen: loaded with the first of its parts. */
export type LaterKey = keyof typeof englishLater;
export type Key = FirstKey | LaterKey;
export type Sentences = Readonly<Record<FirstKey, Sentence>>;
export type LaterSentences = Readonly<Record<LaterKey, Sentence>>;
/** The pages that explain, which few read and which are long: loaded when they are opened. */
export type GuideKey = keyof typeof englishGuide;
export type Guide = Readonly<Record<GuideKey, Sentence>>;

export interface Language {
  /** BCP 47. */
  tag: string;
  dir: 'ltr' | 'rtl';
  sentences: Sentences;
  later?: LaterSentences | undefined;
  guide?: Guide | undefined;
}

export type Values = Readonly<Record<string, string | number>>;

export const english: Language = { tag: 'en', dir: 'ltr', sentences: en };

const current = signal<Language>(english);
let plurals = new Intl.PluralRules(english.tag);

export function speak(language: Language): void {
  plurals = new Intl.PluralRules(language.tag);
  current.value = language;
}

export function spoken(): Language {
  return current.value;
}

/** `n` chooses the plural form and is written with the language's own digits. A sentence from behind the first screen has been loaded
 *  with the part of the page that says it (app/later.tsx). */
export function t(key: Key, values: Values = {}): string {
  const { sentences, later } = current.value;
  const sentence = (sentences as Partial<Record<Key, Sentence>>)[key] ?? later?.[key as LaterKey];
  if (sentence === undefined) throw new Error(`the sentence is not loaded yet: ${key}`);
  return fill(current.value, sentence, values);
}

/** A sentence of the guide, which has been loaded (languages.ts). */
export function g(key: GuideKey, values: Values = {}): string {
  const { guide } = current.value;
  if (!guide) throw new Error(`the guide is not loaded yet: ${key}`);
  return fill(current.value, guide[key], values);
}

function fill(language: Language, sentence: Sentence, values: Values): string {
  const n = values['n'];
  const form = typeof sentence === 'string' ? sentence : ((typeof n === 'number' && sentence[plurals.select(n)]) || sentence.other);
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? value.toLocaleString(language.tag) : isolate(value, language.dir);
  });
}

const kRightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/gu;

/** Words that run against the text around them, marked (UAX #9, FSI and PDI) so that they do not tear it apart: a name in brackets, a full
 *  stop behind it. Others are left as they are. */
export function isolate(words: string, dir = current.value.dir): string {
  const isAgainst = dir === 'rtl' ? /\p{L}/u.test(words.replace(kRightToLeft, '')) : words.search(kRightToLeft) >= 0;
  return isAgainst ? `\u2068${words}\u2069` : words;
}
