import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostName, ownRelays } from './relay_hosts.ts';

const kKnown = new Set(['eu.example.org', '[2001:67c::9]']);
const asked = (host: string, ...urls: string[]): string[] => ownRelays([{ urls, username: 'u', credential: 'c' }], host, kKnown).flatMap((server) => server.urls);

test('the page\'s host stands without its port', () => {
  assert.deepEqual(['call.example', 'Call.Example:8443', '192.0.2.1:80', '[2001:67c::1]:8443', '[2001:67c::1]', 'localhost:8080'].map(hostName), ['call.example', 'call.example', '192.0.2.1', '[2001:67c::1]', '[2001:67c::1]', 'localhost']);
});

test('a relay that is told by an address is asked by the page\'s name, over the same port and transport', () => {
  assert.deepEqual(asked('call.example', 'turn:192.0.2.1:3478?transport=udp', 'turn:192.0.2.1:443?transport=tcp', 'turns:call.example:443?transport=tcp'), [
    'turn:call.example:3478?transport=udp',
    'turn:call.example:443?transport=tcp',
    'turns:call.example:443?transport=tcp',
  ]);
  assert.deepEqual(asked('[2001:67c::1]:8443', 'turn:[2001:67c::2]:3478?transport=udp', 'turn:a'), ['turn:[2001:67c::1]:3478?transport=udp', 'turn:[2001:67c::1]']);
  assert.deepEqual(asked('call.example', 'turn:192.0.2.1:3478?transport=udp', 'turn:[2001:67c::2]:3478?transport=udp'), ['turn:call.example:3478?transport=udp'], 'once');
});

test('relays that are known are asked by their own names', () => {
  assert.deepEqual(asked('call.example', 'turn:EU.example.org:3478?transport=udp', 'turns:[2001:67c::9]:443?transport=tcp'), ['turn:EU.example.org:3478?transport=udp', 'turns:[2001:67c::9]:443?transport=tcp']);
});

test('a page from this machine itself asks where its server says', () => {
  for (const host of ['localhost:8080', '127.0.0.1', '127.9.9.9:80', '[::1]:8080']) assert.deepEqual(asked(host, 'stun:192.0.2.1', 'turn:192.0.2.1:3478?transport=udp'), ['turn:192.0.2.1:3478?transport=udp'], host);
  for (const host of ['localhost.example.org', '127.0.0.1.example.org', '128.0.0.1']) assert.deepEqual(asked(host, 'turn:192.0.2.1'), [`turn:${host}`], host);
});

test('whatever is written differently is asked nowhere, and STUN nobody', () => {
  for (const url of ['stun:call.example:3478', 'stuns:call.example', 'turn:', 'turn:stranger@call.example', 'turn:call.example:3478\n', 'turn:call.example/../x', 'turn://call.example', 'turn:call.example:x', 'turn:eu.example.org:1?transport=udp&to=5.61.10.2', 'turn:[2001:67c::9', 'turn:[call.example]', 'turn: call.example', 'http:call.example']) {
    assert.deepEqual(asked('call.example', url), [], url);
  }
  assert.deepEqual(ownRelays([{ urls: ['stun:a'], username: '', credential: '' }], 'call.example', kKnown), []);
});
