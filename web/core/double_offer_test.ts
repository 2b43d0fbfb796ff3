import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asAnswer, kDoubleOffer, makesDoubleOffer, roleOf } from './double_offer.ts';

const offer = (audio: string[], video: string[], more: string[] = []): string =>
  [
    'v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0 1 2',
    `m=audio 9 UDP/TLS/RTP/SAVPF ${audio.map((each) => each.split(' ')[0]).join(' ')}`,
    'a=mid:0', 'a=setup:actpass', 'a=rtcp-mux', ...audio.map((each) => `a=rtpmap:${each}`),
    `m=video 0 UDP/TLS/RTP/SAVPF ${video.map((each) => each.split(' ')[0]).join(' ')}`,
    'a=bundle-only', 'a=mid:1', 'a=setup:actpass', 'a=rtcp-mux', ...video.map((each) => `a=rtpmap:${each}`), ...more,
    'm=application 0 UDP/DTLS/SCTP webrtc-datachannel', 'a=bundle-only', 'a=mid:2', 'a=setup:actpass', 'a=sctp-port:5000', '',
  ].join('\r\n');

const kOpus = ['111 opus/48000/2', '63 red/48000/2'];
const kVideo = ['96 VP8/90000', '97 rtx/90000', '98 VP9/90000'];

const lines = (sdp: string | null): string[] => sdp!.split('\r\n');

test('an offer like this end\'s own is its answer, with every section in use and the role that is left', () => {
  const answer = asAnswer(offer(kOpus, kVideo), offer(kOpus, kVideo), 'passive');
  assert.deepEqual(lines(answer).filter((line) => /^m=|^a=setup|bundle-only/.test(line)), [
    'm=audio 9 UDP/TLS/RTP/SAVPF 111 63', 'a=setup:passive',
    'm=video 9 UDP/TLS/RTP/SAVPF 96 97 98', 'a=setup:passive',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'a=setup:passive',
  ]);
});

test('in the partner\'s order, and of formats only what both name by the same number', () => {
  const own = offer(kOpus, kVideo, ['a=fmtp:97 apt=96', 'a=fmtp:98 profile-id=0', 'a=rtcp-fb:98 nack']);
  const partner = offer(kOpus, ['98 VP9/90000', '96 VP8/90000', '97 rtx/90000', '35 AV1/90000'], ['a=fmtp:97 apt=96', 'a=fmtp:98 profile-id=2', 'a=rtcp-fb:98 nack', 'a=rtcp-fb:96 nack']);
  const answer = lines(asAnswer(own, partner, 'active'));
  assert.ok(answer.includes('m=video 9 UDP/TLS/RTP/SAVPF 96 97'));
  assert.deepEqual(answer.filter((line) => /:(98|35) /.test(line)), [], 'another profile, and one that this end does not know');
  assert.ok(answer.includes('a=rtcp-fb:96 nack') && answer.includes('a=fmtp:97 apt=96'));
});

test('of extensions only what both number alike', () => {
  const own = offer(kOpus, kVideo, ['a=extmap:1 urn:a', 'a=extmap:2 urn:b']);
  const answer = lines(asAnswer(own, offer(kOpus, kVideo, ['a=extmap:1 urn:a', 'a=extmap:3 urn:b']), 'active'));
  assert.deepEqual(answer.filter((line) => line.startsWith('a=extmap')), ['a=extmap:1 urn:a']);
});

test('where too little is alike there is none, whichever end looks', () => {
  const usual = offer(kOpus, kVideo);
  const others = [
    offer(kOpus, ['120 VP8/90000', '124 rtx/90000']),
    offer(['109 opus/48000/2'], kVideo),
    offer(kOpus, ['96 H264/90000', '97 rtx/90000']), // what repeats is nothing by itself
    usual.replace('a=mid:1', 'a=mid:9'),
    usual.replace(/m=video[^]*(?=m=application)/, ''),
    'no description',
  ];
  for (const other of others) assert.deepEqual([asAnswer(usual, other, 'active'), asAnswer(other, usual, 'passive')], [null, null], other);
});

test('one end opens DTLS, and both know which', () => {
  assert.deepEqual([roleOf(true), roleOf(false)], ['passive', 'active']);
});

test('what is named is taken, and anything else is the usual', () => {
  assert.deepEqual([makesDoubleOffer('on'), makesDoubleOffer('off')], [true, false]);
  for (const name of [null, undefined, '', 'channel']) assert.equal(makesDoubleOffer(name), kDoubleOffer);
});
