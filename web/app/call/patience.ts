// What to say while a connection is being made: more as it takes longer.

export type Patience = 'begin' | 'looking' | 'long' | 'very_long';

const kSteps: readonly { from: number; say: Patience }[] = [
  { from: 18_000, say: 'very_long' },
  { from: 9_000, say: 'long' },
  { from: 3_000, say: 'looking' },
];

export function patienceAfter(ms: number): Patience {
  return kSteps.find(({ from }) => ms >= from)?.say ?? 'begin';
}
