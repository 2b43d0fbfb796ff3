// Looks for what must not be in a capture.
import { isIPv6 } from 'node:net';

// RFC 8489 §14.2: XOR-MAPPED-ADDRESS hides addresses from careless NATs, not from us.
const kMagicCookie = Buffer.from([0x21, 0x12, 0xa4, 0x42]);

/** @typedef {{form: string, bytes: Buffer} | {form: string, isIn: (payload: Buffer) => boolean}} Pattern */

/** The forms in which an address can stand in a packet. Of IPv6 the first /64 is looked for: it tells the home. @returns {Pattern[]} */
export function addressForms(address) {
  return isIPv6(address) ? ipv6Forms(address) : ipv4Forms(address);
}

function ipv4Forms(address) {
  const binary = Buffer.from(address.split('.').map(Number));
  return [{ form: 'binary', bytes: binary }, { form: 'xor', bytes: xored(binary, kMagicCookie) }, ...textForms(address)];
}

function ipv6Forms(address) {
  const groups = address.split(':').slice(0, 4);
  // Else there would be several ways to write it.
  if (groups.some((group) => !/^[1-9a-f][0-9a-f]{3}$/.test(group))) throw new Error(`${address} does not begin with four whole groups`);
  const binary = Buffer.from(groups.join(''), 'hex');
  const text = `${groups.join(':')}:`;
  return [
    { form: 'binary', bytes: binary },
    { form: 'xor', isIn: (payload) => masks(payload).some((mask) => payload.includes(xored(binary, mask))) },
    ...textForms(text),
    ...textForms(text.toUpperCase()),
  ];
}

function textForms(text) {
  const bytes = Buffer.from(text);
  return [{ form: 'text', bytes }, ...base64Forms(bytes).map((encoded) => ({ form: 'base64', bytes: encoded }))];
}

function xored(bytes, mask) {
  return Buffer.from(bytes.map((byte, index) => byte ^ mask[index]));
}

// What an IPv6 address is XORed with in any STUN message that the payload is or holds: its cookie and its transaction id.
function masks(payload) {
  const found = [];
  for (let at = payload.indexOf(kMagicCookie); at >= 0; at = payload.indexOf(kMagicCookie, at + 1)) {
    if (at + 16 <= payload.length) found.push(payload.subarray(at, at + 16));
  }
  return found;
}

// Text inside base64 stands at one of three alignments; the characters that depend on its neighbours are left out.
function base64Forms(text) {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), text]).toString('base64url');
    return Buffer.from(encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + text.length) * 8) / 6)));
  });
}

/** @param {Pattern[]} patterns @returns {{form: string, packet: object}[]} the payloads that hold any of them */
export function findIn(packets, patterns) {
  const hits = [];
  for (const packet of packets) {
    for (const { form, bytes, isIn } of patterns) if (bytes ? packet.payload.includes(bytes) : isIn(packet.payload)) hits.push({ form, packet });
  }
  return hits;
}
