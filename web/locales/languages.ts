// The languages this page speaks. English comes with the page; each other one is a part that is fetched when it is chosen.

import { en } from './en.ts';
import { speak, spoken, type Guide, type Sentences } from './index.ts';

export interface Offer {
  /** BCP 47. */
  tag: string;
  /** In the language itself. */
  name: string;
  dir: 'ltr' | 'rtl';
  load: () => Promise<Sentences>;
  loadGuide: () => Promise<Guide>;
}

export const kOffers: readonly Offer[] = [
  {
    tag: 'en',
    name: 'English',
    dir: 'ltr',
    load: () => Promise.resolve(en),
    loadGuide: async () => (await import('./en_guide.ts')).guide,
  },
  {
    tag: 'ar',
    name: 'العربية',
    dir: 'rtl',
    load: async () => (await import('./ar.ts')).ar,
    loadGuide: async () => (await import('./ar_guide.ts')).guide,
  },
  {
    tag: 'ta',
    name: 'தமிழ்',
    dir: 'ltr',
    load: async () => (await import('./ta.ts')).ta,
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

/** What has been fetched is kept by the browser: it needs no server any more. English comes with the page, its guide does not. */
const had = new Set(['en']);
const hadGuides = new Set<string>();

async function fetchGuide(offer: Offer): Promise<Guide> {
  const guide = await offer.loadGuide();
  hadGuides.add(offer.tag);
  return guide;
}

/** Whether `learn` needs nothing that is still to be fetched. */
export function isHad({ tag }: Offer): boolean {
  return had.has(tag) && (!spoken().guide || hadGuides.has(tag));
}

/** Speaks it from now on, with the guide if that is in use. Throws when its part cannot be fetched; the old one stays. */
export async function learn(offer: Offer): Promise<void> {
  const sentences = await offer.load();
  had.add(offer.tag);
  const guide = spoken().guide ? await fetchGuide(offer) : undefined;
  speak({ tag: offer.tag, dir: offer.dir, sentences, guide });
}

export async function loadGuide(): Promise<void> {
  const language = spoken();
  if (language.guide) return;
  const guide = await fetchGuide(bestOffer([language.tag]));
  // Another language may have been chosen meanwhile.
  if (spoken().tag === language.tag) speak({ ...spoken(), guide });
  else await loadGuide();
}
