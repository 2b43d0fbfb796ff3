// The languages this page speaks, each in three parts: the first screen, what is behind it, and the pages that explain. Of English the
// first comes with the page; every other part is fetched when it is needed.

import { en } from './en.ts';
import { speak, spoken, type Guide, type LaterSentences, type Sentences } from './index.ts';

export interface Offer {
  /** BCP 47. */
  tag: string;
  /** In the language itself. */
  name: string;
  dir: 'ltr' | 'rtl';
  load: () => Promise<Sentences>;
  loadLater: () => Promise<LaterSentences>;
  loadGuide: () => Promise<Guide>;
}

export const kOffers: readonly Offer[] = [
  {
    tag: 'en',
    name: 'English',
    dir: 'ltr',
    load: () => Promise.resolve(en),
    loadLater: async () => (await import('./en_later.ts')).later,
    loadGuide: async () => (await import('./en_guide.ts')).guide,
  },
  {
    tag: 'ar',
    name: 'العربية',
    dir: 'rtl',
    load: async () => (await import('./ar.ts')).ar,
    loadLater: async () => (await import('./ar_later.ts')).later,
    loadGuide: async () => (await import('./ar_guide.ts')).guide,
  },
  {
    tag: 'ta',
    name: 'தமிழ்',
    dir: 'ltr',
    load: async () => (await import('./ta.ts')).ta,
    loadLater: async () => (await import('./ta_later.ts')).later,
    loadGuide: async () => (await import('./ta_guide.ts')).guide,
  },
];

/** The first wish that is offered, by its whole tag or by its language alone; else English. */
export function bestOffer(wishes: readonly (string | null)[], offers: readonly Offer[] = kOffers): Offer {
  for (const wish of wishes) {
    const words = wish?.toLowerCase().split('-') ?? [];
    for (let length = words.length; length > 0; length--) {
      const tag = words.slice(0, length).join('-');
      const offer = offers.find((each) => each.tag.toLowerCase() === tag);
      if (offer) return offer;
    }
  }
  return offers[0]!;
}

/** The parts that are in use once something has asked for them, and then in every language that is chosen. */
type Part = 'later' | 'guide';
type Parts = { later?: LaterSentences | undefined; guide?: Guide | undefined };
const kParts: readonly Part[] = ['later', 'guide'];

/** What has been fetched is kept by the browser: it needs no server any more. */
const had = new Set(['en']);
const nameOf = (tag: string, part: Part): string => `${tag} ${part}`;

async function fetchPart(offer: Offer, part: Part): Promise<Parts> {
  const found = part === 'later' ? { later: await offer.loadLater() } : { guide: await offer.loadGuide() };
  had.add(nameOf(offer.tag, part));
  return found;
}

/** Whether `learn` needs nothing that is still to be fetched. */
export function isHad({ tag }: Offer): boolean {
  return had.has(tag) && kParts.every((part) => !spoken()[part] || had.has(nameOf(tag, part)));
}

/** Speaks it from now on, with all parts that are in use. Throws when one cannot be fetched; the old language stays. */
export async function learn(offer: Offer): Promise<void> {
  const sentences = await offer.load();
  had.add(offer.tag);
  const parts: Parts = {};
  // Another part may have come into use meanwhile.
  for (let lacking; (lacking = kParts.filter((part) => spoken()[part] && !parts[part])).length > 0; ) {
    for (const found of await Promise.all(lacking.map((part) => fetchPart(offer, part)))) Object.assign(parts, found);
  }
  speak({ tag: offer.tag, dir: offer.dir, sentences, ...parts });
}

async function loadPart(part: Part): Promise<void> {
  const language = spoken();
  if (language[part]) return;
  const found = await fetchPart(bestOffer([language.tag]), part);
  // Another language may have been chosen meanwhile.
  if (spoken().tag !== language.tag) return loadPart(part);
  // Several may have asked for it at once: everything is drawn anew once.
  if (!spoken()[part]) speak({ ...spoken(), ...found });
}

/** What is said behind the first screen. Throws when it cannot be fetched. */
export const loadLater = (): Promise<void> => loadPart('later');
/** The pages that explain. Throws when they cannot be fetched. */
export const loadGuide = (): Promise<void> => loadPart('guide');
