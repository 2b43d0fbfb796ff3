// What a server that lies can stand in the way of a direct call with: each of two pages is told of the other at a port here, and STUN says of
// each that the internet sees it here, where the other is told to find it. Packets are passed on as they are: nothing in them is opened, and
// to both ends the way looks direct.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const kBindingRequest = 0x0001;
const kBindingAnswer = 0x0101;
const kXorMapped = 0x0020;
const kCookie = 0x2112a442;
const kHeader = 20;

/** How candidates are written, by the kind that they are said to be. */
const kWritten = {
  host: ({ address, port }) => `candidate:1 1 udp 2122260223 ${address} ${port} typ host`,
  srflx: ({ address, port }) => `candidate:1 1 udp 1686052607 ${address} ${port} typ srflx raddr 0.0.0.0 rport 0`,
};

export class BlindForwarder {
  /** Packets passed on to the page of each seat, by what they are, and the STUN answers it was given. */
  passed = [0, 1].map(() => ({ rtp: 0, dtls: 0, stun: 0, answers: 0 }));
  #address;
  #kind;
  /** By seat: where that page is told that the other is, and where its packets come from. */
  #ends = [];
  #stun = null;
  /** Addresses that pages come from, by seat. */
  #pages = [];

  /** @param {string} address of this machine, as both pages reach it @param {'host' | 'srflx'} kind what the candidates are said to be */
  static async at(address, kind) {
    const forwarder = new BlindForwarder();
    forwarder.#address = address;
    forwarder.#kind = kind;
    for (const seat of [0, 1]) {
      const socket = await bound(address);
      socket.on('message', (data, from) => forwarder.#pass(seat, data, from));
      forwarder.#ends.push({ socket, from: null });
    }
    forwarder.#stun = await bound(address);
    forwarder.#stun.on('message', (data, from) => forwarder.#answer(data, from));
    return forwarder;
  }

  /** What the page at that address hears in place of a message of the real server. */
  lie(message, page) {
    if (!this.#pages.includes(page)) this.#pages.push(page);
    if (message.type === 'welcome') return { ...message, features: { ...message.features, stun: [this.#stunUrl] } };
    if (message.type === 'accepted' || message.type === 'servers') {
      return { ...message, ...(message.intro?.startsWith('{') && { intro: this.#forgeIntro(message.intro, page) }), ice_servers: this.#ownStun(message.ice_servers) };
    }
    if (message.type !== 'relay' || !message.body.startsWith('{')) return message;
    const body = JSON.parse(message.body);
    if (body.kind !== 'candidates') return message;
    return { ...message, body: JSON.stringify({ ...body, list: this.#forge(body.list, page) }) };
  }

  #forgeIntro(intro, page) {
    const { candidates = [], ...rest } = JSON.parse(intro);
    return JSON.stringify({ ...rest, candidates: this.#forge(candidates, page) });
  }

  /** In place of all of them, if there are any. */
  #forge(candidates, page) {
    const { address, port } = this.#ends[this.#pages.indexOf(page)].socket.address();
    return candidates.slice(0, 1).map((each) => ({ ...each, candidate: kWritten[this.#kind]({ address, port }) }));
  }

  get #stunUrl() {
    return `stun:${this.#address}:${this.#stun.address().port}`;
  }

  #ownStun(servers) {
    const relays = servers.map((server) => ({ ...server, urls: server.urls.filter((url) => url.startsWith('turn')) })).filter(({ urls }) => urls.length);
    return [{ urls: [this.#stunUrl], username: '', credential: '' }, ...relays];
  }

  #pass(seat, data, { address, port }) {
    this.#ends[seat].from = { address, port };
    const { socket, from } = this.#ends[1 - seat];
    // Its first checks come too early: the other has sent nothing yet, and nobody knows where it is.
    if (!from) return;
    const kind = data[0] >= 128 ? 'rtp' : data[0] >= 20 ? 'dtls' : 'stun';
    this.passed[1 - seat][kind] += 1;
    socket.send(data, from.port, from.address);
  }

  #answer(request, { address, port }) {
    const seat = this.#pages.indexOf(address);
    if (seat < 0 || request.length < kHeader || request.readUInt16BE(0) !== kBindingRequest) return;
    this.passed[seat].answers += 1;
    this.#stun.send(bindingAnswer(request, this.#ends[1 - seat].socket.address()), port, address);
  }
}

async function bound(address) {
  const socket = createSocket('udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}

/** RFC 8489 §14.2 */
function bindingAnswer(request, { address, port }) {
  const mapped = Buffer.alloc(12);
  mapped.writeUInt16BE(kXorMapped, 0);
  mapped.writeUInt16BE(8, 2);
  mapped.writeUInt8(1, 5);
  mapped.writeUInt16BE(port ^ (kCookie >>> 16), 6);
  mapped.writeUInt32BE((Buffer.from(address.split('.').map(Number)).readUInt32BE(0) ^ kCookie) >>> 0, 8);
  const header = Buffer.from(request.subarray(0, kHeader));
  header.writeUInt16BE(kBindingAnswer, 0);
  header.writeUInt16BE(mapped.length, 2);
  return Buffer.concat([header, mapped]);
}
