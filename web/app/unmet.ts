// A meeting that came to nothing leads back to the search by itself: the person is told, and not whose doing it was.

import type { Phase } from '../core/call_state.ts';
import type { ClientEvents } from '../core/events.ts';
import type { Kind } from '../core/protocol.ts';

/** Which of the sentences `waiting.…`; the words come with the screen (screens/waiting.tsx). */
export type UnmetWord = 'unmet' | 'reloaded';

/** What is still to be said after a step. Who joins a private call is nobody yet: until one is there, the other is still on the way back. */
export function unmetAfterStep(said: UnmetWord | null, kind: Kind | null, to: Phase): UnmetWord | null {
  if (kind !== 'private' || to === 'connecting' || to === 'ended' || to === 'idle') return null;
  return said;
}

/** What to say once a meeting has come to nothing. */
export function unmetWord(said: UnmetWord | null, kind: Kind | null, { from, cause }: ClientEvents['unmatched']): UnmetWord | null {
  if (kind !== 'private') return 'unmet';
  // In a private call nobody is seen before the key is proved; who was turned away is told of in other words (trouble.tsx).
  return cause === 'reload' && from !== 'accepting' ? 'reloaded' : said;
}
