// The language of the page, as a person chooses it.

import { signal } from '@preact/signals';
import { spoken } from '../locales/index.ts';
import { bestOffer, isHad, learn } from '../locales/languages.ts';
import { reachServer } from './reach.ts';
import { settings } from './settings.ts';

/** The tag of a language whose part could not be fetched: the server is away, or was updated and no longer has it. */
export const missing = signal<string | null>(null);

export async function chooseLanguage(tag: string): Promise<void> {
  missing.value = null;
  try {
    const offer = bestOffer([tag]);
    if (!isHad(offer)) await reachServer();
    await learn(offer);
    settings.language.value = tag;
  } catch {
    missing.value = tag;
  }
}

/** What the address asks for, what was chosen here, what the browser is set to; English when none of them can be had. */
export async function speakTheirLanguage(): Promise<void> {
  const asked = new URLSearchParams(location.search).get('lang');
  const offer = bestOffer([asked, settings.language.value, ...navigator.languages]);
  if (offer.tag === spoken().tag) return;
  try {
    await learn(offer);
  } catch {
    missing.value = offer.tag;
  }
}
