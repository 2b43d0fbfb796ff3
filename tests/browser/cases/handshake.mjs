// A handshake that one end gives up for good before anything was sent: the call comes about over another connection.
import assert from 'node:assert/strict';
import { bothAccept, meetAtCard } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { assertChat, assertLeaves, bothOpen, freshRoom } from './talk.mjs';

export function handshakeCases(scenario) {
  for (const [pair, at] of [[['firefox', 'firefox'], 0], [['chromium', 'chromium'], 1], [['firefox', 'chromium'], 1], [['chromium', 'firefox'], 0]]) {
    scenario(`a handshake that person ${at + 1} gives up is made again over another connection`, pair, async (server, ...people) => {
      const [first, second] = people;
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await giveUpHandshake(people[at]);
      await bothAccept(first, second);
      for (const person of people) {
        await until(`${person.name}: another connection`, () => person.page.evaluate(() => vvProbe.reaching().length === 2));
        await person.state('connected');
        await person.seesAndHears();
        assert.deepEqual(await person.page.evaluate(() => vvProbe.reaching().map(({ signalingState }) => signalingState)), ['closed', 'stable'], person.name);
        assert.deepEqual(await person.page.evaluate(() => visavis.faults), [], person.name);
      }
      await assertChat(first, second);
      await assertLeaves(second, first);
    });
  }
}

/** As the browser tells it where its DTLS has failed. The partner's believes that it is connected, which is the hardest case. */
export function giveUpHandshake(person) {
  return person.page.evaluate(() => {
    // The first that is connected: the one that there is by now may be given up for another before that.
    let first = null;
    const lie = (kind, name, tell) => {
      const { get } = Object.getOwnPropertyDescriptor(kind.prototype, name);
      Object.defineProperty(kind.prototype, name, { configurable: true, get() { return tell(this, get.call(this)); } });
    };
    lie(Object.getPrototypeOf(RTCPeerConnection), 'connectionState', (of, state) => (state === 'connected' && (first ??= of) === of ? 'failed' : state));
    lie(RTCDtlsTransport, 'state', (of, state) => (of === (first ?? visavis.pc)?.sctp?.transport ? 'failed' : state));
  });
}
