// Times and amounts, in the words and digits of the language.

import { spoken } from '../../../locales/index.ts';

const inUnit = (value: number, unit: string, digits: number, unitDisplay: 'short' | 'long' = 'short'): string =>
  value.toLocaleString(spoken().tag, { style: 'unit', unit, unitDisplay, maximumFractionDigits: digits });

export function timeOf(ms: number): string {
  return Math.abs(ms) < 1_000 ? inUnit(Math.round(ms), 'millisecond', 0) : inUnit(ms / 1_000, 'second', 1);
}

export function sizeOf(bytes: number): string {
  if (bytes < 1_000) return inUnit(bytes, 'byte', 0, 'long'); // short it has no plural
  if (bytes < 1_000_000) return inUnit(bytes / 1_000, 'kilobyte', 1);
  return bytes < 1_000_000_000 ? inUnit(bytes / 1_000_000, 'megabyte', 1) : inUnit(bytes / 1_000_000_000, 'gigabyte', 1);
}
