import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodeView } from '../../core/code_view.ts';
import { codeStanding, isAlarm } from './code_standing.ts';

const view = (state: CodeView['state']): CodeView => ({ state, code: null, why: null });

test('what somebody has said of a code counts while there is one, and not beside a warning of the page’s own', () => {
  assert.deepEqual([codeStanding(view('code'), null), codeStanding(view('code'), 'same'), codeStanding(view('code'), 'differs')], ['open', 'same', 'differs']);
  for (const state of ['making', 'unverified', 'refused'] as const) assert.equal(codeStanding(view(state), 'same'), state);
  assert.equal(codeStanding(view('none'), 'differs'), null);
});

test('a warning is for a code that differs and for an end that does not keep to the protocol, not for silence', () => {
  assert.deepEqual(([null, 'making', 'unverified', 'open', 'same', 'differs', 'refused'] as const).filter(isAlarm), ['differs', 'refused']);
});
