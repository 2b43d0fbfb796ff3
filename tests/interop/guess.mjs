// Somebody who tries one name and password at a relay, over UDP or TCP (RFC 8489 §9.2, RFC 8656 §7).
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import net from 'node:net';

const kCookie = 0x2112a442;
const kAllocate = 0x0003;
const [kUsername, kIntegrity, kErrorCode, kRealm, kNonce, kRequestedTransport] = [0x0006, 0x0008, 0x0009, 0x0014, 0x0015, 0x0019];
const kUdp = Buffer.from([17, 0, 0, 0]);
const kLimit = 20_000; // ms for an answer

function attribute(type, value) {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

function allocate(attributes, key) {
  const head = Buffer.concat([Buffer.alloc(8), randomBytes(12)]);
  const body = Buffer.concat(attributes);
  head.writeUInt16BE(kAllocate, 0);
  head.writeUInt16BE(body.length + (key ? 24 : 0), 2);
  head.writeUInt32BE(kCookie, 4);
  const message = Buffer.concat([head, body]);
  return key ? Buffer.concat([message, attribute(kIntegrity, createHmac('sha1', key).update(message).digest())]) : message;
}

function attributesOf(message) {
  const found = new Map();
  for (let at = 20; at + 4 <= message.length; ) {
    const size = message.readUInt16BE(at + 2);
    found.set(message.readUInt16BE(at), message.subarray(at + 4, at + 4 + size));
    at += 4 + size + ((4 - (size % 4)) % 4);
  }
  return found;
}

/** One message there and the next one back. */
function open(transport, port) {
  if (transport === 'udp') {
    const socket = createSocket('udp4');
    return { send: (bytes) => socket.send(bytes, port, '127.0.0.1'), heard: (listener) => socket.once('message', listener), close: () => socket.close() };
  }
  const socket = net.connect(port, '127.0.0.1');
  return { send: (bytes) => socket.write(bytes), heard: (listener) => socket.once('data', listener), close: () => socket.destroy() };
}

/** @returns {Promise<number>} the code of the answer; 0 for a success */
export async function guess({ transport = 'udp', port, user, password }) {
  const path = open(transport, port);
  const ask = (message) =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no answer over ${transport}`)), kLimit);
      path.heard((answer) => {
        clearTimeout(late);
        resolve(attributesOf(answer));
      });
      path.send(message);
    });
  try {
    const challenge = await ask(allocate([attribute(kRequestedTransport, kUdp)]));
    const realm = challenge.get(kRealm);
    const key = createHash('md5').update(`${user}:${realm}:${password}`).digest();
    const login = [attribute(kUsername, Buffer.from(user)), attribute(kRealm, realm), attribute(kNonce, challenge.get(kNonce))];
    const error = (await ask(allocate([attribute(kRequestedTransport, kUdp), ...login], key))).get(kErrorCode);
    return error ? error[2] * 100 + error[3] : 0;
  } finally {
    path.close();
  }
}
