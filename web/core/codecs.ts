// In which codecs a device sends and takes. What its descriptions leave out is neither sent nor taken. Their order says what an end prefers to
// get: a browser sends what stands first in its partner's. What costs a device is what it sends, so each end reads its partner's description in
// an order of its own (sdp.ts).

import { costOf, kTooCostly, type CodecCosts } from './codec_costs.ts';

export interface CodecFacts {
  /** What this browser can take, in its own order. */
  audio: readonly RTCRtpCodec[];
  video: readonly RTCRtpCodec[];
  /** Kinds of pictures, such as `video/H264`, which this device encodes without wearing out its battery. */
  efficient: readonly string[];
  /** Processors; null where it is not told. */
  cores: number | null;
}

/** With fewer processors than this, a codec that computes as much as VP9 and AV1 do is not for a program to encode. */
export const kStrongCores = 6;

/** A codec that was measured to cost less than this part of another goes before it. */
export const kCheaperPart = 0.8;

const kPictures = ['video/vp8', 'video/h264', 'video/vp9', 'video/av1'];
const [kUsual] = kPictures as [string];
const kCostly = ['video/vp9', 'video/av1'];

const nameOf = ({ mimeType }: RTCRtpCodec): string => mimeType.toLowerCase();

/** What an end's descriptions name, and kinds such as `vp8` in the order in which it prefers to send them. */
export interface CodecOrder {
  video: readonly RTCRtpCodec[];
  sendsVideo: readonly string[];
  /** Sound that goes once, and twice. */
  audio: Readonly<Record<'once' | 'twice', readonly RTCRtpCodec[]>>;
}

export function orderCodecs(facts: CodecFacts, costs?: CodecCosts): CodecOrder {
  const video = orderPicture(facts, costs);
  const sendsVideo = [...new Set(video.map(nameOf))].filter((name) => kPictures.includes(name)).map((name) => name.replace('video/', ''));
  return { video, sendsVideo, audio: { once: orderSound(facts, false), twice: orderSound(facts, true) } };
}

/** First what the device has a part of its own for, then what costs a processor least: as was measured, or is to be, else as is usual. */
export function orderPicture({ video, efficient, cores }: CodecFacts, costs: CodecCosts = new Map()): RTCRtpCodec[] {
  const isEfficient = (codec: RTCRtpCodec): boolean => efficient.some((name) => name.toLowerCase() === nameOf(codec));
  const isStrong = cores !== null && cores >= kStrongCores;
  const rank = (codec: RTCRtpCodec): number => {
    const at = kPictures.indexOf(nameOf(codec));
    if (at === -1) return kPictures.length + 1;
    if (isEfficient(codec)) return -1;
    return goesFirst(costs, nameOf(codec)) ? -0.5 : at;
  };
  const left = video.filter((codec) => isStrong || isEfficient(codec) || !kCostly.includes(nameOf(codec)));
  return ranked(left, rank);
}

/**
 * Whether a codec goes before the usual one: where it was measured to cost clearly less, and, to be measured, where the usual one costs more than
 * this device has and nothing is known of this one. After that call the cheaper of the two goes first.
 */
function goesFirst(costs: CodecCosts, kind: string): boolean {
  const [cost, usual] = [costOf(costs, kind), costOf(costs, kUsual)];
  if (usual === null || kind === kUsual) return false;
  return cost === null ? usual > kTooCostly && !kCostly.includes(kind) : cost < kCheaperPart * usual;
}

/** `twice`: each packet brings the one before it along, so that one that is lost is not missed. */
export function orderSound({ audio }: CodecFacts, twice: boolean): RTCRtpCodec[] {
  return ranked(audio, (codec) => (nameOf(codec) === 'audio/red' && twice ? 0 : nameOf(codec) === 'audio/opus' ? 1 : 2));
}

/** What ranks the same stays in the browser's order. */
function ranked(codecs: readonly RTCRtpCodec[], rank: (codec: RTCRtpCodec) => number): RTCRtpCodec[] {
  return [...codecs].sort((one, other) => rank(one) - rank(other));
}
