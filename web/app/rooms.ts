// Rooms as a person looks for them: in their own words and script, the likeliest first.

import type { Room } from '../core/protocol.ts';

/** Names of languages in one language, where the browser knows them. */
export class LanguageNames {
  private readonly tag: string;
  private names: Intl.DisplayNames | null = null;

  constructor(tag: string) {
    this.tag = tag;
  }

  /** Null where it has no name. */
  of(tag: string): string | null {
    // Made when first asked: it takes a phone longer than drawing the screen.
    this.names ??= new Intl.DisplayNames([this.tag], { type: 'language', fallback: 'none' });
    try {
      return this.names.of(tag) ?? null;
    } catch {
      // Not a tag at all: an operator may name a room as they like.
      return null;
    }
  }
}

/** Latin accents; in Arabic what stretches a word, the signs of vowels, and the hamza on an alef. */
const kLeftOut = /[\u0300-\u036f\u0640\u064b-\u065f\u0670]/g;

/** Lower case, without accents, and with the letters that Arabic hands write for one another as one: as people type. */
export function fold(text: string): string {
  return text.normalize('NFD').replace(kLeftOut, '').replaceAll('ى', 'ي').replaceAll('ة', 'ه').toLowerCase().trim();
}

/** `names`: in the languages in which rooms are looked for. */
export function matches(room: Room, names: readonly LanguageNames[], words: string): boolean {
  const wanted = fold(words);
  if (wanted === '') return true;
  const known = [room.name, ...names.map((each) => each.of(room.tag))].filter((name) => name !== null).map(fold);
  return room.tag.toLowerCase() === wanted || known.some((name) => name.includes(wanted));
}

/** The person's own languages first, then where people are, then where people were; otherwise in the server's order. */
export function arrange(rooms: readonly Room[], spoken: readonly string[]): string[] {
  const primary = (tag: string): string => tag.toLowerCase().split('-')[0]!;
  const own = spoken.map(primary);
  const rank = (room: Room): number => {
    const at = own.indexOf(primary(room.tag));
    if (at >= 0) return at;
    return own.length + (room.waiting > 0 ? 0 : room.lately > 0 ? 1 : 2);
  };
  return [...rooms].sort((one, other) => rank(one) - rank(other)).map((room) => room.tag);
}

/** Other rooms in which somebody waits now, the fullest first. */
export function company(rooms: readonly Room[], here: string | null, most: number): Room[] {
  return rooms
    .filter((room) => room.waiting > 0 && room.tag !== here)
    .sort((one, other) => other.waiting - one.waiting)
    .slice(0, most);
}

/** What an estimate of the wait is worth once somebody has waited themselves: whole seconds; null when it has not come true. */
export function stillLikely(estimate: number | null, waitedMs: number): number | null {
  if (estimate === null) return null;
  const seconds = Math.max(1, Math.round(estimate));
  return waitedMs <= seconds * 1_000 ? seconds : null;
}
