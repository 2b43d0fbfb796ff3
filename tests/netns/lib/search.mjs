// Looks for what must not be in a capture.

const kMagicCookie = 0x2112a442; // RFC 8489 §14.2: XOR-MAPPED-ADDRESS hides addresses from careless NATs, not from us

/** The forms in which an IPv4 address can stand in a packet. @returns {{form: string, bytes: Buffer}[]} */
export function addressForms(address) {
  const binary = Buffer.from(address.split('.').map(Number));
  const xored = Buffer.alloc(4);
  xored.writeUInt32BE((binary.readUInt32BE(0) ^ kMagicCookie) >>> 0);
  const text = Buffer.from(address);
  return [
    { form: 'text', bytes: text },
    { form: 'binary', bytes: binary },
    { form: 'xor', bytes: xored },
    ...base64Forms(text).map((bytes) => ({ form: 'base64', bytes })),
  ];
}

// Text inside base64 stands at one of three alignments; the characters that depend on its neighbours are left out.
function base64Forms(text) {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), text]).toString('base64url');
    return Buffer.from(encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + text.length) * 8) / 6)));
  });
}

/** @returns {{form: string, packet: object}[]} the payloads that hold any of the patterns */
export function findIn(packets, patterns) {
  const hits = [];
  for (const packet of packets) {
    for (const { form, bytes } of patterns) if (packet.payload.includes(bytes)) hits.push({ form, packet });
  }
  return hits;
}
