// Which screen is shown, and what may lie over it.

import type { CallState } from '../core/call_state.ts';

export type Place = 'home' | 'private' | 'ready';
export type Screen = Place | 'waiting' | 'card' | 'accepting' | 'connecting' | 'connected' | 'ended';
/**
 * What lies over the screen; `then` is what goes on when the person says yes, `late` what does when the call ends before they have.
 * `report_last`: while the next person is looked for.
 */
export type Sheet =
  | { kind: 'settings' | 'kept' | 'report' | 'report_last' }
  | { kind: 'rules'; then: () => void }
  | { kind: 'leave'; then: () => void; late: () => void };

export function screenOf({ phase, kind }: Pick<CallState, 'phase' | 'kind'>, place: Place): Screen {
  if (phase === 'idle') return place;
  // A private call goes through this by itself, for somebody without the key too: to the person it is still waiting.
  const isWaiting = phase === 'seeking' || (phase === 'accepting' && kind === 'private');
  return isWaiting ? 'waiting' : phase;
}

/** Whether a refusal for haste can have stopped the search itself: the server has not heard the wish, or not the yes to who has joined. */
export function isHeldUp({ phase, ahead }: Pick<CallState, 'phase' | 'ahead'>): boolean {
  return phase === 'accepting' || (phase === 'seeking' && ahead === null);
}

/** Whether what lies over a screen has lost its sense when this screen comes. */
export function isLate(kind: Sheet['kind'], screen: Screen, call: CallState['kind']): boolean {
  // A private call waits for a friend whose page is loaded again: it goes on, and so does the question about it.
  if (kind === 'leave') return screen !== 'connecting' && screen !== 'connected' && !(call === 'private' && screen === 'waiting');
  // A report on the one who is here is not lost with what is written in it when they go. The next one is somebody else in a room, and in a
  // private call the same one, whose page was loaded again.
  if (kind === 'report') return call !== 'private' && (screen === 'card' || screen === 'connecting');
  return screen === 'card' || screen === 'connecting' || screen === 'connected';
}
