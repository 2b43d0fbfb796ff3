// A TURN client that does what a test says and nothing by itself: STUN and TURN messages (RFC 8489, RFC 8656) over UDP,
// TCP and TLS, long-term credentials with MESSAGE-INTEGRITY, one request at a time.
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import net from 'node:net';
import tls from 'node:tls';

export const kMethods = { binding: 0x001, allocate: 0x003, refresh: 0x004, send: 0x006, data: 0x007, permission: 0x008, channel: 0x009 };
export const kAttributes = {
  mapped: 0x0001, changeRequest: 0x0003, username: 0x0006, integrity: 0x0008, integritySha256: 0x001c, algorithm: 0x001d, algorithms: 0x8002, error: 0x0009, unknown: 0x000a, channelNumber: 0x000c, lifetime: 0x000d, peer: 0x0012, data: 0x0013, realm: 0x0014,
  nonce: 0x0015, relayed: 0x0016, family: 0x0017, evenPort: 0x0018, transport: 0x0019, dontFragment: 0x001a, xorMapped: 0x0020, token: 0x0022, padding: 0x0026, responsePort: 0x0027,
  additionalFamily: 0x8000, addressError: 0x8001, icmp: 0x8004, fingerprint: 0x8028, responseOrigin: 0x802b, otherAddress: 0x802c,
};
const kCookie = 0x2112a442;
const kAnswerLimit = 5_000; // ms
const kClass = { request: 0x000, indication: 0x010, success: 0x100, error: 0x110 };
const typeOf = (method, kind) => ((method & 0xf80) << 2) | ((method & 0x070) << 1) | (method & 0x00f) | kClass[kind];

const u16 = (value) => Buffer.from([value >> 8, value & 0xff]);
const u32 = (value) => Buffer.from([value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff]);
const padded = (bytes) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);

/** CRC-32 as FINGERPRINT has it (RFC 8489 §14.7). */
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function addressBytes(address) {
  if (net.isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [head, tail = ''] = address.split('::');
  const groups = (text) => text.split(':').filter(Boolean).map((group) => u16(parseInt(group, 16)));
  const [first, last] = [groups(head), groups(tail)];
  return Buffer.concat([...first, Buffer.alloc(16 - 2 * (first.length + last.length)), ...last]);
}

const addressText = (bytes) =>
  bytes.length === 4 ? bytes.join('.') : new URL(`http://[${bytes.toString('hex').match(/.{4}/g).join(':')}]`).hostname.slice(1, -1);

function xored(bytes, id) {
  const mask = Buffer.concat([u32(kCookie), id]);
  return Buffer.from(bytes.map((byte, i) => byte ^ mask[i]));
}

/** The value of an attribute with an address in it, such as XOR-PEER-ADDRESS. @param {{address: string, port: number}} peer */
export function xorAddress({ address, port }, id) {
  const bytes = addressBytes(address);
  return Buffer.concat([Buffer.from([0, bytes.length === 4 ? 1 : 2]), u16(port ^ (kCookie >>> 16)), xored(bytes, id)]);
}

function readXorAddress(value, id) {
  return { address: addressText(xored(value.subarray(4), id)), port: value.readUInt16BE(2) ^ (kCookie >>> 16) };
}

/** @param {[number, Buffer][]} attributes behind them integrity, if there is a key, and a fingerprint if one is asked for */
function writeMessage(type, id, attributes, { key, sha256 = false, fingerprint = false } = {}) {
  const all = [...attributes];
  const bytes = (more = 0) => {
    const body = Buffer.concat(all.map(([kind, value]) => Buffer.concat([u16(kind), u16(value.length), padded(value)])));
    return Buffer.concat([u16(type), u16(body.length + more), u32(kCookie), id, body]);
  };
  if (key && sha256) all.push([kAttributes.integritySha256, createHmac('sha256', key).update(bytes(36)).digest()]);
  else if (key) all.push([kAttributes.integrity, createHmac('sha1', key).update(bytes(24)).digest()]);
  if (fingerprint) all.push([kAttributes.fingerprint, u32((crc32(bytes(8)) ^ 0x5354554e) >>> 0)]);
  return bytes();
}

function readMessage(bytes) {
  const type = bytes.readUInt16BE(0);
  const id = bytes.subarray(8, 20);
  const attributes = [];
  for (let at = 20; at + 4 <= bytes.length; ) {
    const size = bytes.readUInt16BE(at + 2);
    attributes.push([bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + size)]);
    at += 4 + ((size + 3) & ~3);
  }
  const find = (kind) => attributes.find(([found]) => found === kind)?.[1];
  const address = (kind) => attributes.filter(([found]) => found === kind).map(([, value]) => readXorAddress(value, id));
  const error = find(kAttributes.error);
  return { type, id: id.toString('hex'), find, address, error: error && error[2] * 100 + error[3] };
}

/** What the server said is an error; `code` is the one it gave. */
export class TurnError extends Error {
  constructor(code) {
    super(`the relay answered ${code}`);
    this.code = code;
  }
}

export class TurnClient {
  /** Payloads that came in: `{channel}` or `{peer}`, and `payload`. */
  received = [];
  #arrived = () => {};
  #wire;
  #waiting = new Map();
  #realm = '';
  #nonce = '';
  #user;
  #password;
  #fingerprint;
  #sha256;
  #offered = null;

  /**
   * @param {{host?: string, port: number, localAddress?: string, transport?: 'udp' | 'tcp' | 'tls', ca?: string, keylog?: (line: Buffer) => void, user?: string, password?: string, fingerprint?: boolean, sha256?: boolean}} options
   *   localAddress: whom the server is to see, of 127.0.0.0/8, by UDP; sha256: asks for that password algorithm once it is offered, and for the integrity that goes with it
   */
  static async open({ host = '127.0.0.1', port, localAddress, transport = 'udp', ca, keylog, user = '', password = '', fingerprint = false, sha256 = false }) {
    const client = new TurnClient();
    client.#user = user;
    client.#password = password;
    client.#fingerprint = fingerprint;
    client.#sha256 = sha256;
    const receive = (bytes) => client.#receive(bytes);
    client.#wire = transport === 'udp' ? await openDatagrams({ host, port, localAddress }, receive) : await openStream({ host, port, ca, keylog, isTls: transport === 'tls' }, receive);
    return client;
  }

  /** Sends bytes as they are. */
  sendRaw(bytes) {
    this.#wire.send(bytes);
  }

  /** One request, with credentials once there are any. @returns the answer; throws TurnError */
  async request(method, attributes, { id = randomBytes(12), plain = false } = {}) {
    const own = this.#nonce && !plain ? this.#credentials() : [];
    const protection = { key: own.length ? this.#key() : null, sha256: this.#usesSha256(), fingerprint: this.#fingerprint };
    const answer = await this.#ask(id, writeMessage(typeOf(method, 'request'), id, [...attributes, ...own], protection));
    if (!answer.error) return answer;
    this.#learn(answer);
    throw new TurnError(answer.error);
  }

  async binding(attributes = []) {
    return this.request(kMethods.binding, attributes, { plain: true });
  }

  /** @param {[number, Buffer][]} wishes further attributes. @returns {{relayed: {address: string, port: number}[], lifetime: number, answer}} */
  async allocate(wishes = []) {
    const attributes = [[kAttributes.transport, Buffer.from([17, 0, 0, 0])], ...wishes];
    if (!this.#nonce) {
      await this.request(kMethods.allocate, attributes).catch((error) => {
        if (error.code !== 401) throw error;
      });
    }
    const answer = await this.request(kMethods.allocate, attributes);
    return { relayed: answer.address(kAttributes.relayed), lifetime: answer.find(kAttributes.lifetime).readUInt32BE(0), answer };
  }

  refresh(seconds) {
    return this.request(kMethods.refresh, [[kAttributes.lifetime, u32(seconds)]]);
  }

  permit(...peers) {
    const id = randomBytes(12);
    return this.request(kMethods.permission, peers.map((peer) => [kAttributes.peer, xorAddress(peer, id)]), { id });
  }

  bind(channel, peer) {
    const id = randomBytes(12);
    return this.request(kMethods.channel, [[kAttributes.channelNumber, Buffer.concat([u16(channel), u16(0)])], [kAttributes.peer, xorAddress(peer, id)]], { id });
  }

  send(peer, payload, more = []) {
    const id = randomBytes(12);
    this.#wire.send(writeMessage(typeOf(kMethods.send, 'indication'), id, [[kAttributes.peer, xorAddress(peer, id)], [kAttributes.data, Buffer.from(payload)], ...more]));
  }

  sendOnChannel(channel, payload) {
    const bytes = Buffer.concat([u16(channel), u16(payload.length), Buffer.from(payload)]);
    this.#wire.send(this.#wire.isStream ? padded(bytes) : bytes);
  }

  /** Waits for the next payload that came in. */
  async nextReceived(limit = kAnswerLimit) {
    if (this.received.length === 0) {
      await new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error('nothing came from the relay')), limit);
        this.#arrived = () => {
          clearTimeout(late);
          resolve();
        };
      });
    }
    return this.received.shift();
  }

  #keep(payload) {
    this.received.push(payload);
    this.#arrived();
  }

  close() {
    this.#wire.close();
  }

  /** Further requests are made with these. */
  logIn({ user, password }) {
    this.#user = user;
    this.#password = password;
  }

  /** Further requests carry this nonce. */
  useNonce(nonce) {
    this.#nonce = nonce;
  }

  #usesSha256() {
    return this.#sha256 && this.#offered !== null;
  }

  #credentials() {
    const texts = [[kAttributes.username, this.#user], [kAttributes.realm, this.#realm], [kAttributes.nonce, this.#nonce]].map(([kind, text]) => [kind, Buffer.from(text)]);
    return this.#usesSha256() ? [...texts, [kAttributes.algorithms, this.#offered], [kAttributes.algorithm, Buffer.from([0, 2, 0, 0])]] : texts;
  }

  #key() {
    return createHash(this.#usesSha256() ? 'sha256' : 'md5').update(`${this.#user}:${this.#realm}:${this.#password}`).digest();
  }

  #learn(answer) {
    const [realm, nonce] = [answer.find(kAttributes.realm), answer.find(kAttributes.nonce)];
    if (realm) this.#realm = realm.toString();
    if (nonce) this.#offered = answer.find(kAttributes.algorithms) ?? null;
    if (nonce) this.#nonce = nonce.toString();
  }

  #ask(id, bytes) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no answer from the relay')), kAnswerLimit);
      this.#waiting.set(id.toString('hex'), (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#wire.send(bytes);
    });
  }

  #receive(bytes) {
    if (bytes[0] >= 0x40) {
      this.#keep({ channel: bytes.readUInt16BE(0), payload: bytes.subarray(4, 4 + bytes.readUInt16BE(2)) });
      return;
    }
    const message = readMessage(bytes);
    const waiter = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (waiter) waiter(message);
    else if (message.type === typeOf(kMethods.data, 'indication')) {
      this.#keep({ peer: message.address(kAttributes.peer)[0], payload: message.find(kAttributes.data), icmp: message.find(kAttributes.icmp) });
    }
  }
}

async function openDatagrams({ host, port, localAddress }, receive) {
  const socket = createSocket(net.isIPv6(host) ? 'udp6' : 'udp4');
  socket.on('message', receive).unref(); // who waits for something has a timer
  if (localAddress) await new Promise((resolve) => socket.bind({ address: localAddress }, resolve));
  await new Promise((resolve) => socket.connect(port, host, resolve));
  return { isStream: false, send: (bytes) => socket.send(bytes), close: () => socket.close() };
}

async function openStream({ host, port, ca, keylog, isTls }, receive) {
  const socket = isTls ? tls.connect({ host, port, ca, servername: 'localhost' }) : net.connect({ host, port });
  socket.unref();
  if (keylog) socket.on('keylog', keylog);
  await new Promise((resolve, reject) => socket.once(isTls ? 'secureConnect' : 'connect', resolve).once('error', reject));
  let waiting = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    waiting = Buffer.concat([waiting, bytes]);
    while (waiting.length >= 4) {
      const size = waiting[0] >= 0x40 ? 4 + ((waiting.readUInt16BE(2) + 3) & ~3) : 20 + waiting.readUInt16BE(2);
      if (waiting.length < size) return;
      receive(waiting.subarray(0, size));
      waiting = waiting.subarray(size);
    }
  });
  socket.on('error', () => {}); // whoever waits for an answer says that none came
  return { isStream: true, send: (bytes) => socket.write(bytes), close: () => socket.destroy() };
}

/** Credentials as the server makes them for calls, and as other applications do by the same rule. */
export function credential(secret, name) {
  return { user: name, password: createHmac('sha1', secret).update(name).digest('base64') };
}

/** A peer that sends back what it gets, on an address of this machine. @returns {Promise<{address, port, close}>} */
export async function openEcho(address) {
  const socket = createSocket(net.isIPv6(address) ? 'udp6' : 'udp4');
  socket.on('message', (bytes, { port, address: from }) => socket.send(bytes, port, from)).unref();
  await new Promise((resolve) => socket.bind(0, address, resolve));
  return { address, port: socket.address().port, close: () => socket.close() };
}
