// Which way a call goes: this end's selected candidate pair, read from getStats, and what both ends' words together mean.

import type { Arrived } from './pulse.ts';
import { isObject } from './shape.ts';

export type Leg = 'udp' | 'tcp' | 'tls';

export interface OwnPath {
  /** The selected pair has a relay at either of its ends, as far as this end can see. */
  relay: boolean;
  /** How this end reaches its own relay; null when it uses none. */
  leg: Leg | null;
}

/** What the badge says. `own_word`: direct as far as this end can tell, while the partner has not said. */
export type Badge = 'unknown' | 'direct' | 'own_word' | 'relayed';

type Stats = Record<string, unknown>;

function readStats(report: Iterable<[string, unknown]>): Map<string, Stats> {
  const stats = new Map<string, Stats>();
  for (const [id, entry] of report) if (isObject(entry)) stats.set(id, entry);
  return stats;
}

/** Chromium and Firefox name the selected pair in the transport's entry; older Firefox marks the pair itself. */
export function selectedPair(stats: Map<string, Stats>): Stats | null {
  for (const entry of stats.values()) {
    const id = entry['type'] === 'transport' ? entry['selectedCandidatePairId'] : undefined;
    if (typeof id === 'string' && stats.has(id)) return stats.get(id)!;
  }
  const pairs = [...stats.values()].filter((entry) => entry['type'] === 'candidate-pair');
  return pairs.find((pair) => pair['selected'] === true) ?? null;
}

/** Null while no pair is selected. A partner's relay may look like `prflx` from here: that is what the partner's word is for. */
export function readPath(report: Iterable<[string, unknown]>): OwnPath | null {
  const stats = readStats(report);
  const pair = selectedPair(stats);
  const local = stats.get(String(pair?.['localCandidateId']));
  if (!local) return null;
  const remote = stats.get(String(pair!['remoteCandidateId']));
  const ownRelay = local['candidateType'] === 'relay' || typeof local['relayProtocol'] === 'string';
  return { relay: ownRelay || remote?.['candidateType'] === 'relay', leg: ownRelay ? readLeg(local) : null };
}

/** What has come over the selected pair; of the whole transport only where the pair is not counted. Null when nothing is. */
export function readArrived(report: Iterable<[string, unknown]>): Arrived | null {
  const stats = readStats(report);
  const pair = selectedPair(stats);
  const roundTrip = pair?.['currentRoundTripTime'];
  const roundTripMs = typeof roundTrip === 'number' ? roundTrip * 1_000 : null;
  const transport = [...stats.values()].find((entry) => entry['type'] === 'transport' && typeof entry['selectedCandidatePairId'] === 'string');
  for (const entry of [pair, transport]) {
    for (const counter of ['bytesReceived', 'packetsReceived']) {
      const count = entry?.[counter];
      const names = [transport?.['selectedCandidatePairId'], pair?.['localCandidateId'], pair?.['remoteCandidateId'], entry?.['type'], counter];
      if (typeof count === 'number') return { pair: names.map(String).join(' '), count, roundTripMs };
    }
  }
  return null;
}

function readLeg(local: Stats): Leg {
  const leg = local['relayProtocol'] ?? 'udp';
  return leg === 'tcp' || leg === 'tls' ? leg : 'udp';
}

/** How a relayed call reaches its relay: this end's way, or the partner's where only the partner uses one. */
export function relayLeg(own: OwnPath | null, partner: OwnPath | null): Leg | null {
  return own?.leg ?? partner?.leg ?? null;
}

export function samePath(left: OwnPath | null, right: OwnPath | null): boolean {
  return left?.relay === right?.relay && left?.leg === right?.leg;
}

/** Relayed if either end says so, direct if both say not. */
export function badge(own: OwnPath | null, partner: OwnPath | null): Badge {
  if (own?.relay || partner?.relay) return 'relayed';
  if (!own) return 'unknown';
  return partner ? 'direct' : 'own_word';
}
