import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathOf, Places, spotOf, stepTo, type Spot } from './places.ts';

const spot = (at: Spot['at'], room: string | null = null): Spot => ({ at, room });
const home = spot('home');
const ready = spot('ready', 'ta');
const meeting = spot('meeting', 'ta');

test('a new place goes on top', () => {
  assert.deepEqual(stepTo([home], ready), { put: 'push', stack: [home, ready] });
});

test('a place that is shown already needs nothing', () => {
  assert.equal(stepTo([home, ready], spot('ready', 'ta')), null);
});

test('a place below is gone back to, over everything above it', () => {
  assert.deepEqual(stepTo([home, ready, meeting], home), { go: -2 });
  assert.deepEqual(stepTo([home, ready, meeting, spot('how')], meeting), { go: -1 });
});

test('another room takes the place of the one before', () => {
  const other = spot('meeting', 'hi');
  assert.deepEqual(stepTo([home, ready, meeting], other), { put: 'replace', stack: [home, ready, other] });
});

test('only a private call and the pages have an address of their own', () => {
  for (const there of [home, ready, meeting, spot('private')]) assert.equal(pathOf(there), '/');
  for (const there of [spot('ready'), spot('meeting')]) assert.equal(pathOf(there), '/p');
  for (const path of ['/how', '/trouble', '/p', '/']) assert.equal(pathOf(spotOf(path)), path);
  assert.deepEqual(spotOf('/somewhere'), home);
});

test('an entry that leads nowhere becomes one for where the page is, without its fragment', (context) => {
  const location = { pathname: '/p', search: '?lang=ar', hash: '#1.broken' };
  const shown: [how: string, address: string][] = [];
  const history = {
    state: null as unknown,
    go: (steps: number) => shown.push(['go', String(steps)]),
    pushState: (_: unknown, __: string, address: string) => shown.push(['push', address]),
    replaceState: (state: unknown, _: string, address: string): void => {
      const { pathname, hash } = new URL(address, 'https://call.example');
      Object.assign(location, { pathname, hash });
      history.state = state;
      shown.push(['replace', address]);
    },
  };
  const world = { location, history, addEventListener: () => {} };
  for (const [name, value] of Object.entries(world)) Object.defineProperty(globalThis, name, { value, configurable: true });
  context.after(() => Object.keys(world).forEach((name) => Reflect.deleteProperty(globalThis, name)));
  const places = new Places();
  assert.deepEqual(shown.splice(0), [['replace', '/p?lang=ar#1.broken']], 'the fragment is still to be read');
  places.amend(home);
  assert.deepEqual(shown.splice(0), [['replace', '/p?lang=ar'], ['replace', '/?lang=ar']]);
  places.want(home);
  assert.deepEqual([shown, history.state], [[], { stack: [home] }]);
});
