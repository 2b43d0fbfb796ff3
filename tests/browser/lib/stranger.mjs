// Somebody in a room whom the test speaks for, without a browser: for what no page would do, and for meetings that need no picture.
import assert from 'node:assert/strict';
import { until } from './poll.mjs';
import { SignalingClient } from './signaling_client.mjs';

const fingerprintOf = (byte) => `sha-256 ${Array(32).fill(byte).join(':')}`;
const kIntro = JSON.stringify({ v: 1, fingerprint: fingerprintOf('AA'), ufrag: 'abcd', pwd: 'a'.repeat(24), can: { relay_only: false } });

export class Stranger {
  #client;

  /** Comes into the room in which the person waits; returns when that one holds a card. @param greeting as SignalingClient.connect() takes it */
  static async meets(server, person, room, greeting = {}) {
    // The page shows that it waits before the server has heard it: who came first then would be the stranger.
    await until('the server has heard of the search', () => person.page.evaluate(() => {
      const last = (messages, type) => messages.filter(({ text }) => text.includes(`"type":"${type}"`)).at(-1)?.order ?? -1;
      return last(vvProbe.received, 'waiting') > last(vvProbe.sent, 'seek');
    }));
    const stranger = new Stranger();
    stranger.#client = await SignalingClient.connect(server.origin, greeting);
    stranger.#client.send({ type: 'seek', room, prefs: { media: 'video', need: 'any' } });
    const { call, role } = await stranger.#client.next('matched');
    assert.equal(role, 'b', 'who came later');
    stranger.call = call;
    await person.state('card');
    return stranger;
  }

  /** Says yes. Resolves with what the page has told of itself, once it has said yes too. */
  async accept() {
    this.#client.send({ type: 'accept', call: this.call, intro: kIntro });
    return JSON.parse((await this.#client.next('accepted')).intro);
  }

  /** Answers the page's offer under another certificate than it had named with its yes. */
  answerUnderAnother(offer) {
    const forged = offer.replaceAll(/a=fingerprint:.*/g, `a=fingerprint:${fingerprintOf('BB')}`);
    this.relay({ kind: 'answer', sdp: forged.replaceAll('a=setup:actpass', 'a=setup:active') });
  }

  relay(body) {
    this.#client.send({ type: 'relay', call: this.call, id: 1, body: JSON.stringify(body) });
  }

  leave(reason) {
    this.#client.send({ type: 'leave', call: this.call, reason });
  }

  /** Ends the call. @returns the server's answer: `noted`, or the `error` that says why not */
  report(category) {
    this.#client.send({ type: 'report', call: this.call, category });
    return this.#client.take('noted', 'error');
  }

  /** What the server tells when the other has left. */
  left() {
    return this.#client.next('left');
  }

  close() {
    this.#client.close();
  }
}
