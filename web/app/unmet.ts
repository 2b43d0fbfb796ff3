// A meeting that came to nothing leads back to the search by itself: the person is told, and not whose doing it was.

import type { CallState, Phase } from '../core/call_state.ts';

export type Unmet = 'waiting.unmet' | 'waiting.reloaded';

/** What to say while the search goes on; `from`: how far it had come, null when nothing has happened. */
export function unmetSentence(from: Phase | null, { kind, someoneTried }: Pick<CallState, 'kind' | 'someoneTried'>): Unmet | null {
  if (from === null) return null;
  if (kind === 'room') return 'waiting.unmet';
  // In a private call nobody is seen before the key is proved; who was turned away is told of in other words (trouble.tsx).
  return from === 'connected' || (from === 'connecting' && !someoneTried) ? 'waiting.reloaded' : null;
}
