// What two pages tell each other: the intro, the bodies that the server carries unread, and the control channel's messages
// (docs/protocol.md, "Between the pages"). Everything here comes from a stranger and is checked before it is used.

import type { CodeMessage } from './code_run.ts';
import type { IceServer } from './protocol.ts';
import { flag, integer, isObject, list, object, oneOf, or, orNull, parseJson, text, type Shape } from './shape.ts';

/** What a device says it can do. `relay_only`: it will tell no candidate but its relay's. */
export interface Can {
  relay_only: boolean;
}

export interface CandidateInit {
  candidate: string;
  sdpMid: string | null;
  sdpMLineIndex: number | null;
  usernameFragment?: string;
}

export type Body =
  /** Numbered by whoever makes them; an answer has the number of its offer. Null: the partner's page is older and does not number. */
  /** `renewed`: it is that of another connection, in place of the former. */
  | { kind: 'offer'; sdp: string; round: number | null; renewed: boolean }
  | { kind: 'answer'; sdp: string; round: number | null }
  /** `round`: of the newest offer its sender has answered. */
  | { kind: 'offer_wanted'; restart: boolean; round: number | null; renew: boolean }
  | { kind: 'candidates'; list: CandidateInit[]; end: boolean };

export type Control =
  | { kind: 'path'; relay: boolean; leg: 'udp' | 'tcp' | 'tls' | null }
  /** Where the sender's packets go, and which address that the partner says to send to is the sender's own: far_end.ts. */
  | { kind: 'ends'; to: string | null; met: string | null }
  | { kind: 'bye'; reason: 'left' | 'next' | 'failed' }
  | { kind: 'media'; video: boolean; sound: boolean; screen: boolean }
  /** A question, to be answered at once with its number: whether anything still comes through. */
  | { kind: 'ping' | 'pong'; n: number }
  /** What the server carries, for when it is away. */
  | { kind: 'body'; body: Body }
  /** The sender wants no larger picture, and no more pictures a second, than this; null: whatever there is. */
  | { kind: 'limit'; most: { height: number; fps: number } | null }
  /** The sender's picture stands still, to be gone on with later; its sound goes on. */
  | { kind: 'still'; on: boolean }
  /** Whether what the partner says is heard at the sender's. */
  | { kind: 'hears'; sound: boolean }
  /** Pictures in this codec (`h264`) arrive at the sender's, and none can be decoded there. */
  | { kind: 'undecoded'; codec: string }
  | CodeMessage;

const kHeightMax = 8_640;
const kFpsMax = 240;
const kSdpMax = 16_384;
/** Of one intro, or of one body. */
export const kCandidatesMax = 64;
const kAddressMax = 64;
const kCodecMax = 32;

const can = or(object({ relay_only: or(flag, false) }), { relay_only: false });
const sdp = text(kSdpMax);
const isOne: Shape<1> = (value) => (value === 1 ? 1 : undefined);

const candidateShape = object({
  candidate: text(1_024),
  sdpMid: or(orNull(text(64)), null),
  sdpMLineIndex: or(orNull(integer()), null),
  usernameFragment: or(text(256), null),
});

const introShape = object({ v: isOne, fingerprint: text(200), ufrag: text(256), pwd: text(256), sdp: or(sdp, null), double: or(flag, false), can, candidates: or(list(candidateShape, kCandidatesMax), []) });
const sealedShape = object({ v: isOne, sdp, can });
const knockShape = object({ v: isOne, relay_only: flag });
const round = or(integer(), null);
const described = object({ sdp, round });
const wished = object({ round });

/** `double`: `sdp` may be read as an answer as well (double_offer.ts). */
export type StrangerIntro = { fingerprint: string; sdp: string | null; double: boolean; can: Can; candidates: CandidateInit[] };

/** Null when it is no intro of this version. */
export function parseIntro(source: string): StrangerIntro | null {
  const read = introShape(parseJson(source));
  return read ? { ...read, candidates: read.candidates.map(withoutNull) } : null;
}

/** The payload of a private call's message 2. */
export function parseSealedIntro(source: string): { sdp: string; can: Can } | null {
  return sealedShape(parseJson(source)) ?? null;
}

export function writeSealedIntro(intro: { sdp: string; can: Can }): string {
  return JSON.stringify({ v: 1, sdp: intro.sdp, can: intro.can });
}

/** The payload of a private call's message 1. */
export function parseKnock(source: string): { relay_only: boolean } | null {
  return knockShape(parseJson(source)) ?? null;
}

export function writeKnock(relayOnly: boolean): string {
  return JSON.stringify({ v: 1, relay_only: relayOnly });
}

export function parseBody(source: string): Body | null {
  return readBody(parseJson(source));
}

function readBody(value: unknown): Body | null {
  if (!isObject(value)) return null;
  const { kind } = value;
  if (kind === 'offer' || kind === 'answer') {
    const read = described(value);
    if (read === undefined) return null;
    return kind === 'answer' ? { kind, ...read } : { kind, ...read, renewed: value['renewed'] === true };
  }
  if (kind === 'offer_wanted') {
    const read = wished(value);
    return read === undefined ? null : { kind, restart: value['restart'] === true, renew: value['renew'] === true, ...read };
  }
  if (kind !== 'candidates') return null;
  const read = list(candidateShape, kCandidatesMax)(value['list']);
  if (!read) return null;
  return { kind, list: read.map(withoutNull), end: value['end'] === true };
}

function withoutNull({ usernameFragment, ...rest }: Omit<CandidateInit, 'usernameFragment'> & { usernameFragment: string | null }): CandidateInit {
  return usernameFragment === null ? rest : { ...rest, usernameFragment };
}

const controlShapes = {
  path: object({ relay: flag, leg: or(oneOf('udp', 'tcp', 'tls'), null) }),
  ends: object({ to: or(text(kAddressMax), null), met: or(text(kAddressMax), null) }),
  bye: object({ reason: or(oneOf('left', 'next', 'failed'), 'left' as const) }),
  media: object({ video: flag, sound: flag, screen: or(flag, false) }),
  ping: object({ n: integer() }),
  pong: object({ n: integer() }),
  body: object({ body: (value) => readBody(value) ?? undefined }),
  limit: object({ most: orNull(object({ height: integer(0, kHeightMax), fps: integer(0, kFpsMax) })) }),
  still: object({ on: flag }),
  hears: object({ sound: flag }),
  undecoded: object({ codec: text(kCodecMax) }),
};

export function parseControl(source: string): Control | null {
  const value = parseJson(source);
  if (!isObject(value) || typeof value['kind'] !== 'string') return null;
  const kind = value['kind'];
  if (!Object.hasOwn(controlShapes, kind)) return null;
  const read = controlShapes[kind as keyof typeof controlShapes](value);
  return read === undefined ? null : ({ kind, ...read } as Control);
}

/** The form RTCPeerConnection takes: no empty user name or credential for a STUN address. */
export function toRtcServers(servers: readonly IceServer[]): RTCIceServer[] {
  return servers.map(({ urls, username, credential }) => (username === '' ? { urls } : { urls, username, credential }));
}

/** What is left to a call that is to become direct: STUN, which a relay answers over UDP as well (docs/protocol.md). */
export function withoutRelay(servers: readonly RTCIceServer[]): RTCIceServer[] {
  const all = servers.flatMap((server) => server.urls);
  const stun = all.filter((url) => !url.startsWith('turn'));
  const first = all.find((url) => url.startsWith('turn:') && url.endsWith('?transport=udp'));
  if (stun.length === 0 && first !== undefined) stun.push(first.replace(/^turn:(.*)\?.*$/, 'stun:$1'));
  return stun.length > 0 ? [{ urls: stun }] : [];
}

export function hasRelay(servers: readonly IceServer[]): boolean {
  return servers.some((server) => server.urls.some((url) => url.startsWith('turn')));
}
