import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkName, PathMemory } from './path_memory.ts';

test('networks are known by their public addresses, in any order', () => {
  const home = networkName(['203.0.113.7', '2001:db8::7', '203.0.113.7']);
  assert.equal(home, networkName(['2001:db8::7', '203.0.113.7']));
  assert.notEqual(home, networkName(['203.0.113.7']));
});

test('a network is blamed for relayed calls with partners on two networks, and cleared by a direct one', () => {
  for (const network of ['home', '']) {
    const memory = new PathMemory();
    memory.remember(network, 'there', true);
    memory.remember(network, 'there', true);
    memory.remember(network, '', true);
    assert.equal(memory.onlyRelayWorked(network), false, 'it may be their network, or one that blocks UDP');
    memory.remember(network, 'elsewhere', true);
    assert.equal(memory.onlyRelayWorked(network), true);
    assert.equal(memory.onlyRelayWorked('other'), false);
    memory.remember(network, 'there', false);
    assert.equal(memory.onlyRelayWorked(network), false);
  }
});
