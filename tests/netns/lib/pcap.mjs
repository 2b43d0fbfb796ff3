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
  if (etherType === 0x0800) return parseIpv4(fragments.whole(ip));
  if (etherType === 0x86dd) return parseIpv6(ip);
  return null; // ARP
}

// Puts IPv4 fragments that arrive in order together again (a link without delay does not reorder).
class Fragments {
  #partial = new Map();

  /** The packet from its IP header on, or null while parts are missing. */
  whole(ip) {
    const flags = ip.readUInt16BE(6);
    const [more, offset] = [(flags & 0x2000) !== 0, (flags & 0x1fff) * 8];
    if (!more && offset === 0) return ip;
    const key = ip.subarray(4, 6).toString('hex') + ip.subarray(9, 10).toString('hex') + ip.subarray(12, 20).toString('hex');
    const header = (ip[0] & 0x0f) * 4;
    const body = ip.subarray(header, ip.readUInt16BE(2));
    const before = offset === 0 ? Buffer.from(ip.subarray(0, header)) : this.#partial.get(key);
    if (!before || before.length - header !== offset) throw new Error('fragments out of order: the capture cannot be judged');
    const joined = Buffer.concat([before, body]);
    joined.writeUInt16BE(joined.length, 2);
    if (more) this.#partial.set(key, joined);
    else this.#partial.delete(key);
    return more ? null : joined;
  }
}

function parseIpv4(ip) {
  if (!ip) return null;
  const header = (ip[0] & 0x0f) * 4;
  const body = ip.subarray(header, ip.readUInt16BE(2));
  const dotted = (offset) => [...ip.subarray(offset, offset + 4)].join('.');
  return { from: dotted(12), to: dotted(16), ip: ip.subarray(0, ip.readUInt16BE(2)), ...parseTransport(ip[9], body) };
}

function parseIpv6(ip) {
  const length = 40 + ip.readUInt16BE(4);
  const groups = (offset) => Array.from({ length: 8 }, (_, i) => ip.readUInt16BE(offset + 2 * i).toString(16)).join(':');
  return { from: groups(8), to: groups(24), ip: ip.subarray(0, length), ...parseTransport(ip[6], ip.subarray(40, length)) };
}

function parseTransport(protocol, body) {
  const ports = () => ({ fromPort: body.readUInt16BE(0), toPort: body.readUInt16BE(2) });
  if (protocol === 17) return { protocol: 'udp', ...ports(), payload: body.subarray(8, body.readUInt16BE(4)) };
  if (protocol === 6) return { protocol: 'tcp', ...ports(), payload: body.subarray((body[12] >> 4) * 4) };
  return { protocol: protocol === 1 || protocol === 58 ? 'icmp' : 'other', fromPort: 0, toPort: 0, payload: body };
}
