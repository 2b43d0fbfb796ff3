import assert from 'node:assert/strict';
import { test } from 'node:test';
import { candidateAddress, candidateType, checkSdp, fingerprintsIn, withCodecsFirst, withoutCandidates } from './sdp.ts';

const kPrint = `sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`;
const kOther = `sha-256 ${Array.from({ length: 32 }, () => 'CD').join(':')}`;

interface Section {
  media?: string;
  mid?: string;
  print?: string | null;
  extra?: string[];
}

function section({ media = 'audio 9 UDP/TLS/RTP/SAVPF 111', mid = '0', print = kPrint, extra = ['a=rtcp-mux'] }: Section): string[] {
  return [`m=${media}`, `a=mid:${mid}`, 'a=ice-ufrag:frag', 'a=ice-pwd:password', ...(print === null ? [] : [`a=fingerprint:${print}`]), ...extra];
}

function sdp(sections: Section[], session: string[] = [`a=group:BUNDLE ${sections.map(({ mid }) => mid ?? '0').join(' ')}`]): string {
  return ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', ...session, ...sections.flatMap(section), ''].join('\r\n');
}

const kTwo: Section[] = [{}, { media: 'application 9 UDP/DTLS/SCTP webrtc-datachannel', mid: '1', extra: [] }];

function why(text: string, pinned: string | null = null): string {
  const checked = checkSdp(text, pinned);
  return checked.ok ? 'ok' : checked.why;
}

test('a browser-like description is accepted and read', () => {
  const checked = checkSdp(sdp(kTwo), null);
  assert.deepEqual(checked, { ok: true, facts: { fingerprint: kPrint, ufrag: 'frag', pwd: 'password' } });
});

test('one section in use of each kind is accepted, a second is refused, one that is switched off does not count', () => {
  const [sound, data] = [kTwo[0]!, kTwo[1]!];
  const video = { media: 'video 9 UDP/TLS/RTP/SAVPF 96', mid: '2' };
  assert.equal(why(sdp([sound, data, video])), 'ok');
  for (const again of [sound, data, video]) assert.equal(why(sdp([sound, data, video, { ...again, mid: '3' }])), 'repeated', again.media);
  const bundled = { media: 'video 0 UDP/TLS/RTP/SAVPF 96', mid: '3' };
  assert.equal(why(sdp([sound, data, video, { ...bundled, extra: ['a=rtcp-mux', 'a=bundle-only'] }])), 'repeated', 'in use without a port of its own');
  assert.equal(why(sdp([sound, data, video, bundled])), 'ok');
});

test('the fingerprint may stand once for all, and in small letters', () => {
  const small = kPrint.replace('sha-256', 'SHA-256').replaceAll('AB', 'ab');
  const text = sdp(kTwo.map((one) => ({ ...one, print: null })), ['a=group:BUNDLE 0 1', `a=fingerprint:${small}`]);
  assert.equal(why(text), 'ok');
  assert.equal(why(text, kPrint), 'ok');
  assert.equal(why(sdp(kTwo), small), 'ok');
});

test('two different fingerprints are refused, wherever they stand', () => {
  assert.equal(why(sdp([kTwo[0]!, { ...kTwo[1]!, print: kOther }])), 'two_fingerprints');
  assert.equal(why(sdp(kTwo, ['a=group:BUNDLE 0 1', `a=fingerprint:${kOther}`])), 'two_fingerprints');
  assert.equal(why(sdp([{ extra: ['a=rtcp-mux', `a=fingerprint:${kOther}`] }])), 'two_fingerprints');
  const unused = { media: 'video 0 UDP/TLS/RTP/SAVPF 96', mid: '2', print: kOther };
  assert.equal(why(sdp([...kTwo, unused])), 'two_fingerprints', 'not even where nothing is used');
});

test('a second fingerprint is found however it is hidden', () => {
  const other = kOther.replace('sha-256 ', '');
  const hidden = ['a=FINGERPRINT:sha-256', 'a=Fingerprint:SHA-256', 'a= fingerprint:sha-256', ' a=fingerprint:sha-256', 'A=fingerprint :sha-256', 'a=x:y\ra=fingerprint:sha-256', 'a=x:y\0a=fingerprint:sha-256', 'a=x:y\u2028a=fingerprint: sha-256', 'a=fingerprint:sha-1'];
  for (const line of hidden) assert.equal(why(sdp([{ extra: ['a=rtcp-mux', `${line} ${other}`] }])), 'two_fingerprints', JSON.stringify(line));
  assert.equal(why(sdp([{ print: `${kPrint} ${other}` }])), 'weak_fingerprint', 'two in one line');
  assert.deepEqual(fingerprintsIn(sdp(kTwo)), [kPrint]);
});

test('another fingerprint than the one that was announced is refused', () => {
  assert.equal(why(sdp(kTwo), kOther), 'other_fingerprint');
});

test('no fingerprint, or a weak one, is refused', () => {
  assert.equal(why(sdp(kTwo.map((one) => ({ ...one, print: null })))), 'no_fingerprint');
  assert.equal(why(sdp([kTwo[0]!, { ...kTwo[1]!, print: null }])), 'no_fingerprint');
  assert.equal(why(sdp([{ print: 'sha-1 AB:CD' }])), 'weak_fingerprint');
  assert.equal(why(sdp([{ print: 'sha-256 AB:CD' }])), 'weak_fingerprint');
});

test('what is not encrypted is refused, wherever it stands', () => {
  assert.equal(why(sdp([{ media: 'audio 9 RTP/AVP 0' }])), 'plaintext');
  assert.equal(why(sdp([{ media: 'audio 9 RTP/SAVPF 111' }])), 'plaintext', 'keys in the description are no keys');
  assert.equal(why(sdp([{ extra: ['a=rtcp-mux', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x'] }])), 'plaintext');
});

test('everything must go over one transport', () => {
  assert.equal(why(sdp(kTwo, ['a=group:BUNDLE 0'])), 'unbundled');
  assert.equal(why(sdp(kTwo, [])), 'unbundled');
  assert.equal(why(sdp([{ extra: [] }])), 'no_rtcp_mux');
});

test('a section that is out of use needs nothing; one that is only bundled does', () => {
  const rejected = { media: 'video 0 UDP/TLS/RTP/SAVPF 96', mid: '2', print: null, extra: [] };
  assert.equal(why(sdp([...kTwo, rejected], ['a=group:BUNDLE 0 1'])), 'ok');
  assert.equal(why(sdp([...kTwo, { ...rejected, extra: ['a=bundle-only'] }], ['a=group:BUNDLE 0 1'])), 'no_fingerprint');
});

test('rubbish is not readable', () => {
  for (const text of ['', 'hello', 'v=0\r\n', 'm=audio 9 UDP/TLS/RTP/SAVPF 111']) assert.equal(why(text), 'unreadable', text);
});

test('candidates are taken out of a description and nothing else', () => {
  const text = sdp([{ extra: ['a=rtcp-mux', 'a=candidate:1 1 udp 1 192.168.1.2 4000 typ host', 'a=end-of-candidates'] }]);
  assert.equal(withoutCandidates(text), sdp([{}]));
});

test('a candidate says its type and address', () => {
  const line = 'candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0';
  assert.equal(candidateType(line), 'srflx');
  assert.equal(candidateAddress(line), '203.0.113.7');
  assert.equal(candidateType(''), '');
  assert.equal(candidateAddress(''), '');
});

test('codecs are put first in one kind of media, and nothing else is touched', () => {
  const picture = { media: 'video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 45', mid: '1' };
  const maps = ['a=rtpmap:96 VP8/90000', 'a=rtpmap:97 rtx/90000', 'a=fmtp:97 apt=96', 'a=rtpmap:102 H264/90000', 'a=rtpmap:103 H264/90000', 'a=rtpmap:45 AV1/90000'];
  const sound = { media: 'audio 9 UDP/TLS/RTP/SAVPF 63 111 0', extra: ['a=rtpmap:63 red/48000/2', 'a=rtpmap:111 opus/48000/2'] };
  const text = sdp([sound, { ...picture, extra: maps }, kTwo[1]!]);
  const lineOf = (of: string, kind: string): string => of.split('\r\n').find((line) => line.startsWith(`m=${kind}`))!;
  const ordered = withCodecsFirst(text, 'video', ['av1', 'h264']);
  assert.equal(lineOf(ordered, 'video'), 'm=video 9 UDP/TLS/RTP/SAVPF 45 102 103 96 97', 'of one name in the order they had');
  assert.equal(ordered.replace('45 102 103 96 97', '96 97 102 103 45'), text);
  assert.equal(lineOf(withCodecsFirst(text, 'audio', ['opus']), 'audio'), 'm=audio 9 UDP/TLS/RTP/SAVPF 111 63 0');
  assert.equal(withCodecsFirst(text, 'video', []), text);
  assert.equal(withCodecsFirst(text, 'video', ['vp9']), text, 'what is not there');
  assert.equal(withCodecsFirst(text, 'audio', ['red', 'opus']), text);
});
