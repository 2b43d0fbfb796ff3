// How the safety code stands, with what the person has said of it.

import type { CodeView } from '../../core/code_view.ts';

/** What a person has found when comparing. */
export type Verdict = 'same' | 'differs';
export type Standing = 'making' | 'unverified' | 'refused' | 'open' | Verdict;

/** Null while there is no call to speak of. `open`: there is a code, and nobody has compared it. */
export function codeStanding({ state }: CodeView, verdict: Verdict | null): Standing | null {
  if (state === 'none') return null;
  return state === 'code' ? (verdict ?? 'open') : state;
}

/** Somebody may stand between the two. */
export function isAlarm(standing: Standing | null): standing is 'differs' | 'refused' {
  return standing === 'differs' || standing === 'refused';
}
