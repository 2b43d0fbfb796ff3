// Hide my address: everything goes through our own relay from the first packet on, and both people are told.
import assert from 'node:assert/strict';
import { receivesAtRate, sendBulk } from '../lib/bulk.mjs';
import { withoutPath } from '../lib/lost.mjs';
import { until } from '../lib/poll.mjs';
import { Server } from '../lib/server.mjs';
import { bothAccept, meetAtCard, meetByLink } from '../lib/person.mjs';
import { assertLeaves, assertTalk, bothOpen, freshRoom, halvesInTurn, unlikeInTurn } from './talk.mjs';

/** Bits a second each way, beside picture and sound. An allocation may have 8 000 000. */
const kHighRate = { sent: 4_000_000, received: 3_000_000 };
/** Why the relay drops what a call needs. (It drops checks too, to addresses it does not send to, and from those who are not permitted yet.) */
const kHarm = ['no_consent', 'checks', 'rate', 'no_channel', 'too_large', 'malformed', 'busy_thread'];
/** Of what goes to peers that are silent: for a moment of a restart the two ends may send by different pairs. */
const kUnheardMax = 0.001;

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

  for (const pair of halvesInTurn()) {
    const areBoth = pair[0] === pair[1];
    scenario(`a call of a high bit rate through the relay at ${areBoth ? 'both ends' : 'one end'}, over a restart of ICE`, pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      const hidden = { tickFirst: ['hide-address'], ...(areBoth ? { tickSecond: ['hide-address'] } : {}) };
      await meetAtCard(first, second, await freshRoom(first), hidden);
      await bothAccept(first, second);
      await assertTalk(first, second, 'relayed');
      await sendBulk([first, second], kHighRate.sent);
      const areFast = () => Promise.all([first, second].map((person) => receivesAtRate(person, kHighRate.received)));
      await areFast();
      const answers = async () => (await Promise.all([first.told('answer'), second.told('answer')])).flat().filter(({ round }) => round > 0).length;
      await withoutPath(second, () => until('a restart is answered', async () => (await answers()) > 0));
      await areFast();
      await Promise.all([first.seesAndHears(), second.seesAndHears()]);
      await untilPublished(server);
      await assertUnharmed(server);
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

/** @returns {Promise<[string, number][]>} names with labels, and values */
async function metrics(server, pattern) {
  const text = await (await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)).text();
  const found = text.split('\n').filter((line) => pattern.test(line)).map((line) => /^(.*) (\d+)$/.exec(line).slice(1)).map(([name, value]) => [name, Number(value)]);
  assert.ok(found.length > 0, `no metric is like ${pattern}`);
  return found;
}

const sumOf = (found) => found.reduce((sum, [, value]) => sum + value, 0);

async function assertUnharmed(server) {
  const dropped = await metrics(server, new RegExp(`^visavis_turn_dropped_total\\{reason="(${kHarm.join('|')})"\\}`));
  assert.equal(dropped.length, kHarm.length, `each of ${kHarm} is counted`);
  assert.deepEqual(dropped.filter(([, value]) => value > 0), [], 'the relay has dropped what the call needs');
  const unheard = sumOf(await metrics(server, /^visavis_turn_dropped_total\{reason="unheard"\}/));
  const sent = sumOf(await metrics(server, /^visavis_turn_packets_total\{.*"to_peer"/));
  assert.ok(unheard <= sent * kUnheardMax, `${unheard} of ${sent} were dropped because the peer was silent`);
}

/** The relay publishes its counters once a second. */
async function untilPublished(server) {
  const packets = async () => sumOf(await metrics(server, /^visavis_turn_packets_total\{/));
  const before = await packets();
  await until('the relay publishes its counters', async () => (await packets()) !== before);
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
