// What a server's relay has counted, by its metrics.
import assert from 'node:assert/strict';
import { until } from './poll.mjs';

/** Why the relay drops what a call needs. (It drops checks too, to addresses it does not send to, and from those who are not permitted yet.) */
const kHarm = ['no_consent', 'checks', 'rate', 'no_channel', 'too_large', 'malformed', 'busy_thread'];
/**
 * Of what goes to peers. To those that are silent: for a moment of a restart the two ends may send by different pairs. And answers to checks that
 * came before 64 others or half a minute ago, as a browser gives that stood still: the partner does not wait for them any more.
 */
const kLateMax = 0.001;
const kLate = { unheard: 'because the peer was silent', unasked: 'as answers that came too late' };

export class RelayCounts {
  #read;

  /** @param {() => Promise<string>} read the server's metrics, as it publishes them */
  constructor(read) {
    this.#read = read;
  }

  /** The values of `visavis_turn_NAME`, by their labels. @returns {Promise<{labels: string, value: number}[]>} */
  async #all(name) {
    const text = await this.#read();
    const found = [...text.matchAll(new RegExp(`^visavis_turn_${name}(?:\\{(.*)\\})? (\\d+)$`, 'gm'))].map(([, labels = '', value]) => ({ labels, value: Number(value) }));
    assert.ok(found.length > 0, `no metric is called visavis_turn_${name}`);
    return found;
  }

  /** @param {...string} wanted labels, such as `direction="to_peer"` */
  async sum(name, ...wanted) {
    const found = (await this.#all(name)).filter(({ labels }) => wanted.every((label) => labels.split(',').includes(label)));
    assert.ok(found.length > 0, `visavis_turn_${name} has no ${wanted}`);
    return found.reduce((sum, { value }) => sum + value, 0);
  }

  /** What was dropped, by reason, for a failed case's report. */
  async dropped() {
    return (await this.#all('dropped_total')).filter(({ value }) => value > 0);
  }

  /** The relay publishes its counters once a second, while something passes. */
  async published() {
    const before = await this.sum('packets_total');
    await until('the relay publishes its counters', async () => (await this.sum('packets_total')) !== before);
  }

  /** Nothing was dropped that a call needs. */
  async assertUnharmed() {
    const dropped = Object.fromEntries(await Promise.all(kHarm.map(async (reason) => [reason, await this.sum('dropped_total', `reason="${reason}"`)])));
    assert.deepEqual(dropped, Object.fromEntries(kHarm.map((reason) => [reason, 0])), 'the relay has dropped what the call needs');
    const sent = await this.sum('packets_total', 'direction="to_peer"');
    for (const [reason, why] of Object.entries(kLate)) {
      const late = await this.sum('dropped_total', `reason="${reason}"`);
      assert.ok(late <= sent * kLateMax, `${late} of ${sent} were dropped ${why}`);
    }
  }
}
