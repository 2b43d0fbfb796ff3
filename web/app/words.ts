// Times and addresses in words.

import { isolate, spoken, t } from '../locales/index.ts';

/** A while still to wait, in its largest unit: nobody needs the seconds of a day. Never less than it is. */
export function duration(seconds: number): string {
  return inWords(seconds, Math.ceil);
}

/** A while that has passed: never more than it was. */
export function lasted(seconds: number): string {
  return inWords(seconds, Math.floor);
}

function inWords(seconds: number, round: (value: number) => number): string {
  const whole = Math.max(0, round(seconds));
  if (whole < 60) return t('time.seconds', { n: whole });
  const minutes = round(whole / 60);
  if (minutes < 60) return t('time.minutes', { n: minutes });
  const hours = round(whole / 3_600);
  return hours <= 48 ? t('time.hours', { n: hours }) : t('time.days', { n: round(whole / 86_400) });
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
