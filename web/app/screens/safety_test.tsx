import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { CallState } from '../../core/call_state.ts';
import { later as en } from '../../locales/en_later.ts';
import { english, speak } from '../../locales/index.ts';
import type { Model } from '../model.ts';
import { Safety } from './safety.tsx';

before(() => speak({ ...english, later: en }));

/** The test ids and the words of what is drawn, in order. */
function drawn(server: string, noted: CallState['noted'], about: string | null = 'call'): string[] {
  const found: string[] = [];
  const walk = (node: unknown): void => {
    if (typeof node === 'string') found.push(node);
    if (Array.isArray(node)) node.forEach(walk);
    const { props } = (node ?? {}) as { props?: Record<string, unknown> };
    if (!props) return;
    if (props['data-testid']) found.push(String(props['data-testid']));
    walk(props['children']);
  };
  walk(Safety({ model: { view: { value: { server, call: { noted, about } } } } as unknown as Model, question: 'ended.safety', onReport: () => {} }));
  return found;
}

test('what has been said of somebody is not offered again, and what could not be kept is', () => {
  const offers = (noted: CallState['noted']): string[] => drawn('open', noted).filter((word) => word === 'block' || word === 'report');
  assert.deepEqual(offers({ block: false, report: false }), ['block', 'report']);
  assert.deepEqual(offers({ block: true, report: false }), ['report']);
  assert.deepEqual(offers({ block: false, report: true }), ['block']);
  assert.deepEqual(drawn('open', { block: true, report: 'failed' }).slice(-3), ['noted', en['ended.noted.block'], en['ended.noted.failed']]);
  assert.ok(drawn('open', { block: true, report: 'failed' }).includes(en['ended.report.again']));
});

test('a page that has lost its place with the server offers nothing that it cannot do', () => {
  assert.deepEqual(drawn('closed', { block: false, report: false }), ['noted']);
  assert.deepEqual(drawn('closed', { block: false, report: 'failed' }), ['noted', en['ended.noted.lost']]);
  assert.deepEqual(drawn('closed', { block: 'failed', report: false }), ['noted', en['ended.noted.block.lost']]);
  assert.deepEqual(drawn('closed', { block: 'waiting', report: 'waiting' }), ['noted', en['ended.noted.block.lost'], en['ended.noted.lost']]);
  assert.ok(drawn('lost', { block: false, report: false }).includes('block'), 'what is away for a moment gets it later');
});

test('what waits for the server is said to, and not offered again', () => {
  assert.deepEqual(drawn('lost', { block: 'waiting', report: 'waiting' }), ['noted', en['ended.noted.block.waiting'], en['ended.noted.waiting']]);
});

test('of a call that the server has forgotten nothing is offered that it would refuse', () => {
  assert.deepEqual(drawn('open', { block: 'failed', report: false }, null), ['noted', en['ended.noted.block.lost']]);
  assert.deepEqual(drawn('open', { block: true, report: 'failed' }, null), ['noted', en['ended.noted.block'], en['ended.noted.lost']]);
});
