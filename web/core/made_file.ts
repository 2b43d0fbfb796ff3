// The story of one call as a file: written without addresses, ports, names, tokens, fingerprints and the time of day, and read back by
// whoever is given it. docs/made.md says what each field is and what was left out of it.

import { kCandidateKinds, kMadeCandidatesMax, kMadeMomentsMax, kPairStates, kWhys, type Made, type MadeCandidate, type MadePair } from './made.ts';
import { kBytes, type Count, type Way } from './ledger.ts';
import type { OwnPath } from './path.ts';
import { flag, integer, isObject, list, object, oneOf, orNull, parseJson, type Shape } from './shape.ts';
import type { Timings } from './timings.ts';
import type { View } from './view.ts';

export const kMadeKind = 'visavis.call';
export const kMadeVersion = 1;
/** A call on the liveliest of networks takes less than half of it. */
export const kMadeFileMax = 524_288;
export const kMadePairsMax = 160;
/** Milliseconds, bytes and messages: more than any call has. */
const kCountMax = 2 ** 48;
/** Before the two have said yes a card may have lain there for a minute; after that, a day. */
const kBefore = 3_600_000;
const kAfter = 1_000 * 86_400_000;

export const kMarks = ['matched', 'accept', 'accepted', 'local', 'remote', 'relay_released', 'connected', 'control', 'frame', 'ended'] as const;
export type Mark = (typeof kMarks)[number];
export const kFamilies = ['IPv4', 'IPv6', 'name'] as const;
const kBadges = ['unknown', 'direct', 'own_word', 'relayed'] as const;

/** Milliseconds are counted from the moment in which both had said yes. */
export interface SavedCall {
  kind: typeof kMadeKind;
  version: typeof kMadeVersion;
  /** Null where nothing was counted. */
  signaling: Record<'sent' | 'received', { messages: number; bytes: number }> | null;
  times: Record<Mark, number | null>;
  candidates: SavedCandidate[];
  pairs: SavedPair[];
  /** Places in `pairs`. */
  chosen: number | null;
  why: Made['why'];
  lock: { dtls: string | null; cipher: string | null; srtp: string | null };
  path: { own: OwnPath | null; partner: OwnPath | null; badge: View['path']['badge'] };
  until: number;
}

export interface SavedCandidate extends Pick<MadeCandidate, 'side' | 'kind' | 'protocol' | 'leg' | 'at'> {
  family: (typeof kFamilies)[number] | null;
  /** In the place of address and port, such as `B2`: the letter stands for one address, the number for one of its ports. */
  place: string | null;
}

export interface SavedPair extends Pick<MadePair, 'roundTripMs' | 'sent' | 'received' | 'relayed'> {
  /** Places in `candidates`. */
  own: number | null;
  partner: number | null;
  states: { at: number; state: MadePair['states'][number]['state'] }[];
  used: { from: number; to: number | null }[];
}

/** What a client knows of its newest call. */
export interface Call {
  made: Made;
  timings: Timings;
  path: View['path'];
  crossed: { before: Count; after: Count } | null;
}

export interface Redacted {
  saved: SavedCall;
  /** What stands behind each place, for the person's own eyes. */
  places: ReadonlyMap<string, string>;
}

// ---- writing

/** Exact counts would tell of two files that they are of the same call. */
const kDigits = 3;
const rounded = (bytes: number): number => Math.round(Number(bytes.toPrecision(kDigits)));
/** So would how long it took, and that is nobody's business to the millisecond. */
const inSeconds = (ms: number): number => Math.round(ms / 1_000) * 1_000;

export function redact({ made, timings, path, crossed }: Call): Redacted {
  const zero = timings.accepted ?? timings.matched ?? made.until;
  const since = (at: number): number => Math.round(Math.min(kAfter, Math.max(-kBefore, at - zero)));
  const naming = new Naming();
  const pairs = keepMost(made.pairs, kMadePairsMax, made.chosen);
  const used = new Set(pairs.flatMap(({ own, partner }) => [own, partner]).filter((each) => each !== null));
  const spare = Math.max(0, kMadeCandidatesMax - used.size);
  const others = made.candidates.filter((each) => !used.has(each)).slice(0, spare);
  const candidates = made.candidates.filter((each) => used.has(each) || others.includes(each)).slice(0, kMadeCandidatesMax);
  const placeOf = (candidate: MadeCandidate | null): number | null => {
    const at = candidate === null ? -1 : candidates.indexOf(candidate);
    return at < 0 ? null : at;
  };
  const times = Object.fromEntries(kMarks.map((mark) => [mark, timings[mark] === null ? null : since(timings[mark])])) as SavedCall['times'];
  const saved: SavedCall = {
    kind: kMadeKind,
    version: kMadeVersion,
    signaling: crossed && { sent: crossedBetween(crossed, 'in'), received: crossedBetween(crossed, 'out') },
    times: { ...times, ended: times.ended === null ? null : inSeconds(times.ended) },
    candidates: candidates.map(({ side, kind, protocol, leg, address, port, at }) => ({
      side,
      kind,
      protocol,
      leg,
      at: since(at),
      family: familyOf(address),
      place: naming.placeOf(address, port),
    })),
    pairs: pairs.map(({ own, partner, states, used: spans, roundTripMs, sent, received, relayed }) => ({
      own: placeOf(own),
      partner: placeOf(partner),
      states: states.slice(-kMadeMomentsMax).map(({ at, state }) => ({ at: since(at), state })),
      used: spans.slice(-kMadeMomentsMax).map(({ from, to }) => ({ from: since(from), to: to === null ? null : since(to) })),
      roundTripMs: roundTripMs === null ? null : Math.round(roundTripMs),
      sent: rounded(sent),
      received: rounded(received),
      relayed,
    })),
    chosen: made.chosen && pairs.indexOf(made.chosen),
    why: made.why,
    lock: { dtls: made.lock.dtls, cipher: made.lock.cipher, srtp: made.lock.srtp },
    path: { own: path.own && { ...path.own }, partner: path.partner && { ...path.partner }, badge: path.badge },
    until: inSeconds(since(made.until)),
  };
  return { saved, places: naming.places };
}

/** The newest, and the one that must not be missing. */
function keepMost<T>(all: readonly T[], max: number, must: T | null): T[] {
  if (all.length <= max) return [...all];
  const newest = all.slice(-max);
  return must === null || newest.includes(must) ? newest : [must, ...newest.slice(1)];
}

/** A server that began to count anew meanwhile has counted all it has in between. */
function crossedBetween({ before, after }: { before: Count; after: Count }, way: Way): { messages: number; bytes: number } {
  const [was, is] = [before[way], after[way]];
  const isAnew = [...was].some(([kind, much]) => (is.get(kind) ?? 0) < much);
  const between = { messages: 0, bytes: 0 };
  for (const [kind, much] of is) between[kind === kBytes ? 'bytes' : 'messages'] += much - (isAnew ? 0 : (was.get(kind) ?? 0));
  return between;
}

function familyOf(address: string | null): SavedCandidate['family'] {
  if (address === null) return null;
  if (address.includes(':')) return 'IPv6';
  return /^[\d.]+$/.test(address) ? 'IPv4' : 'name';
}

/** Names for addresses and their ports, in the order in which they come. */
class Naming {
  readonly places = new Map<string, string>();
  private readonly addresses = new Map<string, { letter: string; ports: (number | null)[] }>();

  placeOf(address: string | null, port: number | null): string | null {
    if (address === null) return null;
    const known = this.addresses.get(address) ?? { letter: lettersOf(this.addresses.size), ports: [] };
    this.addresses.set(address, known);
    if (!known.ports.includes(port)) known.ports.push(port);
    const place = `${known.letter}${known.ports.indexOf(port) + 1}`;
    const shown = address.includes(':') ? `[${address}]` : address;
    this.places.set(place, port === null ? shown : `${shown}:${port}`);
    return place;
  }
}

/** A to Z, then AA, AB and so on. */
function lettersOf(at: number): string {
  const letter = String.fromCharCode(65 + (at % 26));
  return at < 26 ? letter : lettersOf(Math.floor(at / 26) - 1) + letter;
}

export function writeMade(saved: SavedCall): string {
  return `${JSON.stringify(saved, null, 1)}\n`;
}

// ---- reading

/**
 * What is wrong with a file. `large`, `json`: not text as it was saved, or not whole. `kind`: something else. `version`: of a newer page.
 * `shape`: changed, or damaged; `where` is the field, `unknown` where it is none of ours.
 */
export type MadeFlaw = { why: 'large' | 'json' | 'kind' | 'version' } | { why: 'shape'; where: string };
export type ReadMade = { ok: true; saved: SavedCall } | { ok: false; flaw: MadeFlaw };

/** A field that is not named here is none that was saved. */
const exact =
  <F extends Record<string, Shape<unknown>>>(fields: F) =>
  (value: unknown) =>
    isObject(value) && Object.keys(value).every((name) => Object.hasOwn(fields, name)) ? object(fields)(value) : undefined;

const matching =
  (pattern: RegExp): Shape<string> =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? value : undefined;

const moment = integer(-kBefore, kAfter);
const count = integer(0, kCountMax);
const name = orNull(matching(/^[A-Z0-9_]{1,64}$/));
const leg = orNull(oneOf('udp', 'tcp', 'tls'));
const way = orNull(exact({ relay: flag, leg }));
const crossed = exact({ messages: count, bytes: count });

const kFields: { [K in Exclude<keyof SavedCall, 'kind' | 'version'>]: Shape<SavedCall[K]> } = {
  signaling: orNull(exact({ sent: crossed, received: crossed })),
  times: exact(Object.fromEntries(kMarks.map((mark) => [mark, orNull(moment)])) as Record<Mark, Shape<number | null>>),
  candidates: list(
    exact({
      side: oneOf('own', 'partner'),
      kind: oneOf(...kCandidateKinds),
      protocol: orNull(oneOf('udp', 'tcp')),
      leg,
      at: moment,
      family: orNull(oneOf(...kFamilies)),
      place: orNull(matching(/^[A-Z]{1,2}[1-9]\d{0,2}$/)),
    }),
    kMadeCandidatesMax,
  ),
  pairs: list(
    exact({
      own: orNull(integer(0, kMadeCandidatesMax - 1)),
      partner: orNull(integer(0, kMadeCandidatesMax - 1)),
      states: list(exact({ at: moment, state: oneOf(...kPairStates) }), kMadeMomentsMax),
      used: list(exact({ from: moment, to: orNull(moment) }), kMadeMomentsMax),
      roundTripMs: orNull(count),
      sent: count,
      received: count,
      relayed: flag,
    }),
    kMadePairsMax,
  ),
  chosen: orNull(integer(0, kMadePairsMax - 1)),
  why: orNull(oneOf(...kWhys)),
  lock: exact({ dtls: orNull(matching(/^DTLS 1\.[0-9]$/)), cipher: name, srtp: name }),
  path: exact({ own: way, partner: way, badge: oneOf(...kBadges) }),
  until: moment,
};

export function readMadeFile(text: string): ReadMade {
  if (text.length > kMadeFileMax) return flawed({ why: 'large' });
  const value = parseJson(text);
  if (value === null) return flawed({ why: 'json' });
  if (!isObject(value) || value['kind'] !== kMadeKind) return flawed({ why: 'kind' });
  const { version } = value;
  if (typeof version === 'number' && Number.isSafeInteger(version) && version > kMadeVersion) return flawed({ why: 'version' });
  if (version !== kMadeVersion) return flawed({ why: 'shape', where: 'version' });
  const read: Record<string, unknown> = { kind: kMadeKind, version };
  for (const [field, shape] of Object.entries(kFields)) {
    const fitted = shape(value[field]);
    if (fitted === undefined) return flawed({ why: 'shape', where: field });
    read[field] = fitted;
  }
  const strange = Object.keys(value).find((field) => !Object.hasOwn(read, field));
  if (strange !== undefined) return flawed({ why: 'shape', where: 'unknown' });
  const saved = read as unknown as SavedCall;
  const where = contradiction(saved);
  return where === null ? { ok: true, saved } : flawed({ why: 'shape', where });
}

const flawed = (flaw: MadeFlaw): ReadMade => ({ ok: false, flaw });

/** The field that speaks of something that is not there, or of one thing before another that comes after it. */
function contradiction({ candidates, pairs, chosen, why }: SavedCall): string | null {
  const isSide = (at: number | null, side: MadeCandidate['side']): boolean => at === null || candidates[at]?.side === side;
  const rises = (moments: readonly number[]): boolean => moments.every((at, place) => place === 0 || moments[place - 1]! <= at);
  for (const { own, partner, states, used } of pairs) {
    if (!isSide(own, 'own') || !isSide(partner, 'partner')) return 'pairs';
    if (!rises(states.map(({ at }) => at))) return 'pairs';
    // Only the last one may not have ended yet.
    if (used.slice(0, -1).some(({ to }) => to === null) || !rises(used.flatMap(({ from, to }) => (to === null ? [from] : [from, to])))) return 'pairs';
  }
  if (chosen !== null && chosen >= pairs.length) return 'chosen';
  return (chosen === null) === (why === null) ? null : 'why';
}
