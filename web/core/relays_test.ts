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
    host: 'call.example:8443',
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
  const relays = new Relays({ host: 'call.example', clock: { now: () => 0, after: () => () => {} } });
  relays.look(kRelays);
  assert.deepEqual(relays.times, {});
});

test('whoever hides the address asks the page\'s own host, and relays that the page could reach', async () => {
  const servers = ['eu.example.org', 'gone.example.org', '198.51.100.7', 'call.example'].map((host) => ({ urls: [`stun:${host}:3478`, `turn:${host}:3478?transport=udp`], username: 'u', credential: 'c' }));
  const urls = (relays: Relays, relayOnly: boolean): string[] => relays.allowed(servers, relayOnly).flatMap((server) => server.urls);
  const { relays } = world({ here: [1, 1], 'https://eu.example.org': [null], 'https://gone.example.org': [] });
  const own = 'turn:call.example:3478?transport=udp';
  relays.look([...kRelays, { name: 'gone', origin: 'https://gone.example.org' }]);
  await settled();
  assert.deepEqual(urls(relays, true), [own, own, own, own], 'that somebody answered is not known, so nobody else is asked');
  const reached = world({ here: [1, 1], 'https://eu.example.org': [9, null] });
  reached.relays.look(kRelays);
  await settled();
  assert.deepEqual(urls(reached.relays, true), ['turn:eu.example.org:3478?transport=udp', own, own, own]);
  assert.deepEqual(reached.relays.allowed(servers, false), servers, 'who hides nothing asks whoever is named');
});
