// Hide my address: everything goes through our own relay from the first packet on, and both people are told.
import assert from 'node:assert/strict';
import { bothAccept, meetAtCard } from '../lib/person.mjs';
import { assertLeaves, assertTalk, bothOpen, freshRoom, kPairs } from './talk.mjs';

export function relayCases(scenario) {
  for (const pair of kPairs) {
    scenario('the first hides the address', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first), { tickFirst: ['hide-address'] });
      await bothAccept(first, second);
      await assertTalk(first, second, 'relayed');
      await assertOnlyRelayCandidates(first);
      await first.attribute('leg', 'udp');
      const { local } = await first.summary();
      assert.equal(local.type, 'relay', `${first.name} talks through the relay`);
      await assertLeaves(first, second);
    });
  }
}

async function assertOnlyRelayCandidates(person) {
  const texts = [];
  for (const { body } of await person.sent('relay')) {
    const { sdp = '', list = [] } = JSON.parse(body);
    texts.push(...sdp.split(/\r?\n/).filter((line) => line.startsWith('a=candidate')), ...list.map(({ candidate }) => candidate).filter(Boolean));
  }
  assert.ok(texts.length > 0, `${person.name} sent candidates`);
  for (const text of texts) {
    assert.match(text, / typ relay( |$)/, `${person.name} tells relay candidates only`);
    // Chromium writes 0.0.0.0, Firefox the relay's own address again.
    const [, own, related] = /^(?:a=)?candidate:(?:\S+ ){4}(\S+) .* raddr (\S+) /.exec(text);
    assert.ok(['0.0.0.0', '::', own].includes(related), `${person.name} tells no address behind them: ${text}`);
  }
}
