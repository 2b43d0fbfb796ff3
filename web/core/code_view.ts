// What a page shows of a call's safety code: apart from what makes it, which comes with the call.

import type { CodeFlaw } from './code_run.ts';
import type { Code } from './safety_code.ts';

export interface CodeView {
  /** `making`: for at most 10 s. `unverified`: no code came about, and nothing says why. `refused`: something is wrong with the other end. */
  state: 'none' | 'making' | 'code' | 'unverified' | 'refused';
  /** In the state `code`: both ends have it. */
  code: Code | null;
  /** `silent`: the other end has not taken part, or it was kept from it; `unseen`: this browser does not tell whom it is connected to. */
  why: 'silent' | 'unseen' | CodeFlaw | null;
}

export const kNoCode: CodeView = { state: 'none', code: null, why: null };
