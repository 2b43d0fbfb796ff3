// Collects how a call is made while it is: each look adds to what the earlier ones saw. While the two devices try to reach each other it
// looks when the connection says that something has happened; afterwards it is handed what line_watch.ts has counted anyway.

import { kNobodysFingerprint } from './double_offer.ts';
import { kMadeCandidatesMax, kMadeMomentsMax, kNoLock, readMade, whyChosen, type Made, type MadeCandidate, type MadeLock, type MadePair, type PairState } from './made.ts';
import type { Cancel, Clock } from './ports.ts';
import { fingerprintsIn } from './sdp.ts';
import { readStatistics, type Report } from './statistics.ts';

/** Between two looks of its own, at least: as often as line_watch.ts looks in doubt. */
export const kMadeLookMs = 250;
/** Of a long call on a changing network, beyond those that were in use. */
export const kTriedPairsMax = 128;

const kSigns = ['icecandidate', 'icegatheringstatechange', 'iceconnectionstatechange', 'connectionstatechange', 'signalingstatechange'] as const;

interface Pair extends MadePair {
  states: { at: number; state: PairState }[];
  used: { from: number; to: number | null }[];
  /** Of which connection: another may have taken its place. */
  connection: number;
  /** Whether the partner says that it leads over a relay; `assumed`, as long as they have not spoken since it was taken. */
  word: 'said' | 'assumed' | null;
}

export class MadeWatch {
  private readonly clock: Clock;
  private readonly tell: (made: Made) => void;
  private pc: RTCPeerConnection | null = null;
  private connection = 0;
  private readonly candidates = new Map<string, MadeCandidate>();
  private readonly pairs = new Map<string, Pair>();
  private chosen: Pair | null = null;
  private lock: MadeLock = kNoLock;
  private partnerRelays = false;
  /** In use when the partner said that theirs leads over a relay, or taken since; and what had come over it by the first look after that. */
  private spokenOf: { pair: Pair; received: number | null } | null = null;
  private lookedAt = -Infinity;
  private looking = false;
  private stopped = false;
  private planned: Cancel | null = null;

  constructor(clock: Clock, tell: (made: Made) => void) {
    this.clock = clock;
    this.tell = tell;
  }

  /** The connection, or another in its place. */
  attach(pc: RTCPeerConnection): void {
    // A look at the one before would come to nothing, and keep this one from its own.
    this.planned?.();
    this.planned = null;
    this.pc = pc;
    this.connection += 1;
    for (const sign of kSigns) pc.addEventListener(sign, () => this.handleSign(pc));
  }

  /** The partner's candidates have come, of which the connection says nothing. */
  handleCandidates(): void {
    if (this.pc) this.handleSign(this.pc);
  }

  /** Whether the partner's way leads over a relay, which may not be seen from here. */
  handlePartnersWord(relay: boolean): void {
    this.partnerRelays = relay;
    const { chosen } = this;
    this.spokenOf = relay && chosen ? { pair: chosen, received: null } : null;
    if (relay && chosen && mayBeRelay(chosen)) chosen.word ??= 'assumed';
    // Of a pair that they have spoken of before it is not taken back: they have left it, and this end is about to see it.
    if (!relay && chosen?.word === 'assumed') chosen.word = null;
  }

  /** What the browser has counted just now. */
  take(report: Report): void {
    if (this.stopped) return;
    const now = this.clock.now();
    const read = readMade(report);
    const named = (id: string): string => `${this.connection} ${id}`;
    const ends = new Set([...read.candidates.keys()].map(named));
    for (const [id, candidate] of read.candidates) {
      if (this.candidates.has(named(id))) continue;
      if (this.candidates.size >= kMadeCandidatesMax) this.forgetCandidate(ends);
      if (this.candidates.size < kMadeCandidatesMax) this.candidates.set(named(id), { ...candidate, at: now });
    }
    const endOf = (id: string): MadeCandidate | null => {
      const untold = read.candidates.get(id);
      return this.candidates.get(named(id)) ?? (untold ? { ...untold, at: now } : null);
    };
    const here = new Set([...read.pairs.keys()].map(named));
    for (const [id, { own, partner, state, ...counted }] of read.pairs) {
      const ended = { own: endOf(own), partner: endOf(partner) };
      const pair = this.pairs.get(named(id)) ?? this.rename(named(id), ended, counted, here) ?? this.add(named(id), id === read.selected, here);
      if (!pair) continue;
      pair.own ??= ended.own;
      pair.partner ??= ended.partner;
      Object.assign(pair, counted);
      pair.relayed ||= pair.own?.kind === 'relay' || pair.own?.leg != null || pair.partner?.kind === 'relay';
      enter(pair, state, now);
    }
    // A report without any is of a connection that has ended, or has not begun.
    for (const [name, pair] of read.pairs.size > 0 ? this.pairs : []) {
      if (!here.has(name)) enter(pair, 'gone', now);
    }
    this.choose(read.selected === null ? null : (this.pairs.get(named(read.selected)) ?? null), now);
    this.settleWord();
    this.lock = { ...read.lock, own: read.lock.own ?? fingerprint(this.pc?.localDescription), partner: read.lock.partner ?? fingerprint(this.pc?.remoteDescription) };
    this.tell(this.made(now));
  }

  stop(): void {
    this.stopped = true;
    this.planned?.();
  }

  private add(name: string, isSelected: boolean, here: ReadonlySet<string>): Pair | null {
    if (this.pairs.size >= kTriedPairsMax) this.forgetPair(here);
    if (this.pairs.size >= kTriedPairsMax && !isSelected) return null;
    const pair: Pair = { connection: this.connection, word: null, own: null, partner: null, states: [], used: [], priority: 0, roundTripMs: null, sent: 0, received: 0, relayed: false };
    this.pairs.set(name, pair);
    return pair;
  }

  /**
   * A pair under another name. Chromium makes one of its candidates' names, and gives a peer-reflexive candidate (RFC 8445 §7.3.1.3) that of the
   * candidate it turns out to be, once that has been signalled.
   */
  private rename(name: string, ends: Pick<MadePair, 'own' | 'partner'>, counted: Pick<MadePair, 'sent' | 'received'>, here: ReadonlySet<string>): Pair | null {
    const former = [...this.pairs].filter(([last, pair]) => pair.connection === this.connection && !here.has(last) && isSamePair(pair, ends, counted));
    // Of several it might be any.
    if (former.length !== 1) return null;
    const [last, pair] = former[0]!;
    this.pairs.delete(last);
    this.pairs.set(name, pair);
    const replaced = [pair.own, pair.partner];
    Object.assign(pair, ends);
    const named = new Set([...this.pairs.values()].flatMap(({ own, partner }) => [own, partner]));
    for (const [id, candidate] of this.candidates) if (replaced.includes(candidate) && !named.has(candidate)) this.candidates.delete(id);
    return pair;
  }

  /** The oldest that the call never went over and that the browser has no more. */
  private forgetPair(here: ReadonlySet<string>): void {
    const oldest = [...this.pairs].find(([name, { used }]) => used.length === 0 && !here.has(name));
    if (oldest) this.pairs.delete(oldest[0]);
  }

  /** The oldest that the browser has no more and that no pair is of. */
  private forgetCandidate(here: ReadonlySet<string>): void {
    const named = new Set([...this.pairs.values()].flatMap(({ own, partner }) => [own, partner]));
    const oldest = [...this.candidates].find(([name, candidate]) => !named.has(candidate) && !here.has(name));
    if (oldest) this.candidates.delete(oldest[0]);
  }

  /** They may have left the pair in use for one over a relay, as `choose` finds: it is what they spoke of only if they still come over it. */
  private settleWord(): void {
    const { spokenOf, chosen } = this;
    if (!spokenOf || spokenOf.pair !== chosen || !mayBeRelay(chosen)) return;
    spokenOf.received ??= chosen.received;
    if (chosen.received === spokenOf.received) return;
    chosen.word = 'said';
    this.spokenOf = null;
  }

  private choose(pair: Pair | null, now: number): void {
    if (pair === this.chosen) return;
    const last = this.chosen?.used.at(-1);
    if (last) last.to = now;
    if (this.spokenOf?.pair.word === 'assumed') this.spokenOf.pair.word = null;
    this.chosen = pair;
    if (!pair) return;
    // It may as well be this end that leaves for a direct one: `settleWord` finds out.
    if (this.partnerRelays && mayBeRelay(pair)) pair.word ??= 'assumed';
    this.spokenOf = this.partnerRelays ? { pair, received: null } : null;
    if (pair.used.length >= kMadeMomentsMax) pair.used.shift();
    pair.used.push({ from: now, to: null });
  }

  /** Copied: what has been told does not change any more. */
  private made(now: number): Made {
    const copies = new Map<Pair, MadePair>();
    for (const pair of this.pairs.values()) {
      const { connection: _, word, relayed, ...rest } = pair;
      copies.set(pair, { ...rest, relayed: relayed || word !== null, states: [...pair.states], used: pair.used.map((each) => ({ ...each })) });
    }
    const { chosen } = this;
    const offered = [...this.candidates].filter(([name, { side }]) => side === 'own' && name.startsWith(`${chosen?.connection} `));
    const rivals = [...this.pairs.values()].filter(({ connection }) => connection === chosen?.connection);
    return {
      candidates: [...this.candidates.values()],
      pairs: [...copies.values()],
      chosen: chosen && copies.get(chosen)!,
      why: chosen && whyChosen(chosen, rivals, offered.map(([, candidate]) => candidate)),
      lock: this.lock,
      until: now,
    };
  }

  private handleSign(pc: RTCPeerConnection): void {
    if (this.stopped || this.pc !== pc || this.planned || pc.connectionState === 'connected') return;
    const wait = this.looking ? kMadeLookMs : Math.max(0, this.lookedAt + kMadeLookMs - this.clock.now());
    this.planned = this.clock.after(wait, () => void this.look(pc));
  }

  private async look(pc: RTCPeerConnection): Promise<void> {
    this.planned = null;
    if (this.stopped || this.pc !== pc) return;
    this.lookedAt = this.clock.now();
    this.looking = true;
    const report = await readStatistics(pc, this.clock);
    this.looking = false;
    if (report && this.pc === pc) this.take(report);
  }
}

function enter({ states }: Pair, state: PairState, at: number): void {
  if (states.at(-1)?.state === state) return;
  // The first ones tell how it came about.
  if (states.length >= kMadeMomentsMax) states.pop();
  states.push({ at, state });
}

/** Whether a pair that the browser has no more may go on as one with these ends: one end is the same, the other is no longer peer-reflexive. */
function isSamePair(pair: Pair, { own, partner }: Pick<MadePair, 'own' | 'partner'>, { sent, received }: Pick<MadePair, 'sent' | 'received'>): boolean {
  if (!own || !partner || pair.states.at(-1)?.state === 'gone' || pair.sent > sent || pair.received > received) return false;
  if (pair.own === own) return isTold(pair.partner, partner);
  return pair.partner === partner && isTold(pair.own, own);
}

/** Whether a peer-reflexive candidate may be that one. Of the partner's, browsers keep the address to themselves until it is signalled. */
function isTold(reflexive: MadeCandidate | null, candidate: MadeCandidate): boolean {
  if (reflexive?.kind !== 'prflx' || reflexive.protocol !== candidate.protocol) return false;
  return (reflexive.address === null || reflexive.address === candidate.address) && (reflexive.port === null || reflexive.port === candidate.port);
}

/** As long as their end was not told as another kind of candidate. */
function mayBeRelay({ partner }: MadePair): boolean {
  return partner === null || partner.kind === 'prflx' || partner.kind === 'relay';
}

function fingerprint(description: RTCSessionDescription | null | undefined): string | null {
  const found = fingerprintsIn(description?.sdp ?? '');
  return found.length === 1 && found[0] !== kNobodysFingerprint ? found[0]! : null;
}
