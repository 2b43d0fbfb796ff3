import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Room } from '../core/protocol.ts';
import { arrange, company, fold, LanguageNames, matches, stillLikely } from './rooms.ts';

const room = (tag: string, name: string, waiting = 0, lately = waiting): Room => ({ tag, name, dir: 'ltr', waiting, lately });
const tamil = room('ta', 'தமிழ்');
const spanish = room('es', 'Español', 2);
const names = [new LanguageNames('de'), new LanguageNames('en')];

test('a room is found by its own name, its name in the language of the page, in English, and by its tag', () => {
  for (const words of ['தமி', 'tamil', 'Tamil', 'TA', '']) assert.ok(matches(tamil, names, words), words);
  for (const words of ['espanol', 'Spanisch', 'spanish', ' es ']) assert.ok(matches(spanish, names, words), words);
  for (const words of ['french', 'xx', 'a t']) assert.ok(!matches(tamil, names, words), words);
});

test('a room whose tag is no language is found by its name', () => {
  assert.ok(matches(room('not a tag', 'Harbour'), names, 'harb'));
});

test('letters are folded as people type them, and the vowels of Tamil stay', () => {
  assert.equal(fold(' Žluťoučký '), 'zlutoucky');
  assert.equal(fold('الإنْجليزيّة'), fold('الانجليزيه'));
  assert.equal(fold('கொரிய மொழி'), 'கொரிய மொழி'.normalize('NFD'));
});

test('own languages come first in their order, then rooms with people, then rooms that had some', () => {
  const rooms = [room('fr', 'Français'), room('hi', 'हिन्दी', 0, 3), spanish, tamil, room('pt-BR', 'Português')];
  assert.deepEqual(arrange(rooms, ['pt-PT', 'ta-IN']), ['pt-BR', 'ta', 'es', 'hi', 'fr']);
});

test('company is other rooms with people, the fullest first', () => {
  const rooms = [tamil, spanish, room('hi', 'हिन्दी', 5), room('fr', 'Français', 1)];
  assert.deepEqual(company(rooms, 'hi', 2).map(({ tag }) => tag), ['es', 'fr']);
});

test('how long it took others is told as whole seconds, until it has taken longer', () => {
  assert.equal(stillLikely(null, 0), null);
  assert.equal(stillLikely(0.2, 0), 1);
  assert.equal(stillLikely(11.6, 12_000), 12);
  assert.equal(stillLikely(11.6, 12_001), null);
});
