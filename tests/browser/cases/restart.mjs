// A call outlives the server.
import assert from 'node:assert/strict';
import { bothAccept, meetAtCard, meetByLink } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { assertChat, assertLeaves, assertTalk, bothOpen, freshRoom } from './talk.mjs';

export function restartCases(scenario) {
  for (const pair of [['firefox', 'chromium'], ['chromium', 'firefox']]) {
    scenario('the server is killed during a call in a room', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await bothAccept(first, second);
      await assertOutlives(server, 'SIGKILL', first, second);
    });
  }

  for (const pair of [['chromium', 'chromium'], ['firefox', 'firefox']]) {
    scenario('the server is killed during a private call', pair, async (server, first, second) => {
      await bothOpen(server, first);
      await meetByLink(first, second);
      await assertOutlives(server, 'SIGKILL', first, second);
    });
  }

  scenario('the server is stopped in good order during a call', ['firefox', 'firefox'], async (server, first, second) => {
    await bothOpen(server, first, second);
    await meetAtCard(first, second, await freshRoom(first));
    await bothAccept(first, second);
    await assertOutlives(server, 'SIGTERM', first, second);
    for (const person of [first, second]) {
      const told = (await person.received('error')).filter(({ code }) => code === 'going_away');
      assert.equal(told.length, 1, `${person.name} was told that the server goes`);
    }
  });
}

async function assertOutlives(server, signal, first, second) {
  const people = [first, second];
  await assertTalk(first, second, 'direct');
  const before = await Promise.all(people.map((person) => person.page.evaluate(() => visavis.session)));
  await server.kill(signal);
  await Promise.all(people.map((person) => person.server(['lost', 'connecting'])));
  await Promise.all(people.map((person) => person.seesAndHears()));
  await assertChat(first, second);

  await server.start();
  await Promise.all(people.map((person) => person.server('open')));
  for (const [index, person] of people.entries()) {
    const now = await until(`${person.name} is back`, async () => {
      const session = await person.page.evaluate(() => visavis.session);
      return session.resumed > before[index].resumed && session;
    });
    assert.equal(now.session, before[index].session, `${person.name} is the same session`);
    assert.notEqual(now.epoch, before[index].epoch, 'the server has begun another life');
    assert.equal((await person.attributes()).state, 'connected', person.name);
  }
  await assertRelays(first, second);
  await assertRelays(second, first);
  await assertTalk(first, second, 'direct');
  await assertLeaves(second, first);
}

/** A new offer and its answer, or the wish for them, go through the server in its new life, and are taken. The page is told to negotiate, as a browser would. */
async function assertRelays(from, to) {
  const epoch = await from.page.evaluate(() => visavis.session.epoch);
  const relayed = async (person) => (await person.received('relay')).filter((message) => message.epoch === epoch).length;
  const before = await Promise.all([relayed(from), relayed(to)]);
  await from.page.evaluate(() => visavis.pc.dispatchEvent(new Event('negotiationneeded')));
  await until('the new offer, or the wish for one, is relayed', async () => (await relayed(to)) > before[1]);
  await until('its answer, or the offer that was wished for, is relayed', async () => (await relayed(from)) > before[0]);
  for (const person of [from, to]) {
    await until(`${person.name}: the answer is taken`, () => person.page.evaluate(() => visavis.pc.signalingState === 'stable'));
    assert.deepEqual(await person.page.evaluate(() => visavis.faults), [], person.name);
  }
}
