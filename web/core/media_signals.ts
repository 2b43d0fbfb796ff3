// What a browser's getStats tells of picture and sound, between two looks: rates instead of counters, the same from each browser.
//
// Chromium (156) says what it believes gets through; Firefox (153) does not, but counts how large its encoder's pictures were to be.

import type { Encoded } from './codec_costs.ts';
import type { Signals, Step } from './ladder.ts';
import { readArrived, selectedPair } from './path.ts';
import type { Arrived } from './pulse.ts';
import type { Arrival } from './reception.ts';
import { isObject } from './shape.ts';

type Entry = Record<string, unknown>;

/** What one report counts. Milliseconds, frames, bytes, each since its stream began. */
export interface Counts {
  at: number;
  sent: { kind: string | null; points: number; frames: number; encoded: number; encodeMs: number; wantedBytes: number; target: number | null; isHardware: boolean; limitedBy: unknown } | null;
  camera: number | null;
  soundBytes: number;
  available: number | null;
  loss: number | null;
  /** Over the way in use, whatever it is; null where this browser does not tell. */
  came: Arrived | null;
  arrived: { kind: string | null; decoded: number; dropped: number; received: number; decodeMs: number; height: number; isHardware: boolean } | null;
}

const count = (entry: Entry, name: string): number => {
  const value = entry[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
};
const told = (entry: Entry | undefined, name: string): number | null => (typeof entry?.[name] === 'number' ? count(entry, name) : null);

export function readCounts(report: Iterable<[string, unknown]>): Counts | null {
  const stats = new Map<string, Entry>();
  for (const [id, entry] of report) if (isObject(entry)) stats.set(id, entry);
  const find = (type: string, kind: string): Entry | undefined =>
    [...stats.values()].find((entry) => entry['type'] === type && entry['kind'] === kind);
  const picture = find('outbound-rtp', 'video');
  const [heard, seen] = [find('remote-inbound-rtp', 'audio'), find('remote-inbound-rtp', 'video')];
  const arriving = find('inbound-rtp', 'video');
  const pair = selectedPair(stats);
  const at = told(picture ?? arriving ?? pair ?? undefined, 'timestamp');
  if (at === null) return null;
  const source = find('media-source', 'video');
  const sound = find('outbound-rtp', 'audio');
  // A picture that stands still is told of by nobody: what became of its last packets is no news.
  const losses = [told(heard, 'fractionLost'), picture?.['active'] === false ? null : told(seen, 'fractionLost')];
  return {
    at,
    sent: picture ? readSent(picture, stats.get(String(picture['codecId']))?.['mimeType']) : null,
    camera: source ? told(source, 'frames') : null,
    soundBytes: sound ? count(sound, 'bytesSent') + count(sound, 'headerBytesSent') : 0,
    available: told(pair ?? undefined, 'availableOutgoingBitrate'),
    loss: losses.every((loss) => loss === null) ? null : Math.max(...losses.map((loss) => loss ?? 0)),
    came: readArrived(stats),
    arrived: arriving ? readArriving(arriving, stats.get(String(arriving['codecId']))?.['mimeType']) : null,
  };
}

const kindOf = (mimeType: unknown): string | null => (typeof mimeType === 'string' ? mimeType.toLowerCase() : null);

function readSent(entry: Entry, mimeType: unknown): NonNullable<Counts['sent']> {
  return {
    kind: kindOf(mimeType),
    points: count(entry, 'frameWidth') * count(entry, 'frameHeight'),
    frames: count(entry, 'framesSent'),
    encoded: count(entry, 'framesEncoded'),
    encodeMs: 1_000 * count(entry, 'totalEncodeTime'),
    wantedBytes: count(entry, 'totalEncodedBytesTarget'),
    target: told(entry, 'targetBitrate'),
    isHardware: entry['powerEfficientEncoder'] === true,
    limitedBy: entry['qualityLimitationReason'],
  };
}

function readArriving(entry: Entry, mimeType: unknown): NonNullable<Counts['arrived']> {
  return {
    kind: kindOf(mimeType),
    decoded: count(entry, 'framesDecoded'),
    dropped: count(entry, 'framesDropped'),
    received: count(entry, 'framesReceived'),
    decodeMs: 1_000 * count(entry, 'totalDecodeTime'),
    height: count(entry, 'frameHeight'),
    isHardware: entry['powerEfficientDecoder'] === true,
  };
}

/** What the page knows beside it. */
export interface Sending {
  /** What is to go out. */
  step: Step;
  /** Pictures a second that the track says it gives; null when nothing is sent. */
  nominal: number | null;
  screen: boolean;
  pressed: boolean;
}

/** Null when the two belong to different streams, or are too close together to tell. */
export function signalsBetween(before: Counts, now: Counts, { step, nominal, screen, pressed }: Sending): Signals | null {
  const seconds = (now.at - before.at) / 1_000;
  if (seconds < kShortestSeconds) return null;
  const way = { available: now.available ?? believed(before, now, step, seconds), loss: now.loss, pressed, screen };
  const nothing = { encodeMs: null, hardware: false, sent: null, camera: null, nominal: null, limitedBy: null, ...way };
  if (!before.sent || !now.sent || nominal === null) return nothing;
  const encoded = now.sent.encoded - before.sent.encoded;
  if (encoded < 0) return null;
  const { limitedBy, isHardware } = now.sent;
  return {
    ...nothing,
    encodeMs: encoded === 0 ? null : (now.sent.encodeMs - before.sent.encodeMs) / encoded,
    hardware: isHardware,
    sent: (now.sent.frames - before.sent.frames) / seconds,
    camera: now.camera === null || before.camera === null ? null : (now.camera - before.camera) / seconds,
    nominal,
    limitedBy: limitedBy === 'cpu' || limitedBy === 'bandwidth' ? limitedBy : null,
  };
}

/** What encoding cost a processor; null where it did nothing, or not the same all the time. */
export function costBetween(before: Counts, now: Counts): Encoded | null {
  const [was, is] = [before.sent, now.sent];
  if (!was || !is || is.isHardware || is.kind === null || is.kind !== was.kind || is.points !== was.points) return null;
  const encoded = is.encoded - was.encoded;
  if (encoded <= 0 || is.points === 0) return null;
  return { kind: is.kind, ms: is.encodeMs - was.encodeMs, megapoints: (encoded * is.points) / 1e6, pictures: encoded };
}

/** Counters move in steps of their own. */
const kShortestSeconds = 0.3;
/** An encoder that is asked for less than this part of what it may send is held back by the way. */
const kHeldBackPart = 0.9;

/** Where the browser does not say: an encoder that is not asked for all that it may send is asked for what gets through. */
function believed(before: Counts, now: Counts, { bitrate, fps }: Step, seconds: number): number | null {
  if (!before.sent || !now.sent) return null;
  const encoded = now.sent.encoded - before.sent.encoded;
  const bytes = now.sent.wantedBytes - before.sent.wantedBytes;
  if (encoded <= 0 || bytes <= 0 || bitrate === 0) return null;
  const asked = (bytes / encoded) * 8 * fps;
  if (asked >= kHeldBackPart * bitrate) return null;
  return asked + ((now.soundBytes - before.soundBytes) * 8) / seconds;
}

/** What became of the way between two looks; null where it is the same, and something came over it. */
export function wayBetween({ came: was }: Counts, { came: is }: Counts): 'other' | 'silent' | null {
  if (!was || !is) return null;
  if (was.pair !== is.pair) return 'other';
  return was.count === is.count ? 'silent' : null;
}

/** What arrived; null where nothing does. */
export function arrivalBetween(before: Counts, now: Counts): Arrival | null {
  const seconds = (now.at - before.at) / 1_000;
  if (!before.arrived || !now.arrived || seconds < kShortestSeconds) return null;
  const [was, is] = [before.arrived, now.arrived];
  const decoded = is.decoded - was.decoded;
  const received = is.received - was.received;
  if (decoded < 0 || received <= 0) return null;
  return {
    height: is.height,
    fps: received / seconds,
    decodeMs: decoded === 0 ? null : (is.decodeMs - was.decodeMs) / decoded,
    hardware: is.isHardware,
    dropped: Math.min(1, Math.max(0, is.dropped - was.dropped) / received),
  };
}

/** The codec of pictures that arrived, such as `h264`, where not one of them was decoded; else null. */
export function undecodedBetween({ arrived: was }: Counts, { arrived: is }: Counts): string | null {
  if (!was || !is || is.kind === null || is.kind !== was.kind) return null;
  return is.received > was.received && is.decoded === was.decoded ? is.kind.replace('video/', '') : null;
}
