// What a UDP payload is, by its first byte (RFC 7983 §7), looking into what TURN carries (RFC 8656 §§11, 12).

const kSendIndication = 0x0016;
const kDataIndication = 0x0017;
const kData = 0x0013;

/**
 * @param {Buffer} payload of one UDP datagram
 * @returns {string[]} outermost first, such as ['stun'], ['rtp'], ['channel', 'dtls'], ['send', 'stun']
 */
export function contents(payload) {
  const first = payload[0];
  if (first === undefined) return ['empty'];
  if (first <= 3) return stunContents(payload);
  if (first >= 20 && first <= 63) return ['dtls'];
  if (first >= 64 && first <= 79) return ['channel', ...contents(payload.subarray(4, 4 + payload.readUInt16BE(2)))];
  if (first >= 128 && first <= 191) return ['rtp'];
  return ['unknown'];
}

function stunContents(payload) {
  if (payload.length < 20) return ['unknown'];
  const type = payload.readUInt16BE(0);
  if (type !== kSendIndication && type !== kDataIndication) return ['stun'];
  const name = type === kSendIndication ? 'send' : 'data';
  for (let offset = 20; offset + 4 <= payload.length;) {
    const length = payload.readUInt16BE(offset + 2);
    if (payload.readUInt16BE(offset) === kData) return [name, ...contents(payload.subarray(offset + 4, offset + 4 + length))];
    offset += 4 + Math.ceil(length / 4) * 4;
  }
  return [name];
}

/** Bytes (IP length) and packets by what they are: {'tcp 8080': {packets, bytes}, 'udp stun': …}; of TCP the port they go to. */
export function tally(packets) {
  const counts = {};
  for (const packet of packets) {
    const key = kindOf(packet);
    counts[key] ??= { packets: 0, bytes: 0 };
    counts[key].packets += 1;
    counts[key].bytes += packet.ip.length;
  }
  return counts;
}

function kindOf({ protocol, payload, toPort }) {
  if (protocol === 'udp') return `udp ${contents(payload).join('/')}`;
  return protocol === 'tcp' ? `tcp ${toPort}` : protocol;
}

/** The kinds of a tally that are part of somebody's call: DTLS, RTP, what nobody can name, or a stream to another port than the page's. */
export function callKinds(counts, pagePort) {
  return Object.keys(counts).filter((kind) => /dtls|rtp|unknown|other/.test(kind) || (kind.startsWith('tcp') && kind !== `tcp ${pagePort}`));
}
