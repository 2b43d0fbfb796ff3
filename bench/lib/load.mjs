// A WebSocket client over TLS that costs little, so that one process can hold thousands: it reads short unmasked text
// frames and sends short masked ones, nothing more.
import { randomBytes } from 'node:crypto';
import tls from 'node:tls';

const kAddresses = 200; // 127.0.1.1 and up: a server limits what one address may do

export class LoadSocket {
  #tls;
  #buffer = Buffer.alloc(0);
  #upgraded = false;
  #waiters = [];
  messages = [];
  onMessage = null;

  /** @param {{port: number, path: string, protocol?: string, index: number}} target @returns once the upgrade is done */
  static open({ port, path, protocol, index }) {
    const socket = new LoadSocket();
    const localAddress = `127.0.1.${1 + (index % kAddresses)}`;
    return new Promise((resolve, reject) => {
      socket.#tls = tls.connect({ host: '127.0.0.1', port, localAddress, rejectUnauthorized: false, servername: 'localhost' });
      socket.#tls.on('error', reject);
      socket.#tls.on('close', () => reject(new Error('closed before the upgrade')));
      socket.#tls.on('data', (data) => socket.#take(data, () => resolve(socket), reject));
      socket.#tls.write(
        [
          `GET ${path} HTTP/1.1`,
          `Host: localhost:${port}`,
          'Connection: Upgrade',
          'Upgrade: websocket',
          'Sec-WebSocket-Version: 13',
          `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
          `Origin: https://localhost:${port}`,
          ...(protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : []),
          '\r\n',
        ].join('\r\n'),
      );
    });
  }

  #take(data, upgraded, reject) {
    this.#buffer = this.#buffer.length ? Buffer.concat([this.#buffer, data]) : data;
    if (!this.#upgraded) {
      const end = this.#buffer.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = this.#buffer.subarray(0, end).toString();
      if (!head.startsWith('HTTP/1.1 101')) return reject(new Error(head.split('\r\n')[0]));
      this.#upgraded = true;
      this.#buffer = this.#buffer.subarray(end + 4);
      upgraded();
    }
    this.#readFrames();
    // A slice would keep the whole chunk of the read alive.
    this.#buffer = this.#buffer.length ? Buffer.from(this.#buffer) : Buffer.alloc(0);
  }

  #readFrames() {
    while (this.#buffer.length >= 2) {
      const short = this.#buffer[1] & 0x7f;
      if (short === 127) throw new Error('a frame longer than 64 KiB');
      const start = short === 126 ? 4 : 2;
      if (this.#buffer.length < start) return;
      const length = short === 126 ? this.#buffer.readUInt16BE(2) : short;
      if (this.#buffer.length < start + length) return;
      const opcode = this.#buffer[0] & 0x0f;
      const payload = this.#buffer.subarray(start, start + length);
      if (opcode === 1) this.#deliver(JSON.parse(payload));
      if (opcode === 9) this.#frame(0x8a, Buffer.from(payload));
      this.#buffer = this.#buffer.subarray(start + length);
    }
  }

  #deliver(message) {
    if (this.onMessage) return this.onMessage(message);
    this.messages.push(message);
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  #frame(first, payload) {
    const mask = randomBytes(4);
    const head = payload.length < 126 ? Buffer.from([first, 0x80 | payload.length]) : Buffer.from([first, 0xfe, payload.length >> 8, payload.length & 0xff]);
    const masked = Buffer.from(payload.map((byte, index) => byte ^ mask[index & 3]));
    this.#tls.write(Buffer.concat([head, mask, masked]));
  }

  send(message) {
    this.#frame(0x81, Buffer.from(JSON.stringify(message)));
  }

  /** The first message of a type; what came before it is forgotten. */
  async next(type) {
    for (;;) {
      const index = this.messages.findIndex((message) => message.type === type);
      if (index >= 0) {
        const [message] = this.messages.splice(0, index + 1).slice(-1);
        return message;
      }
      const refusal = this.messages.find((message) => message.type === 'error');
      if (refusal) throw new Error(`refused: ${refusal.code}`);
      await new Promise((resolve) => this.#waiters.push(resolve));
    }
  }

  cipher() {
    return `${this.#tls.getProtocol()} ${this.#tls.getCipher().name}`;
  }

  /** Resolves once the other end has closed too. */
  close() {
    return new Promise((resolve) => {
      this.#tls.removeAllListeners('error').on('error', resolve);
      this.#tls.once('close', resolve);
      this.#tls.end();
    });
  }
}

/** Runs `work(index)` for 0 … count-1, at most `width` at a time. */
export async function inParallel(count, width, work) {
  const results = new Array(count);
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
