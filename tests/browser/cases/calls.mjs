// The main job: every pair of browsers, in a room and by private link.
import assert from 'node:assert/strict';
import { meetAtCard, meetByLink } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { assertLeaves, assertNothingKnown, assertTalk, bothOpen, freshRoom, kPairs } from './talk.mjs';

export function callCases(scenario) {
  for (const pair of kPairs) {
    scenario('a call in a room', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await first.press('accept');
      await first.state('accepting');
      await assertNothingKnown(first, second);
      await assertNothingKnown(second, first);
      await second.press('accept');
      await Promise.all([first.state('connected'), second.state('connected')]);
      await assertTalk(first, second, 'direct');
      assert.equal(await badgeSaysOfLink(first), null, 'nobody vouches for a stranger');
      await assertLeaves(second, first);
    });

    scenario('a call by private link', pair, async (server, first, second) => {
      await bothOpen(server, first);
      const link = await meetByLink(first, second);
      await assertTalk(first, second, 'direct');
      await assertServerReadsNothing(link, first, second);
      for (const person of [first, second]) assert.equal(await badgeSaysOfLink(person), 'Verified by your link: you are talking with whoever holds it.');
      await assertLeaves(first, second);
    });
  }
}

/** What stands behind the badge about the link, once it is opened; null without one. */
async function badgeSaysOfLink(person) {
  await person.press('path-badge');
  await until('what stands behind the badge', () => person.has('path-text'));
  const said = await person.text('path-link');
  await person.press('path-badge');
  return said;
}

/** The key of the link never crosses the WebSocket, and no connection information does in clear. */
async function assertServerReadsNothing(link, ...people) {
  const key = new URL(link).hash.replace(/^#1\./, '');
  assert.match(key, /^[\w-]{22}$/, 'a link holds 128 bits');
  for (const person of people) {
    const sent = JSON.stringify(await person.sent());
    assert.ok(!sent.includes(key), `${person.name} keeps the key to itself`);
    assert.doesNotMatch(sent, /candidate:|fingerprint|ice-ufrag/, `${person.name} sends nothing in clear`);
    assert.ok((await person.sent('relay')).length > 0, `${person.name} did send something`);
    const address = await person.page.evaluate(() => location.hash);
    assert.equal(address, '', `${person.name}: the key is gone from the address bar`);
  }
}
