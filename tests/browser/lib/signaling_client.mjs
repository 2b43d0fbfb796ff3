// A session without a browser, for what no page would do: docs/protocol.md, spoken by hand.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import WebSocket from 'ws';
import { until } from './poll.mjs';

/** 65 bytes of a P-256 public point, base64url, as `hello` wants it. */
export function newSessionKey() {
  const { x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return point.toString('base64url');
}

export const randomId = (size) => randomBytes(size).toString('base64url');

export class SignalingClient {
  received = [];
  closed = null;
  #socket;

  /** Connected and welcomed. @param {string} origin such as http://localhost:8080 */
  static async connect(origin) {
    const client = new SignalingClient();
    client.#socket = new WebSocket(`${origin.replace(/^http/, 'ws')}/ws`, 'visavis.1', { origin });
    client.#socket.on('message', (data) => client.received.push(JSON.parse(data)));
    client.#socket.on('close', (code) => (client.closed = code));
    client.#socket.on('error', (error) => (client.closed ??= error.message));
    await client.next('challenge');
    client.send({ type: 'hello', version: 1, key: newSessionKey() });
    client.welcome = await client.next('welcome');
    return client;
  }

  send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  /** The first message of this type, now or soon. */
  next(type, limit = 10_000) {
    return until(`a message ${type}`, () => {
      const found = this.received.find((message) => message.type === type);
      if (found) return found;
      throw new Error(`closed: ${this.closed}, received: ${JSON.stringify(this.received).slice(0, 400)}`);
    }, { limit, every: 20 });
  }

  close() {
    this.#socket.close();
  }
}
