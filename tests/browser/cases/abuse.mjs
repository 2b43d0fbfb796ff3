// Private links against people they were not meant for.
import assert from 'node:assert/strict';
import { meetByLink } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { SignalingClient, randomId } from '../lib/signaling_client.mjs';
import { assertLeaves, assertTalk, bothOpen } from './talk.mjs';

export function abuseCases(scenario) {
  for (const kinds of [['chromium', 'firefox', 'chromium'], ['firefox', 'chromium', 'firefox']]) {
    scenario('a third person opens a private link', kinds, aThirdPersonOpensTheLink);
  }
  for (const kinds of [['chromium', 'firefox'], ['firefox', 'chromium']]) {
    scenario('somebody without the key comes before the invited one', kinds, somebodyWithoutTheKey);
  }
}

async function aThirdPersonOpensTheLink(server, first, second, third) {
  await bothOpen(server, first);
  const link = await meetByLink(first, second);
  await third.open(link);
  await third.state('ready');
  await third.start();
  await third.nextReceived('full');
  await third.attribute('reason', 'full');
  assert.deepEqual(await third.received('joined'), [], 'the third is told nothing about the two');
  await assertTalk(first, second, 'direct');
  await assertLeaves(second, first);
}

async function somebodyWithoutTheKey(server, first, second) {
  await bothOpen(server, first);
  await first.press('private-new');
  const link = await until('a private link', () => first.value('private-link'));
  await first.press('private-open');
  await first.state('ready');
  await first.start();
  await first.state('waiting');
  const { id, door } = await until('the search for the other', async () => (await first.sent('open'))[0]);
  const noise = randomId(64);
  const prefs = { media: 'video', need: 'any' };
  // Whoever has found out only the name waits somewhere else.
  const stranger = await SignalingClient.connect(server.origin);
  // What the server itself knows: name and door, not the key.
  const intruder = await SignalingClient.connect(server.origin);
  try {
    stranger.send({ type: 'open', id, door: randomId(16), seat: randomId(16), noise, prefs });
    await stranger.next('waiting');
    intruder.send({ type: 'open', id, door, seat: randomId(16), noise, prefs });
    await intruder.next('joined');
    const left = await intruder.next('left');
    assert.equal(left.reason, 'key');
    assert.deepEqual(intruder.received.filter(({ type }) => type === 'accepted'), []);
    assert.deepEqual(stranger.received.filter(({ type }) => type === 'joined'), []);
  } finally {
    stranger.close();
    intruder.close();
  }
  assert.ok((await first.text('notice'))?.trim(), 'the person reads that somebody else tried');
  await first.state('waiting');
  await second.open(link);
  await second.state('ready');
  await second.start();
  await Promise.all([first.state('connected'), second.state('connected')]);
  await assertTalk(first, second, 'direct');
}
