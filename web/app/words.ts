// Times and addresses in words.

import { isolate, spoken, t } from '../locales/index.ts';

/** A while, in its largest unit: nobody needs the seconds of a day. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return t('time.seconds', { n: whole });
  const minutes = Math.ceil(whole / 60);
  if (minutes < 60) return t('time.minutes', { n: minutes });
  const hours = Math.ceil(whole / 3_600);
  return hours <= 48 ? t('time.hours', { n: hours }) : t('time.days', { n: Math.ceil(whole / 86_400) });
}

export function listed(words: readonly string[]): string {
  return new Intl.ListFormat(spoken().tag).format(words.map((word) => isolate(word)));
}

/** Of a field: as what is written in it runs, and as the page while there is nothing yet but what is to be written. */
export function direction(text: string): 'auto' | 'ltr' | 'rtl' {
  return text === '' ? spoken().dir : 'auto';
}

/** Where a contact leads, if it is an address: the operator writes a mail address, a page or words. */
export function contactHref(contact: string): string | null {
  const text = contact.trim();
  if (/^https?:\/\/[^\s<>"]+$/i.test(text)) return text;
  return /^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>"]+$/.test(text) ? `mailto:${text.replace(/[%?&#]/g, encodeURIComponent)}` : null;
}
