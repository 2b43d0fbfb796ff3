// Hide my address: everything goes through our own relay from the first packet on, and both people are told.
import assert from 'node:assert/strict';
import { receivesAtRate, sendBulk } from '../lib/bulk.mjs';
import { restartOnce } from '../lib/lost.mjs';
import { RelayCounts } from '../lib/relay_counts.mjs';
import { Server } from '../lib/server.mjs';
import { bothAccept, meetAtCard, meetByLink } from '../lib/person.mjs';
import { assertLeaves, assertTalk, bothOpen, freshRoom, halvesInTurn, unlikeInTurn } from './talk.mjs';

/** Bits a second each way, beside picture and sound. An allocation may have 8 000 000. */
const kHighRate = { sent: 4_000_000, received: 3_000_000 };

export function relayCases(scenario) {
  for (const pair of unlikeInTurn()) {
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

  for (const pair of unlikeInTurn()) {
    scenario('a server that hides everybody\'s address, with the relay over UDP and TCP as it comes', pair, async (_, first, second) => {
      const server = await Server.onLoopback(['--rooms-privacy', 'relay_only'], { streams: true });
      try {
        await bothOpen(server, first, second);
        await meetAtCard(first, second, await freshRoom(first));
        await bothAccept(first, second);
        await assertTalk(first, second, 'relayed');
        for (const person of [first, second]) {
          await assertOnlyRelayCandidates(person);
          await assertBadgeIsTrue(person);
        }
        await assertLeaves(first, second);
      } finally {
        await server.stop();
      }
    });
  }

  // On one machine nobody is an ordinary peer: its addresses are the relay's own, which it sends to by its relay ports alone. So whoever does
  // not hide gets a relay as well. A call with one relayed end is in tests/netns.
  for (const pair of halvesInTurn()) {
    const areBoth = pair[0] === pair[1];
    scenario(`a call of a high bit rate between two relayed ends, ${areBoth ? 'both of which hide' : 'one of which hides'} the address, over a restart of ICE`, pair, async (server, first, second) => {
      const people = [first, second];
      const counts = new RelayCounts(async () => (await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)).text());
      await bothOpen(server, first, second);
      const hidden = { tickFirst: ['hide-address'], ...(areBoth ? { tickSecond: ['hide-address'] } : {}) };
      await meetAtCard(first, second, await freshRoom(first), hidden);
      await bothAccept(first, second);
      await assertTalk(first, second, 'relayed');
      await sendBulk(people, kHighRate.sent);
      const areFast = () => Promise.all(people.map((person) => receivesAtRate(person, kHighRate.received)));
      await areFast();
      await restartOnce(first, second);
      await areFast();
      await Promise.all(people.map((person) => person.seesAndHears()));
      for (const person of people) assert.equal((await person.summary()).local.type, 'relay', `${person.name} talks through a relay of its own`);
      await counts.published();
      await counts.assertUnharmed();
      await assertLeaves(first, second);
    });
  }

  for (const who of ['who made the link', 'who opens it']) {
    scenario(`a private call in which ${who} hides the address`, ['chromium', 'firefox'], async (server, first, second) => {
      await bothOpen(server, first);
      const isFirst = who === 'who made the link';
      await meetByLink(first, second, { [isFirst ? 'tickFirst' : 'tickSecond']: ['hide-address'] });
      await assertTalk(first, second, 'relayed');
      const [hidden, other] = isFirst ? [first, second] : [second, first];
      await hidden.attribute('leg', 'udp');
      await assertOnlyRelayKnown(hidden, other);
      await assertLeaves(first, second);
    });
  }
}

/** A browser that is offered both may settle on either; what it settled on is said. */
async function assertBadgeIsTrue(person) {
  const { local } = await person.summary();
  assert.equal(local.type, 'relay', `${person.name} talks through the relay`);
  await person.attribute('leg', local.relayProtocol);
  assert.equal((await person.text('path-badge')).trim(), `Relayed, ${local.relayProtocol.toUpperCase()}`);
}

/** In a private call the server reads nothing, and neither does the test: what the two browsers know of each other is asked of them. */
async function assertOnlyRelayKnown(hidden, other) {
  const candidates = (person, type) =>
    person.page.evaluate(async (wanted) => {
      const all = [...(await visavis.pc.getStats()).values()].filter((each) => each.type === wanted);
      return all.map(({ candidateType, address }) => `${candidateType} ${address}`);
    }, type);
  const own = await candidates(hidden, 'local-candidate');
  assert.ok(own.length > 0 && own.every((each) => each.startsWith('relay ')), `${hidden.name} gathers at the relay only: ${own}`);
  const known = await candidates(other, 'remote-candidate');
  // What comes out of the relay before its address was told looks like an unknown one.
  assert.ok(known.length > 0 && known.every((each) => /^(relay|prflx) /.test(each)), `${other.name} knows the relay only: ${known}`);
}

async function assertOnlyRelayCandidates(person) {
  const texts = [];
  for (const { sdp = '', list = [] } of await person.told()) {
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
