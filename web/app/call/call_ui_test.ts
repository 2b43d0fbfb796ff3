import { signal } from '@preact/signals';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshView, type View } from '../../core/view.ts';
import { later } from '../../locales/en_later.ts';
import { english, speak } from '../../locales/index.ts';
import type { Model } from '../model.ts';
import { CallUi } from './call_ui.ts';

test('a message that says the same as the one before is said again', () => {
  speak({ ...english, later });
  const view = signal<View>(freshView());
  const model = { view, screen: signal('connected'), sheet: signal(null) } as unknown as Model;
  const ui = new CallUi(model);
  const stop = ui.follow();
  const hear = (): typeof ui.said.value => {
    view.value = { ...view.value, chat: [...view.value.chat, { mine: false, text: 'yes' }] };
    return ui.said.value;
  };
  const [first, second] = [hear(), hear()];
  assert.match(first.words, /yes/);
  assert.equal(second.words, first.words);
  assert.notEqual(second.turn, first.turn);
  stop();
});

test('that a call is relayed is said once, however often something else changes', () => {
  speak({ ...english, later });
  const view = signal<View>({ ...freshView(), path: { own: null, partner: null, badge: 'relayed', reached: false } });
  const model = { view, screen: signal('connected'), sheet: signal(null) } as unknown as Model;
  const ui = new CallUi(model);
  const stop = ui.follow();
  const { turn, words } = ui.said.value;
  assert.equal(words, later['path.relayed.title']);
  view.value = { ...view.value, path: { ...view.value.path } };
  assert.equal(ui.said.value.turn, turn);
  stop();
});
