import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kEnoughMegapoints, kTooCostly, type CodecCosts } from './codec_costs.ts';
import { kCheaperPart, kStrongCores, orderCodecs, orderPicture, orderSound, type CodecFacts } from './codecs.ts';

const codec = (mimeType: string, sdpFmtpLine?: string): RTCRtpCodec => ({ mimeType, clockRate: 90_000, ...(sdpFmtpLine ? { sdpFmtpLine } : {}) });
// As Chromium 156 has them.
const kFacts: CodecFacts = {
  audio: ['opus', 'red', 'G722', 'PCMU'].map((name) => codec(`audio/${name}`)),
  video: [
    codec('video/VP8'),
    codec('video/rtx'),
    codec('video/H264', 'packetization-mode=1'),
    codec('video/H264', 'packetization-mode=0'),
    codec('video/AV1'),
    codec('video/VP9', 'profile-id=0'),
    codec('video/red'),
    codec('video/ulpfec'),
  ],
  efficient: [],
  cores: 4,
};
const names = (codecs: readonly RTCRtpCodec[]): string[] => codecs.map(({ mimeType }) => mimeType.split('/')[1]!);

test('a weak device neither encodes AV1 nor VP9, and what repairs a picture stays', () => {
  assert.deepEqual(names(orderPicture(kFacts)), ['VP8', 'H264', 'H264', 'rtx', 'red', 'ulpfec']);
  assert.deepEqual(names(orderPicture({ ...kFacts, cores: null })), names(orderPicture(kFacts)));
  assert.deepEqual(names(orderPicture({ ...kFacts, cores: kStrongCores - 1 })), names(orderPicture(kFacts)));
});

test('a strong one has them last', () => {
  assert.deepEqual(names(orderPicture({ ...kFacts, cores: kStrongCores })), ['VP8', 'H264', 'H264', 'VP9', 'AV1', 'rtx', 'red', 'ulpfec']);
});

test('what a device has a part of its own for comes first, whatever it is', () => {
  const h264 = orderPicture({ ...kFacts, efficient: ['video/H264'] });
  assert.deepEqual(names(h264), ['H264', 'H264', 'VP8', 'rtx', 'red', 'ulpfec']);
  assert.deepEqual(h264.slice(0, 2).map(({ sdpFmtpLine }) => sdpFmtpLine), ['packetization-mode=1', 'packetization-mode=0']);
  assert.equal(names(orderPicture({ ...kFacts, efficient: ['video/vp9'] }))[0], 'VP9');
});

test('what was measured to cost a processor clearly less goes first; a weak device encodes nothing else for it', () => {
  const order = (vp8: number, other: number, kind = 'video/h264'): string[] => {
    const cost = (ms: number) => ({ ms: ms * kEnoughMegapoints, megapoints: kEnoughMegapoints });
    return names(orderPicture(kFacts, new Map([['video/vp8', cost(vp8)], [kind, cost(other)]])));
  };
  assert.deepEqual(order(10, 10 * kCheaperPart - 0.1), ['H264', 'H264', 'VP8', 'rtx', 'red', 'ulpfec']);
  assert.deepEqual(order(10, 10 * kCheaperPart), names(orderPicture(kFacts)));
  assert.deepEqual(order(10, 1, 'video/vp9'), names(orderPicture(kFacts)));
  assert.equal(names(orderPicture({ ...kFacts, efficient: ['video/VP8'] }, new Map([['video/h264', { ms: 1, megapoints: kEnoughMegapoints }]])))[0], 'VP8');
  assert.equal(names(orderPicture(kFacts, new Map([['video/h264', { ms: 1, megapoints: kEnoughMegapoints }]])))[0], 'VP8', 'with nothing to compare');
});

test('where the usual codec costs more than a device has another is tried, and the cheaper of the two kept', () => {
  const first = (measured: Record<string, number>, facts = kFacts): string => {
    const costs: CodecCosts = new Map(Object.entries(measured).map(([kind, ms]) => [`video/${kind}`, { ms: ms * kEnoughMegapoints, megapoints: kEnoughMegapoints }]));
    return names(orderPicture(facts, costs))[0]!;
  };
  const much = kTooCostly + 1;
  assert.equal(first({ vp8: kTooCostly }), 'VP8', 'it can be done');
  assert.equal(first({ vp8: much }), 'H264', 'to be measured');
  assert.equal(first({ vp8: much, h264: much * kCheaperPart - 1 }), 'H264', 'it is cheaper');
  assert.equal(first({ vp8: much, h264: much * 2 }), 'VP8', 'it is not');
  const strong = { ...kFacts, cores: kStrongCores };
  const without = ({ video, ...rest }: CodecFacts): CodecFacts => ({ ...rest, video: video.filter(({ mimeType }) => mimeType !== 'video/H264') });
  for (const facts of [without(kFacts), without(strong)]) assert.equal(first({ vp8: much }, facts), 'VP8', 'nothing that costs more by its nature is tried');
  assert.equal(first({ vp8: much }, strong), 'H264');
  assert.equal(first({ vp8: much }, { ...kFacts, efficient: ['video/VP8'] }), 'VP8', 'a part of its own costs no processor');
});

test('what a device prefers to send is told by kind, without what repairs a picture', () => {
  const order = orderCodecs({ ...kFacts, efficient: ['video/H264'], cores: kStrongCores });
  assert.deepEqual(order.sendsVideo, ['h264', 'vp8', 'vp9', 'av1']);
  assert.deepEqual(names(order.video), ['H264', 'H264', 'VP8', 'VP9', 'AV1', 'rtx', 'red', 'ulpfec']);
  assert.deepEqual([order.audio.once[0]!.mimeType, order.audio.twice[0]!.mimeType], ['audio/opus', 'audio/red']);
});

test('sound goes twice where a browser can, and once where little is to be sent', () => {
  assert.deepEqual(names(orderSound(kFacts, true)), ['red', 'opus', 'G722', 'PCMU']);
  assert.deepEqual(names(orderSound(kFacts, false)), ['opus', 'red', 'G722', 'PCMU']);
  const firefox = { ...kFacts, audio: kFacts.audio.filter(({ mimeType }) => mimeType !== 'audio/red') };
  assert.deepEqual(names(orderSound(firefox, true)), ['opus', 'G722', 'PCMU']);
});
