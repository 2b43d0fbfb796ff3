// How a call was made: the ways that were found, the pairs of them that were tried and when, the one in use and why, and the locks on it.
// Read from what a browser counts, whichever browser it is; made_watch.ts looks, made_file.ts writes it down without what is secret.

import { selectedPair, type Leg } from './path.ts';
import { isObject } from './shape.ts';

/** Of both ends. Further ones are known by their pairs alone, and in a file not at all. */
export const kMadeCandidatesMax = 256;
/** Of one pair: states it came to, and times it was taken into use. */
export const kMadeMomentsMax = 16;

export const kCandidateKinds = ['host', 'srflx', 'prflx', 'relay'] as const;
export type CandidateKind = (typeof kCandidateKinds)[number];
/** `waiting`: its turn has not come, or will not. `works`: the other end has answered over it. `gone`: the browser has it no more. */
export const kPairStates = ['waiting', 'trying', 'works', 'failed', 'gone'] as const;
export type PairState = (typeof kPairStates)[number];
export type Side = 'own' | 'partner';

/** One end's address at which it may be reached. */
export interface MadeCandidate {
  side: Side;
  kind: CandidateKind;
  protocol: 'udp' | 'tcp' | null;
  /** How its end reaches the relay; null when it is none, or of the partner. */
  leg: Leg | null;
  /** Null where the browser does not tell. */
  address: string | null;
  port: number | null;
  /** When it was first seen, on the clock's milliseconds; so are all moments here. */
  at: number;
}

/** An own candidate and one of the partner's, tried together. */
export interface MadePair {
  own: MadeCandidate | null;
  partner: MadeCandidate | null;
  /** What it came to, oldest first. */
  states: readonly { at: number; state: PairState }[];
  /** When the call went over it; `to` is null while it does. */
  used: readonly { from: number; to: number | null }[];
  priority: number;
  roundTripMs: number | null;
  sent: number;
  received: number;
  /** Over a relay, as this end sees it or the partner says. */
  relayed: boolean;
}

/** What the browser tells of the encryption, null where it does not. */
export interface MadeLock {
  dtls: string | null;
  cipher: string | null;
  srtp: string | null;
  /** Fingerprints of the certificates, `sha-256 AA:BB:…`. */
  own: string | null;
  partner: string | null;
}

export interface Made {
  candidates: readonly MadeCandidate[];
  pairs: readonly MadePair[];
  /** One of `pairs`. */
  chosen: MadePair | null;
  why: Why | null;
  lock: MadeLock;
  /** When it was last looked at. */
  until: number;
}

/**
 * Why this pair. `relay_alone`: this end offered nothing but a relay. `only`: no other worked when it was taken. `priority`: of those that worked it is the most direct.
 * `quick`: of those it answers soonest. `browser`: for a reason that the browser keeps to itself.
 */
export const kWhys = ['relay_alone', 'only', 'priority', 'quick', 'browser'] as const;
export type Why = (typeof kWhys)[number];

type Stats = Record<string, unknown>;

/** A pair in one report; its candidates by the browser's identifiers. */
interface CountedPair extends Pick<MadePair, 'priority' | 'roundTripMs' | 'sent' | 'received'> {
  own: string;
  partner: string;
  state: PairState;
}

/** One report, as far as it tells how the call was made, by the browser's identifiers. */
export interface MadeReport {
  candidates: Map<string, Omit<MadeCandidate, 'at'>>;
  pairs: Map<string, CountedPair>;
  selected: string | null;
  lock: MadeLock;
}

export const kNoLock: MadeLock = { dtls: null, cipher: null, srtp: null, own: null, partner: null };

const count = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0);

export function readMade(report: Iterable<[string, unknown]>): MadeReport {
  const stats = new Map<string, Stats>();
  for (const [id, entry] of report) if (isObject(entry)) stats.set(id, entry);
  const chosen = selectedPair(stats);
  const read: MadeReport = { candidates: new Map(), pairs: new Map(), selected: null, lock: kNoLock };
  for (const [id, entry] of stats) {
    const { type } = entry;
    if (type === 'local-candidate' || type === 'remote-candidate') {
      const candidate = readCandidate(entry, type === 'local-candidate' ? 'own' : 'partner');
      if (candidate) read.candidates.set(id, candidate);
    } else if (type === 'candidate-pair') {
      const state = kStates[String(entry['state'])];
      if (state) read.pairs.set(id, readPair(entry, state));
      if (entry === chosen && state) read.selected = id;
    } else if (type === 'transport' && entry['dtlsState'] !== 'new') {
      read.lock = readLock(entry, stats);
    }
  }
  return read;
}

const kStates: Readonly<Record<string, PairState>> = {
  frozen: 'waiting',
  waiting: 'waiting',
  'in-progress': 'trying',
  succeeded: 'works',
  failed: 'failed',
  // Firefox, of those that it needs no more once others work.
  cancelled: 'waiting',
};

function readCandidate(entry: Stats, side: Side): Omit<MadeCandidate, 'at'> | null {
  const kind = kCandidateKinds.find((each) => each === entry['candidateType']);
  if (!kind) return null;
  const { protocol, relayProtocol: leg, address, port } = entry;
  return {
    side,
    kind,
    protocol: protocol === 'udp' || protocol === 'tcp' ? protocol : null,
    leg: side === 'own' && (leg === 'udp' || leg === 'tcp' || leg === 'tls') ? leg : null,
    address: typeof address === 'string' && address !== '' ? address : null,
    port: typeof port === 'number' ? port : null,
  };
}

function readPair(entry: Stats, state: PairState): CountedPair {
  const roundTrip = entry['currentRoundTripTime'];
  return {
    own: String(entry['localCandidateId']),
    partner: String(entry['remoteCandidateId']),
    state,
    priority: count(entry['priority']),
    roundTripMs: typeof roundTrip === 'number' ? roundTrip * 1_000 : null,
    sent: count(entry['bytesSent']),
    received: count(entry['bytesReceived']),
  };
}

/** As browsers write the number of a version, big end first. */
const kVersions: Readonly<Record<string, string>> = { FEFF: 'DTLS 1.0', FEFD: 'DTLS 1.2', FEFC: 'DTLS 1.3' };

function readLock(transport: Stats, stats: Map<string, Stats>): MadeLock {
  const name = (value: unknown): string | null => (typeof value === 'string' && /^[A-Z0-9_]{1,64}$/.test(value) ? value : null);
  const fingerprint = (id: unknown): string | null => {
    const { fingerprint: digest, fingerprintAlgorithm: hash } = stats.get(String(id)) ?? {};
    return typeof digest === 'string' && typeof hash === 'string' ? `${hash.toLowerCase()} ${digest.toUpperCase()}` : null;
  };
  return {
    dtls: kVersions[String(transport['tlsVersion']).toUpperCase()] ?? null,
    cipher: name(transport['dtlsCipher']),
    srtp: name(transport['srtpCipher']),
    own: fingerprint(transport['localCertificateId']),
    partner: fingerprint(transport['remoteCertificateId']),
  };
}

const worksAfter = ({ states }: MadePair, from: number): boolean => states.some(({ state }, at) => state === 'works' && (states[at + 1]?.at ?? Infinity) > from);

/** Why `chosen`, of the pairs of its connection; `own` is what this end offered for that, with a pair or without. */
export function whyChosen(chosen: MadePair, pairs: readonly MadePair[], own: readonly MadeCandidate[]): Why {
  const offered = new Set([...own, ...pairs.map((pair) => pair.own)].map((candidate) => candidate?.kind));
  if (offered.size === 1 && offered.has('relay')) return 'relay_alone';
  // What had stopped working by the time this one was taken was no choice.
  const from = chosen.used.at(-1)?.from ?? -Infinity;
  const others = pairs.filter((pair) => pair !== chosen && worksAfter(pair, from));
  if (others.length === 0) return 'only';
  if (others.every(({ priority }) => priority < chosen.priority)) return 'priority';
  const { roundTripMs } = chosen;
  if (roundTripMs !== null && others.every((each) => each.roundTripMs !== null && each.roundTripMs > roundTripMs)) return 'quick';
  return 'browser';
}

export interface Bytes {
  sent: number;
  received: number;
}

/** What went straight from device to device, and what over a relay. */
export function bytesOf(pairs: readonly Pick<MadePair, 'sent' | 'received' | 'relayed'>[]): Record<'direct' | 'relayed', Bytes> {
  const sum = { direct: { sent: 0, received: 0 }, relayed: { sent: 0, received: 0 } };
  for (const { sent, received, relayed } of pairs) {
    const part = sum[relayed ? 'relayed' : 'direct'];
    part.sent += sent;
    part.received += received;
  }
  return sum;
}
