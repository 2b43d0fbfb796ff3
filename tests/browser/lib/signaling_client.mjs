// A session without a browser, for what no page would do: docs/protocol.md, spoken by hand.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import WebSocket from 'ws';
import { until } from './poll.mjs';

function newKeyPair() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/** 65 bytes of a P-256 public point, base64url, as `hello` wants it. */
function pointOf(publicKey) {
  const { x, y } = publicKey.export({ format: 'jwk' });
  return Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]).toString('base64url');
}

export { WebSocket };

export const newSessionKey = () => pointOf(newKeyPair().publicKey);
export const randomId = (size) => randomBytes(size).toString('base64url');

// A server whose file of reports is held waits 5 s for it, and may have been waiting already for something else.
const kAnswerMs = 30_000;

export class SignalingClient {
  received = [];
  /** Every message of this connection, both ways. */
  traffic = [];
  closed = null;
  /** The newest token for coming back. */
  resume = null;
  #socket;
  #origin;
  #keys;
  #greeting;

  /**
   * Connected and welcomed.
   * @param {string} origin such as http://localhost:8080
   * @param {{device?: string, localAddress?: string}} greeting the device's token; which of 127.0.0.0/8 the server is to see
   */
  static connect(origin, greeting = {}) {
    return new SignalingClient(origin, newKeyPair(), greeting).#begin({});
  }

  constructor(origin, keys, greeting) {
    this.#origin = origin;
    this.#keys = keys;
    this.#greeting = greeting;
  }

  /** The same session on a new connection, as after a loss of the old one, which is cut. */
  comeBack() {
    this.#socket.terminate();
    const again = new SignalingClient(this.#origin, this.#keys, this.#greeting);
    return again.#begin({ resume: this.resume });
  }

  async #begin({ resume }) {
    const { device, localAddress } = this.#greeting;
    const options = { origin: this.#origin, ...(localAddress && { localAddress, family: 4 }) };
    this.#socket = new WebSocket(`${this.#origin.replace(/^http/, 'ws')}/ws`, 'visavis.1', options);
    this.#socket.on('message', (data) => this.#take(JSON.parse(data)));
    this.#socket.on('close', (code) => (this.closed = code));
    this.#socket.on('error', (error) => (this.closed ??= error.message));
    const { nonce } = await this.next('challenge');
    const proof = resume && { resume, proof: this.#prove(nonce, resume), have: null };
    this.send({ type: 'hello', version: 1, key: pointOf(this.#keys.publicKey), ...(device && { device }), ...proof });
    this.welcome = await this.next('welcome');
    return this;
  }

  // docs/protocol.md, Beginning.
  #prove(nonce, token) {
    const { host } = new URL(this.#origin);
    const digest = createHash('sha256').update(token).digest();
    const text = Buffer.concat([Buffer.from(`visavis/1 resume\0${host}\0`), Buffer.from(nonce, 'base64url'), digest]);
    return sign('sha256', text, { key: this.#keys.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  }

  #take(message) {
    if (message.type === 'welcome' || message.type === 'token') this.resume = message.resume;
    this.received.push(message);
    this.traffic.push(message);
  }

  send(message) {
    this.#socket.send(JSON.stringify(message));
    this.traffic.push(message);
  }

  /** The first message of this type, now or soon. */
  next(type, limit = 10_000) {
    return this.#find([type], limit);
  }

  /** The first message of one of these types, now or soon; taken out, so that it is found once. */
  async take(...types) {
    const found = await this.#find(types, kAnswerMs);
    this.received.splice(this.received.indexOf(found), 1);
    return found;
  }

  #find(types, limit) {
    return until(`a message ${types.join(' or ')}`, () => {
      const found = this.received.find((message) => types.includes(message.type));
      if (found) return found;
      throw new Error(`closed: ${this.closed}, received: ${JSON.stringify(this.received).slice(0, 400)}`);
    }, { limit, every: 20 });
  }

  /** Everything the server has had to say to what was sent until now has come. */
  async settle() {
    this.send({ type: 'ping' });
    await this.take('pong');
  }

  close() {
    this.#socket.close();
  }
}
