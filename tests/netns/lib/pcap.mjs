// Reads what tcpdump wrote: Ethernet, IPv4 and IPv6, UDP and TCP.
import { readFileSync } from 'node:fs';

const kEthernet = 1;

/** @typedef {{at: number, from: string, to: string, protocol: 'udp'|'tcp'|'icmp'|'other', fromPort: number, toPort: number, payload: Buffer, ip: Buffer}} Packet */

/** Every IP packet of a capture, oldest first; `at` in seconds, `ip` from the IP header on. @returns {Packet[]} */
export function readCapture(file) {
  return parseCapture(readFileSync(file));
}

export function parseCapture(data) {
  if (data.readUInt32LE(0) !== 0xa1b2c3d4) throw new Error('not a little-endian pcap file with microseconds');
  if (data.readUInt32LE(20) !== kEthernet) throw new Error('not a capture of Ethernet');
  const packets = [];
  const fragments = new Fragments();
  for (let offset = 24; offset < data.length;) {
    const captured = data.readUInt32LE(offset + 8);
    if (captured !== data.readUInt32LE(offset + 12)) throw new Error('a packet was cut short');
    const frame = data.subarray(offset + 16, offset + 16 + captured);
    const at = data.readUInt32LE(offset) + data.readUInt32LE(offset + 4) / 1e6;
    const packet = parseFrame(frame, fragments);
    if (packet) packets.push({ at, ...packet });
    offset += 16 + captured;
  }
  return packets;
}

function parseFrame(frame, fragments) {
  const ip = frame.subarray(14);
  const etherType = frame.readUInt16BE(12);
  if (etherType === 0x0800) return parseIpv4(wholeIpv4(ip, fragments));
  if (etherType === 0x86dd) return parseIpv6(ip, fragments);
  return null; // ARP
}

// Puts fragments that arrive in order together again (a link without delay does not reorder).
class Fragments {
  #partial = new Map();

  /** What the packet `key` carries, or null while parts are missing. */
  join(key, { more, offset, part }) {
    const before = offset === 0 ? Buffer.alloc(0) : this.#partial.get(key);
    if (before?.length !== offset) throw new Error('fragments out of order: the capture cannot be judged');
    const joined = Buffer.concat([before, part]);
    if (more) this.#partial.set(key, joined);
    else this.#partial.delete(key);
    return more ? null : joined;
  }
}

function wholeIpv4(ip, fragments) {
  const flags = ip.readUInt16BE(6);
  const [more, offset] = [(flags & 0x2000) !== 0, (flags & 0x1fff) * 8];
  if (!more && offset === 0) return ip;
  const key = ip.subarray(4, 6).toString('hex') + ip.subarray(9, 10).toString('hex') + ip.subarray(12, 20).toString('hex');
  const header = (ip[0] & 0x0f) * 4;
  const body = fragments.join(key, { more, offset, part: ip.subarray(header, ip.readUInt16BE(2)) });
  if (!body) return null;
  const whole = Buffer.concat([ip.subarray(0, header), body]);
  whole.writeUInt16BE(whole.length, 2);
  whole.writeUInt16BE(0, 6);
  return whole;
}

function parseIpv4(ip) {
  if (!ip) return null;
  const header = (ip[0] & 0x0f) * 4;
  const body = ip.subarray(header, ip.readUInt16BE(2));
  const dotted = (offset) => [...ip.subarray(offset, offset + 4)].join('.');
  return { from: dotted(12), to: dotted(16), ip: ip.subarray(0, ip.readUInt16BE(2)), ...parseTransport(ip[9], body) };
}

// Extension headers that may stand before the transport's (RFC 8200 §4.1), and before a fragment's.
const kExtensions = [0, 43, 60];
const kFragment = 44;

function parseIpv6(ip, fragments) {
  const length = 40 + ip.readUInt16BE(4);
  let [next, start] = [ip[6], 40];
  while (kExtensions.includes(next)) [next, start] = [ip[start], start + 8 * (ip[start + 1] + 1)];
  if (next === kFragment) {
    const whole = wholeIpv6(ip.subarray(0, length), start, fragments);
    return whole && parseIpv6(whole, fragments);
  }
  return { from: writtenIpv6(ip, 8), to: writtenIpv6(ip, 24), ip: ip.subarray(0, length), ...parseTransport(next, ip.subarray(start, length)) };
}

// RFC 8200 §4.5: without the fragment's header at `start`, of which nothing is left once all parts are there.
function wholeIpv6(ip, start, fragments) {
  const flags = ip.readUInt16BE(start + 2);
  const key = ip.subarray(8, 40).toString('hex') + ip.subarray(start + 4, start + 8).toString('hex');
  const body = fragments.join(key, { more: (flags & 1) !== 0, offset: flags & 0xfff8, part: ip.subarray(start + 8) });
  if (!body) return null;
  // Whatever stands before it is for routers; what is carried begins here.
  const whole = Buffer.concat([ip.subarray(0, 40), body]);
  whole.writeUInt16BE(body.length, 4);
  whole[6] = ip[start];
  return whole;
}

// As RFC 5952 has it, which is how a URL is written too.
function writtenIpv6(bytes, offset) {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(offset + 2 * i).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

function parseTransport(protocol, body) {
  const ports = () => ({ fromPort: body.readUInt16BE(0), toPort: body.readUInt16BE(2) });
  if (protocol === 17) return { protocol: 'udp', ...ports(), payload: body.subarray(8, body.readUInt16BE(4)) };
  if (protocol === 6) return { protocol: 'tcp', ...ports(), payload: body.subarray((body[12] >> 4) * 4) };
  return { protocol: protocol === 1 || protocol === 58 ? 'icmp' : 'other', fromPort: 0, toPort: 0, payload: body };
}
