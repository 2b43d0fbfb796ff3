import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kRelayMsMax, kTimesFreshMs, Relays } from './relays.ts';

const kRelays = [
  { name: 'here', origin: null },
  { name: 'eu', origin: 'https://eu.example.org' },
];

function world(answers: Record<string, (number | null)[]>) {
  let now = 1_000;
  const asked: string[] = [];
  const relays = new Relays({
    clock: { now: () => now, after: () => () => {} },
    timeRelay: async (origin) => {
      const key = origin ?? 'here';
      asked.push(key);
      const answer = answers[key]!.shift();
      if (answer === undefined) throw new Error('no such relay');
      return answer;
    },
  });
  return { relays, asked, pass: (ms: number) => (now += ms) };
}

const settled = () => new Promise((done) => setImmediate(done));

test('the shorter of two round trips counts, in whole milliseconds', async () => {
  const { relays } = world({ here: [90.4, 40.6], 'https://eu.example.org': [10, 12] });
  relays.look(kRelays);
  await settled();
  assert.deepEqual(relays.times, { here: 41, eu: 10 });
});

test('a relay without an answer is left out, and does not disturb the others', async () => {
  const { relays } = world({ here: [], 'https://eu.example.org': [20, null] });
  relays.look(kRelays);
  await settled();
  assert.deepEqual(relays.times, { eu: 20 });
});

test('what takes very long is told as the most the server takes', async () => {
  const { relays } = world({ here: [kRelayMsMax + 1, kRelayMsMax + 1], 'https://eu.example.org': [1, 1] });
  relays.look(kRelays);
  await settled();
  assert.equal(relays.times['here'], kRelayMsMax);
});

test('it is measured once in a while only, and not where there is no choice', async () => {
  const { relays, asked, pass } = world({ here: [1, 1, 5, 5], 'https://eu.example.org': [1, 1, 5, 5] });
  relays.look(kRelays.slice(0, 1));
  assert.equal(asked.length, 0);
  relays.look(kRelays);
  await settled();
  pass(kTimesFreshMs - 1);
  relays.look(kRelays);
  await settled();
  assert.equal(asked.length, 4);
  pass(1);
  relays.look(kRelays);
  assert.deepEqual(relays.times, {}, 'old times are not told again');
  await settled();
  assert.deepEqual(relays.times, { here: 5, eu: 5 });
});

test('without a way to measure nothing is told', () => {
  const relays = new Relays({ clock: { now: () => 0, after: () => () => {} } });
  relays.look(kRelays);
  assert.deepEqual(relays.times, {});
});
