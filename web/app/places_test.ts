import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kMomentMs, pathOf, Places, secureAddress, spotOf, stepTo, type Spot } from './places.ts';

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

/** A browser's history of entries, the first of them at `address`. `go` moves at once or, once `isSlow`, when it is let `arrive`; timers run
 *  when `expire` says so: those that are due by then, or all. */
function fakeHistory(context: { after: (then: () => void) => void }, address: string) {
  const location = { pathname: '', search: '', hash: '' };
  const visit = (to: string): void => {
    const { pathname, search, hash } = new URL(to, 'https://call.example');
    Object.assign(location, { pathname, search, hash });
  };
  visit(address);
  const entries = [{ state: null as unknown, address }];
  const shown: [how: string, address: string][] = [];
  let at = 0;
  let handlePop: (event: { state: unknown }) => void = () => {};
  const slow = { isSlow: false, moves: [] as number[], timers: new Map<number, { then: () => void; ms: number }>() };
  const move = (steps: number): void => {
    at += steps;
    visit(entries[at]!.address);
    handlePop({ state: history.state });
  };
  const arrive = (): void => slow.moves.splice(0).forEach(move);
  const expire = (until = Infinity): void => {
    const due = [...slow.timers].filter(([, { ms }]) => ms <= until);
    for (const [timer] of due) slow.timers.delete(timer);
    for (const [, { then }] of due) then();
  };
  let timers = 0;
  const setTimeout = (then: () => void, ms: number): number => {
    slow.timers.set(++timers, { then, ms });
    return timers;
  };
  const clearTimeout = (timer: number): void => void slow.timers.delete(timer);
  const history = {
    get state() {
      return entries[at]!.state;
    },
    go: (steps: number): void => {
      if (slow.isSlow) slow.moves.push(steps);
      else move(steps);
    },
    pushState: (state: unknown, _: string, to: string): void => {
      entries.splice(++at, Infinity, { state, address: to });
      visit(to);
      shown.push(['push', to]);
    },
    replaceState: (state: unknown, _: string, to: string): void => {
      entries[at] = { state, address: to };
      visit(to);
      shown.push(['replace', to]);
    },
  };
  const addEventListener = (_: string, handle: typeof handlePop): void => void (handlePop = handle);
  const world = { location, history, addEventListener, setTimeout, clearTimeout };
  const before = Object.keys(world).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);
  for (const [name, value] of Object.entries(world)) Object.defineProperty(globalThis, name, { value, configurable: true });
  context.after(() => {
    for (const [name, was] of before) {
      if (was) Object.defineProperty(globalThis, name, was);
      else Reflect.deleteProperty(globalThis, name);
    }
  });
  return { history, shown, entries, slow, arrive, expire };
}

/** A page at a meeting, in a browser that moves only after a while; what was put on the history before is forgotten. */
function atMeeting(context: { after: (then: () => void) => void }) {
  const fake = fakeHistory(context, '/');
  const places = new Places();
  const moves: Spot[] = [];
  places.onMove = (to) => moves.push(to);
  places.want(ready);
  places.want(meeting);
  fake.slow.isSlow = true;
  fake.shown.length = 0;
  return { ...fake, places, moves };
}

test('an entry that leads nowhere becomes one for where the page is, without its fragment', (context) => {
  const { history, shown } = fakeHistory(context, '/p?lang=ar#1.broken');
  const places = new Places();
  assert.deepEqual(shown.splice(0), [['replace', '/p?lang=ar#1.broken']], 'the fragment is still to be read');
  places.amend(home);
  assert.deepEqual(shown.splice(0), [['replace', '/p?lang=ar'], ['replace', '/?lang=ar']]);
  places.want(home);
  assert.deepEqual([shown, history.state], [[], { stack: [home] }]);
});

test('who goes back to a meeting that is over can go back further', (context) => {
  const { history, entries } = fakeHistory(context, '/p');
  const [before, over] = [spot('ready'), spot('meeting')];
  const places = new Places();
  places.onMove = ({ at }) => at === 'meeting' && places.amend(before);
  // A damaged link was pasted while the call went on, and the search given up after it.
  places.amend(over);
  places.want(before);
  assert.deepEqual(history.state, { stack: [over, before] });
  history.go(-1);
  assert.deepEqual(entries.map(({ state }) => state), [{ stack: [before] }, { stack: [over, before] }]);
  assert.deepEqual([history.state, places.here], [{ stack: [before] }, before], 'the page is at the first entry');
});

test('the way to a secure address is known only where no port is named', () => {
  assert.equal(secureAddress(new URL('http://talk.example/p') as unknown as Location), 'https://talk.example/p');
  assert.equal(secureAddress(new URL('http://talk.example/p?lang=ar#1.key') as unknown as Location), 'https://talk.example/p?lang=ar#1.key', 'an invitation stays one');
  assert.equal(secureAddress(new URL('http://[2001:db8::1]/') as unknown as Location), 'https://[2001:db8::1]/');
  assert.equal(secureAddress(new URL('http://talk.example:8080/') as unknown as Location), null);
});

test('a way back that takes the browser a while is waited for, and is not taken for the wish of the person', (context) => {
  const { history, shown, slow, places, moves, arrive } = atMeeting(context);
  places.want(home);
  assert.deepEqual(slow.moves, [-2]);
  places.want(home);
  assert.deepEqual([slow.moves, shown], [[-2], []], 'on the way already');
  arrive();
  assert.deepEqual([history.state, places.here, moves, shown], [{ stack: [home] }, home, [], []]);
  assert.equal(slow.timers.size, 0, 'nothing is to come of it later');
});

test('whoever wants another place while the browser is still on its way comes to that one after it', (context) => {
  const { history, shown, places, moves, arrive } = atMeeting(context);
  places.want(home);
  places.want(spot('how'));
  assert.deepEqual(shown, [], 'where the browser is just now nothing is put');
  arrive();
  assert.deepEqual([history.state, shown, moves], [{ stack: [home, spot('how')] }, [['push', '/how']], []]);
});

test('whoever wants to stay after all, while the browser is on its way back, is there again after it', (context) => {
  const { history, slow, places, moves, arrive } = atMeeting(context);
  places.want(ready);
  places.want(meeting);
  assert.deepEqual(slow.moves, [-1]);
  arrive();
  assert.deepEqual([history.state, places.here, moves], [{ stack: [home, ready, meeting] }, meeting, []]);
});

test('a way back is known for ours however long it takes, also to an entry that has become another', (context) => {
  for (const isAmended of [false, true]) {
    const { history, slow, places, moves, arrive, expire } = atMeeting(context);
    if (isAmended) {
      // Of the entry below, the one above it does not hear.
      slow.isSlow = false;
      history.go(-1);
      places.amend(spot('ready', 'hi'));
      history.go(1);
      slow.isSlow = true;
      moves.length = 0;
    }
    places.want(ready);
    assert.deepEqual(slow.moves, [-1]);
    expire(kMomentMs);
    arrive();
    assert.deepEqual([moves, slow.timers.size], [[], 0]);
    assert.deepEqual(places.here, ready);
  }
});

test('a person who goes back while the browser seems never to move is heard at once', (context) => {
  const { history, slow, places, moves, expire } = atMeeting(context);
  places.want(home);
  slow.moves.length = 0;
  expire(kMomentMs);
  slow.isSlow = false;
  history.go(-1);
  assert.deepEqual([moves, places.here, history.state], [[ready], ready, { stack: [home, ready] }]);
  assert.equal(slow.timers.size, 0, 'and where they are nothing is put later');
});

test('a person who went back just before the page wanted another place comes to that one', (context) => {
  const { history, slow, places, moves, arrive } = atMeeting(context);
  history.go(-1);
  places.want(home);
  const [, ours] = slow.moves;
  assert.equal(ours, -2);
  slow.moves.length = 1; // from where that leads ours would leave the page, and browsers do not do that
  arrive();
  arrive();
  assert.deepEqual([history.state, places.here, moves], [{ stack: [home] }, home, []]);
});

test('a browser that never moves is taken to be where it was wanted, and is heard again when the person goes back', (context) => {
  const { history, entries, slow, places, moves, expire } = atMeeting(context);
  places.want(ready);
  slow.moves.length = 0;
  expire();
  assert.deepEqual(places.here, ready);
  assert.deepEqual(history.state, { stack: [home, ready] }, 'each place once');
  assert.equal(entries.length, 3, 'nothing is put on top');
  slow.isSlow = false;
  history.go(-2);
  assert.deepEqual(moves, [home], 'the move is the person’s');
});
