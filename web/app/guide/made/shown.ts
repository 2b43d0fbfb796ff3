// What is shown of how a call was made, pure: the way it takes, its phases, the pairs on their time line.

import { bytesOf, kCandidateKinds, type Bytes, type CandidateKind, type PairState, type Side } from '../../../core/made.ts';
import type { SavedCall, SavedCandidate, SavedPair } from '../../../core/made_file.ts';

export type WayKind = 'unknown' | 'local' | 'direct' | 'relayed';

/** `local`: both addresses in use are told as the devices' own, which the server that carries them could have changed. */
export function wayOf({ path, pairs, chosen, candidates }: SavedCall): WayKind {
  const pair = chosen === null ? null : pairs[chosen]!;
  if (path.badge === 'relayed' || pair?.relayed) return 'relayed';
  if (!pair) return 'unknown';
  const kinds = [pair.own, pair.partner].map((at) => (at === null ? null : candidates[at]!.kind));
  return kinds.every((kind) => kind === 'host') ? 'local' : 'direct';
}

/** At which end one was seen. */
export type Routers = 'both' | Side | 'none';

/**
 * At which end a router was seen: on the way in use somebody sees another address there than the device itself has. A router that changes none
 * is not seen, nor is one where the browser keeps the device's own addresses to itself, or whose address only a relay sees.
 */
export function routersOf(call: SavedCall): Routers {
  const pair = call.chosen === null ? null : call.pairs[call.chosen]!;
  const [own, partner] = [pair?.own ?? null, pair?.partner ?? null].map((at) => (at === null ? null : call.candidates[at]!));
  const isRelay = own?.kind === 'relay' || own?.leg != null;
  // Of two ends that go over a relay without this one's, the other is the relay itself, whatever it looks like from here.
  const isPartners = isRelay || wayOf(call) !== 'relayed';
  // A relay is reached by the same router as whoever told this end its address, in the network in which the relay was found.
  const isOwnSeen = !!own && (isRelay ? isSeenBesides(call) : isElsewhere(call, own));
  const isPartnersSeen = !!partner && isPartners && isElsewhere(call, partner);
  return isOwnSeen ? (isPartnersSeen ? 'both' : 'own') : isPartnersSeen ? 'partner' : 'none';
}

/** Whether a candidate is at an address that its device does not find on itself. */
function isElsewhere({ candidates }: SavedCall, { side, kind, family, place }: SavedCandidate): boolean {
  if ((kind !== 'srflx' && kind !== 'prflx') || place === null || family === 'name') return false;
  const own = candidates.filter((each) => each.side === side && each.kind === 'host' && each.family === family && each.place !== null);
  return own.length > 0 && own.every((each) => addressOf(each.place!) !== addressOf(place));
}

/** What was found in an earlier network, before the device's newest own address, says nothing of the one that it is in. */
function isSeenBesides(call: SavedCall): boolean {
  const own = call.candidates.filter(({ side }) => side === 'own');
  const newest = Math.max(...own.filter(({ kind, protocol }) => kind === 'host' && protocol === 'udp').map(({ at }) => at));
  return own.some((each) => each.at >= newest && isElsewhere(call, each));
}

/** Of a place such as `B2`: its letter stands for the address. */
const addressOf = (place: string): string => place.replace(/\d+$/, '');

export const kPhases = ['yes', 'describe', 'connect', 'frame'] as const;
export type PhaseName = (typeof kPhases)[number];

export interface Phase {
  name: PhaseName;
  from: number;
  to: number;
}

/** From this person's yes to the first picture, as far as it came. */
export function phasesOf({ accept, accepted, local, remote, connected, frame }: SavedCall['times']): Phase[] {
  const described = local === null || remote === null ? null : Math.max(local, remote);
  const ends = [accepted, described, connected, frame];
  const phases: Phase[] = [];
  let from = accept ?? accepted;
  for (const [at, name] of kPhases.entries()) {
    const end = ends[at]!;
    if (from === null || end === null) break;
    // Moments come from two clocks in one browser, which may differ by less than anybody sees.
    const to = Math.max(from, end);
    phases.push({ name, from, to });
    from = to;
  }
  return phases;
}

/** How many of each kind, those that there are none of left out. */
export function countKinds({ candidates }: SavedCall, side: Side): [CandidateKind, number][] {
  return kCandidateKinds
    .map((kind): [CandidateKind, number] => [kind, candidates.filter((each) => each.side === side && each.kind === kind).length])
    .filter(([, much]) => much > 0);
}

export function bytesShown({ pairs }: SavedCall): Record<'direct' | 'relayed', Bytes> {
  return bytesOf(pairs);
}

export interface PairRow {
  own: string | null;
  partner: string | null;
  state: PairState;
  /** When it came to that. */
  at: number;
  isUsed: boolean;
  bars: { state: PairState | 'used'; from: number; to: number }[];
}

export interface TimeLine {
  from: number;
  to: number;
  rows: PairRow[];
  /** Pairs whose turn came. */
  tried: number;
  /** Pairs beyond those that are drawn. */
  more: number;
}

/** Drawn beside each other, those that came to something first. */
export const kRowsMax = 16;
/** What happens later is told, and not drawn: it would leave no room for the beginning. */
const kDrawnMs = 15_000;
/** After the last thing that happened, so that its end can be seen. */
const kTail = 1.15;

export function timeLineOf(call: SavedCall): TimeLine | null {
  const known = call.pairs.map((pair, at) => ({ pair, at })).filter(({ pair }) => pair.states.length > 0);
  if (known.length === 0) return null;
  const from = Math.min(...known.map(({ pair }) => pair.states[0]!.at));
  const moments = known.flatMap(({ pair: { states, used } }) => [...states.map(({ at }) => at), ...used.flatMap((each) => [each.from, each.to ?? each.from])]);
  const last = Math.max(from + 1, ...[...moments, call.times.connected ?? from].filter((at) => at <= from + kDrawnMs));
  const to = from + (last - from) * kTail;
  const kRank: readonly PairState[] = ['works', 'trying', 'failed', 'gone', 'waiting'];
  const rank = (pair: SavedPair): number => (pair.used.length > 0 ? -1 : kRank.indexOf(pair.states.at(-1)!.state));
  const sorted = [...known].sort((one, other) => rank(one.pair) - rank(other.pair) || one.at - other.at);
  const rows = sorted.slice(0, kRowsMax).map(({ pair, at }) => rowOf(call, pair, at, to));
  const wasTried = ({ pair }: { pair: SavedPair }): boolean => pair.states.some(({ state }) => state !== 'waiting' && state !== 'gone');
  return { from, to, rows, tried: known.filter(wasTried).length, more: sorted.length - rows.length };
}

function rowOf(call: SavedCall, { own, partner, states, used }: SavedPair, at: number, end: number): PairRow {
  const newest = states.at(-1)!;
  const inTime = (moment: number): number => Math.min(moment, end);
  const bars: PairRow['bars'] = states.map(({ state, at: from }, place) => ({ state, from: inTime(from), to: inTime(states[place + 1]?.at ?? end) }));
  bars.push(...used.map(({ from, to }) => ({ state: 'used' as const, from: inTime(from), to: inTime(to ?? end) })));
  return {
    own: placeOf(call, own),
    partner: placeOf(call, partner),
    state: newest.state,
    at: newest.at,
    isUsed: at === call.chosen,
    bars: bars.filter(({ state, from, to }) => state !== 'gone' && to > from),
  };
}

export function placeOf({ candidates }: SavedCall, at: number | null): string | null {
  return at === null ? null : candidates[at]!.place;
}
