import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodeView } from '../../core/code_view.ts';
import type { Badge } from '../../core/path.ts';
import { freshView } from '../../core/view.ts';
import type { Verdict } from './code_standing.ts';
import { wayShown } from './way_shown.ts';

const { call, path } = freshView();

function shown(badge: Badge, reached: boolean, kind: 'room' | 'private', state: CodeView['state'], verdict: Verdict | null = null): string {
  return wayShown({ call: { ...call, kind }, path: { ...path, badge, reached }, code: { state, code: null, why: null } }, verdict);
}

test('a direct way is proven where both addresses are the devices\' own, and the keys are known to be theirs', () => {
  assert.equal(shown('direct', true, 'room', 'code', 'same'), 'proven');
  for (const state of ['code', 'making', 'unverified'] as const) assert.equal(shown('direct', true, 'private', state), 'proven', 'whoever has the link has said it');
  assert.equal(shown('direct', false, 'room', 'code', 'same'), 'direct');
  assert.equal(shown('direct', false, 'private', 'code', 'same'), 'direct');
});

test('between strangers who have not compared the code nothing is proven, nor beside a warning', () => {
  for (const state of ['none', 'making', 'code', 'unverified', 'refused'] as const) assert.equal(shown('direct', true, 'room', state), 'direct', state);
  assert.equal(shown('direct', true, 'room', 'code', 'differs'), 'direct');
  assert.equal(shown('direct', true, 'room', 'refused', 'same'), 'direct');
  assert.equal(shown('direct', true, 'private', 'refused'), 'direct');
  assert.equal(shown('direct', true, 'private', 'code', 'differs'), 'direct');
});

test('no other way is', () => {
  for (const badge of ['unknown', 'own_word', 'relayed'] as const) assert.equal(shown(badge, true, 'private', 'code', 'same'), badge);
});
