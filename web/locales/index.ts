// Looks sentences up. A language gives every sentence that English has; one that counts chooses its form by the language's own
// plural rules.

import { en } from './en.ts';

type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };
export type Key = keyof typeof en;
export type Sentences = Readonly<Record<Key, string | Plural>>;

export interface Language {
  /** BCP 47. */
  tag: string;
  dir: 'ltr' | 'rtl';
  sentences: Sentences;
}

export const english: Language = { tag: 'en', dir: 'ltr', sentences: en };

let current: Language = english;
let plurals = new Intl.PluralRules(english.tag);

export function speak(language: Language): void {
  current = language;
  plurals = new Intl.PluralRules(language.tag);
}

export function spoken(): Language {
  return current;
}

/** `n` chooses the plural form and is written with the language's own digits. */
export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  const sentence = current.sentences[key];
  const n = values['n'];
  const form = typeof sentence === 'string' ? sentence : ((typeof n === 'number' && sentence[plurals.select(n)]) || sentence.other);
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? value.toLocaleString(current.tag) : value;
  });
}
