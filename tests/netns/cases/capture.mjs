// The judges themselves: a capture's parser, the classifier and the search, on packets made by hand.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { callKinds, contents, tally } from '../lib/classify.mjs';
import { parseCapture } from '../lib/pcap.mjs';
import { addressForms, findIn } from '../lib/search.mjs';

const kDtls = Buffer.from('16fefd0000', 'hex');
const kRtp = Buffer.from('806f00010000', 'hex');

function stun(type, attributes = Buffer.alloc(0)) {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(attributes.length, 2);
  return Buffer.concat([header, attributes]);
}

function attribute(type, value) {
  const padded = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  padded.writeUInt16BE(type, 0);
  padded.writeUInt16BE(value.length, 2);
  value.copy(padded, 4);
  return padded;
}

function channel(data) {
  const header = Buffer.from([0x40, 0x01, 0, 0]);
  header.writeUInt16BE(data.length, 2);
  return Buffer.concat([header, data]);
}

function tcpFrame(from, to, port) {
  const frame = Buffer.alloc(14 + 20 + 20);
  udpFrame(from, to, Buffer.alloc(12)).copy(frame);
  frame[23] = 6;
  frame.writeUInt16BE(port, 36);
  frame[46] = 0x50;
  return frame;
}

function udpFrame(from, to, payload) {
  const frame = Buffer.alloc(14 + 20 + 8 + payload.length);
  frame.writeUInt16BE(0x0800, 12);
  frame[14] = 0x45;
  frame.writeUInt16BE(28 + payload.length, 16);
  frame[23] = 17;
  Buffer.from(from.split('.').map(Number)).copy(frame, 26);
  Buffer.from(to.split('.').map(Number)).copy(frame, 30);
  frame.writeUInt16BE(1000, 34);
  frame.writeUInt16BE(3478, 36);
  frame.writeUInt16BE(8 + payload.length, 38);
  payload.copy(frame, 42);
  return frame;
}

/** Ethernet and IPv6 around what comes `after`, of which `next` is the first. */
function ipv6Frame(from, to, next, after) {
  const frame = Buffer.alloc(14 + 40 + after.length);
  frame.writeUInt16BE(0x86dd, 12);
  frame[14] = 0x60;
  frame.writeUInt16BE(after.length, 18);
  frame[20] = next;
  frame.write(from, 22, 'hex');
  frame.write(to, 38, 'hex');
  after.copy(frame, 54);
  return frame;
}

function capture(frames) {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt32LE(1, 20);
  const records = frames.map((frame) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(7, 0);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return Buffer.concat([record, frame]);
  });
  return Buffer.concat([header, ...records]);
}

export function captureCases() {
  it('the classifier sees DTLS and RTP bare, in ChannelData and in Send and Data indications', () => {
    const peer = attribute(0x0012, Buffer.alloc(8));
    assert.deepEqual(contents(stun(0x0001)), ['stun']);
    assert.deepEqual(contents(kDtls), ['dtls']);
    assert.deepEqual(contents(kRtp), ['rtp']);
    assert.deepEqual(contents(channel(kDtls)), ['channel', 'dtls']);
    assert.deepEqual(contents(channel(stun(0x0101))), ['channel', 'stun']);
    assert.deepEqual(contents(stun(0x0016, Buffer.concat([peer, attribute(0x0013, kRtp)]))), ['send', 'rtp']);
    assert.deepEqual(contents(stun(0x0017, attribute(0x0013, stun(0x0001)))), ['data', 'stun']);
    assert.deepEqual(contents(Buffer.from([200])), ['unknown']);
  });

  it('a capture is read and counted', () => {
    const packets = parseCapture(capture([udpFrame('5.61.10.2', '45.140.30.10', channel(kRtp)), udpFrame('5.61.10.2', '45.140.30.10', stun(1))]));
    const counts = tally(packets);
    assert.deepEqual(counts, { 'udp channel/rtp': { packets: 1, bytes: 38 }, 'udp stun': { packets: 1, bytes: 48 } });
    assert.deepEqual(callKinds(counts, 8080), ['udp channel/rtp']);
    assert.equal(packets[0].from, '5.61.10.2');
    assert.equal(packets[0].toPort, 3478);
  });

  it('a stream to another port than the page may be a call inside TURN', () => {
    const to = (port) => tcpFrame('5.61.10.2', '45.140.30.10', port);
    const counts = tally(parseCapture(capture([to(8080), to(3478), to(8080)])));
    assert.deepEqual(counts, { 'tcp 8080': { packets: 2, bytes: 40 * 2 }, 'tcp 3478': { packets: 1, bytes: 40 } });
    assert.deepEqual(callKinds(counts, 8080), ['tcp 3478']);
  });

  it('fragments are put together', () => {
    const whole = udpFrame('5.61.10.2', '45.140.30.10', channel(Buffer.concat([kRtp, Buffer.alloc(58)])));
    const part = (from, to, flags) => {
      const frame = Buffer.concat([whole.subarray(0, 34), whole.subarray(34 + from, 34 + to)]);
      frame.writeUInt16BE(20 + to - from, 16);
      frame.writeUInt16BE(flags, 20);
      return frame;
    };
    const end = whole.length - 34;
    const [packet, ...more] = parseCapture(capture([part(0, 40, 0x2000), part(40, end, 5)]));
    assert.deepEqual(packet.payload, whole.subarray(42));
    assert.equal(more.length, 0);
    assert.throws(() => parseCapture(capture([part(40, end, 5)])), /out of order/);
  });

  it('IPv6 is read, behind extension headers too', () => {
    const [from, to] = ['2a0281099ac110110000000000000002', '2a034f1c7e219a300000000000000010'];
    const udp = udpFrame('5.61.10.2', '45.140.30.10', kRtp).subarray(34);
    const options = Buffer.concat([Buffer.from([60, 0, 1, 4, 0, 0, 0, 0, 17, 1]), Buffer.alloc(14)]);
    const packets = parseCapture(capture([ipv6Frame(from, to, 17, udp), ipv6Frame(from, to, 0, Buffer.concat([options, udp]))]));
    assert.equal(packets.length, 2);
    for (const packet of packets) {
      assert.deepEqual([packet.from, packet.to], ['2a02:8109:9ac1:1011::2', '2a03:4f1c:7e21:9a30::10']);
      assert.deepEqual([packet.protocol, packet.toPort, packet.payload], ['udp', 3478, kRtp]);
    }
  });

  it('fragments of IPv6 are put together', () => {
    const [from, to] = ['2a0281099ac110110000000000000002', '2a034f1c7e219a300000000000000010'];
    const udp = udpFrame('5.61.10.2', '45.140.30.10', channel(Buffer.concat([kRtp, Buffer.alloc(58)]))).subarray(34);
    const part = (begin, end, id = 7) => {
      const header = Buffer.from([17, 0, 0, 0, 0, 0, 0, id]);
      header.writeUInt16BE(begin | (end < udp.length ? 1 : 0), 2);
      return ipv6Frame(from, to, 44, Buffer.concat([header, udp.subarray(begin, end)]));
    };
    // Those of two packets, one between the other's.
    const packets = parseCapture(capture([part(0, 40), part(0, 48, 8), part(40, udp.length), part(48, udp.length, 8)]));
    assert.equal(packets.length, 2);
    for (const packet of packets) {
      assert.deepEqual([packet.from, packet.to], ['2a02:8109:9ac1:1011::2', '2a03:4f1c:7e21:9a30::10']);
      assert.deepEqual([packet.protocol, packet.toPort, packet.payload, packet.ip.length], ['udp', 3478, udp.subarray(8), 40 + udp.length]);
    }
    assert.throws(() => parseCapture(capture([part(40, udp.length)])), /out of order/);
  });

  it('an address is found as text, in binary, XORed and inside base64', () => {
    const forms = addressForms('91.150.20.2');
    const found = (payload) => findIn([{ payload: Buffer.from(payload) }], forms).map(({ form }) => form);
    assert.deepEqual(found('candidate 91.150.20.2 1234'), ['text']);
    assert.deepEqual(found([1, 91, 150, 20, 2]), ['binary']);
    assert.deepEqual(found([91 ^ 0x21, 150 ^ 0x12, 20 ^ 0xa4, 2 ^ 0x42]), ['xor']);
    for (const before of ['', 'x', 'xy']) {
      assert.deepEqual(found(Buffer.from(`${before}91.150.20.2 and more`).toString('base64')), ['base64']);
    }
    assert.deepEqual(found('candidate 91.150.20.3'), []);
  });

  it('so is one of IPv6, by its first /64', () => {
    const forms = addressForms('2804:14d4:8a71:2022::2');
    const found = (payload) => findIn([{ payload: Buffer.from(payload) }], forms).map(({ form }) => form);
    const bytes = Buffer.from('280414d48a712022', 'hex');
    for (const text of ['2804:14d4:8a71:2022::7', '2804:14D4:8A71:2022:0:0:0:2']) {
      assert.deepEqual(found(`candidate ${text} 1234`), ['text']);
      for (const before of ['', 'x', 'xy']) assert.deepEqual(found(Buffer.from(`${before}${text} and more`).toString('base64')), ['base64']);
    }
    assert.deepEqual(found([1, ...bytes, 2]), ['binary']);
    const answer = stun(0x0101, attribute(0x0020, Buffer.alloc(20)));
    answer.write('0123456789ab', 8, 'latin1');
    answer.writeUInt32BE(0x2112a442, 4);
    for (const [index, byte] of bytes.entries()) answer[28 + index] = byte ^ answer[4 + index];
    assert.deepEqual(found(answer), ['xor']);
    assert.deepEqual(found(channel(answer)), ['xor'], 'inside what TURN carries too');
    assert.deepEqual(found('candidate 2804:14d4:8a71:2023::2'), []);
    assert.throws(() => addressForms('2804:14d4::2'), /four whole groups/);
  });
}
