import assert from 'node:assert/strict';
import { test } from 'node:test';
import { socketAddress } from './ports.ts';

test('the signaling is where the server is, encrypted where the server is', () => {
  const cases = [
    ['https://call.example/', 'wss://call.example/ws'],
    ['https://call.example:8443/p#1.key', 'wss://call.example:8443/ws'],
    ['http://localhost:8080', 'ws://localhost:8080/ws'],
    ['http://[::1]:8080/', 'ws://[::1]:8080/ws'],
    ['https://bücher.example', 'wss://xn--bcher-kva.example/ws'],
  ] as const;
  for (const [server, socket] of cases) assert.equal(socketAddress(new URL(server)), socket);
});
