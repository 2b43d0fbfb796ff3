// Descriptions, in the order that docs/protocol.md asks for: the offer that was made before anybody was found, its answer, and the
// later rounds. What has to be true of a partner's description is looked at here, before the connection hears of it.
//
// One end alone makes the offers after the first, and the other asks it to; offers.ts says which. Offers that cross would have to be rolled
// back, and Chromium (156) plays nothing that comes after a rollback: neither sound nor picture.

import type { Body } from './bodies.ts';
import { asAnswer, offerOfNobody, roleOf } from './double_offer.ts';
import { Offers } from './offers.ts';
import type { PartnerCandidates } from './partner_candidates.ts';
import type { Beginning } from './peer_types.ts';
import type { Clock } from './ports.ts';
import { answererRole, checkSdp, isFirefox, withoutCandidates, withRole, type DtlsRole, type SdpFlaw } from './sdp.ts';
import type { Senders } from './senders.ts';

export interface OwnDescription {
  fingerprint: string;
  ufrag: string;
  pwd: string;
  /** Empty when this end does not make the offer. */
  sdp: string;
  /** `sdp` may be read as an answer as well (double_offer.ts). */
  double: boolean;
}

export interface NegotiationEvents {
  body(body: Body): void;
  /** Own, or the partner's description has been set. */
  set(which: 'local' | 'remote'): void;
  refused(why: SdpFlaw): void;
}

export class Negotiation {
  readonly offers = new Offers();
  /** The first offer has been answered: what follows from that holds for the whole call. */
  negotiated = false;

  /** This end makes the first offer; where both do, it makes the later ones. */
  isFirst = false;

  /** Something else is preferred than the descriptions say: another round is wanted, once nothing is in the way. */
  owesRound = false;

  private readonly clock: Clock;
  private readonly senders: Senders;
  private readonly partner: PartnerCandidates;
  private readonly events: NegotiationEvents;
  private connection: RTCPeerConnection | null = null;
  private prepared: RTCSessionDescriptionInit | null = null;
  private pinned: string | null = null;
  private role: DtlsRole | null = null;
  private ownIsFirefox = false;
  private partnerUfrag = '';
  /** The newest, as it came: Chromium keeps it in words of its own. */
  private partnerSdp = '';

  constructor(clock: Clock, senders: Senders, partner: PartnerCandidates, events: NegotiationEvents) {
    this.clock = clock;
    this.senders = senders;
    this.partner = partner;
    this.events = events;
  }

  /** Its DTLS roles are open. */
  attach(pc: RTCPeerConnection): void {
    this.connection = pc;
    this.role = null;
  }

  /** In place of a former one, and the partner has not answered over it yet: each offer has to say so, since any may be passed over. */
  private get isNew(): boolean {
    return this.negotiated && this.role === null;
  }

  /** The only certificate that the partner may have. */
  get fingerprint(): string | null {
    return this.pinned;
  }

  private get pc(): RTCPeerConnection {
    return this.connection!;
  }

  /** None of this end's offers is without an answer. */
  get isFree(): boolean {
    return this.pc.signalingState === 'stable';
  }

  /** What the intro says about this end. `another`: for a double offer (double_offer.ts), which is set at once, makes a connection that leads nowhere. */
  async describe(offers: boolean, another: (() => RTCPeerConnection) | null): Promise<OwnDescription> {
    const double = another !== null;
    this.isFirst = offers;
    if (offers || double) {
      this.owesRound = false;
      const hasJoined = !offers && double && (await this.answerNobody(another()));
      if (!hasJoined) this.senders.add();
    }
    const offer = await this.pc.createOffer();
    const sdp = withoutCandidates(offer.sdp ?? '');
    this.ownIsFirefox = isFirefox(sdp);
    const checked = checkSdp(sdp, null);
    if (!checked.ok) throw new Error(`this browser's own offer: ${checked.why}`);
    this.prepared = offer;
    if (double) await this.setPrepared();
    return { ...checked.facts, sdp: offers || double ? sdp : '', double };
  }

  /** This end is the one that does not decide in ICE. False where the browser would not take the partner's description after that. */
  private async answerNobody(other: RTCPeerConnection): Promise<boolean> {
    const sdp = await offerOfNobody(other);
    // Firefox (153) takes another partner's for a restart of ICE that nobody has offered. It gives way without delay.
    if (isFirefox(sdp)) return false;
    await this.pc.setRemoteDescription({ type: 'offer', sdp });
    this.senders.join({ prefers: true });
    await this.pc.setLocalDescription(await this.pc.createAnswer());
    await this.senders.putAll();
    return true;
  }

  /** The partner's offer as the answer to this end's, which has been set. Null where it cannot be read so. */
  doubled({ fingerprint, sdp, double }: Beginning['partner']): string | null {
    if (!double || sdp === null || fingerprint === null) return null;
    return asAnswer(this.pc.localDescription!.sdp, sdp, roleOf(!this.isFirst));
  }

  /**
   * True when the first round is done with it. `fingerprint`: of the certificate that was vouched for, or null for whichever the first description
   * names. `doubled`: as above.
   */
  async begin({ fingerprint, sdp }: Beginning['partner'], doubled: string | null): Promise<boolean> {
    this.pinned = fingerprint;
    this.offers.handleBegin(this.isFirst);
    if (this.isFirst && this.pc.localDescription === null) await this.setPrepared();
    if (doubled === null && this.isFirst) return false;
    if (sdp === null || !this.accept(sdp)) return false;
    if (doubled === null) await this.answer(sdp, 0);
    else await this.setAnswer(doubled);
    return true;
  }

  private async setPrepared(): Promise<void> {
    await this.pc.setLocalDescription(this.prepared!);
    this.events.set('local');
  }

  /** Another round has been answered: settles what the first of them settles. True when it was that one. */
  settle(): boolean {
    if (this.negotiated) return false;
    this.negotiated = true;
    this.offers.handleFirstRound(this.pc.localDescription!.sdp, this.partnerSdp);
    return true;
  }

  /** The certificate that was vouched for first is the only one for the whole call. A description that is refused ends it. */
  accept(sdp: string): boolean {
    const checked = checkSdp(sdp, this.pinned);
    if (checked.ok) {
      this.pinned = checked.facts.fingerprint;
      this.partnerUfrag = checked.facts.ufrag;
      this.partnerSdp = sdp;
    } else this.events.refused(checked.why);
    return checked.ok;
  }

  /** Whether an offer that is accepted restarts ICE. Null when it is refused. */
  acceptOffer(sdp: string): { restarts: boolean } | null {
    const before = this.partnerUfrag;
    return this.accept(sdp) ? { restarts: this.partnerUfrag !== before } : null;
  }

  async answer(sdp: string, round: number | null): Promise<void> {
    await this.setRemote({ type: 'offer', sdp });
    // Asked for an order in an answer, Firefox (153) numbers the codecs anew in its later offers, which Chromium (156) refuses.
    this.senders.join({ prefers: !this.ownIsFirefox });
    const answer = await this.pc.createAnswer();
    this.role = answererRole(answer.sdp ?? '');
    const set = this.pc.setLocalDescription(answer);
    this.events.body({ kind: 'answer', sdp: withoutCandidates(answer.sdp ?? ''), round });
    this.offers.handleAnswered(round);
    await set;
    this.events.set('local');
    // Only now: Firefox takes tens of milliseconds for each, and the partner waits for the answer.
    await this.senders.putAll();
  }

  /** False when it is not the answer that is waited for. */
  async takeAnswer(sdp: string, round: number | null): Promise<boolean> {
    if (this.pc.signalingState !== 'have-local-offer' || !this.offers.isAnswer(round) || !this.accept(sdp)) return false;
    await this.setAnswer(sdp);
    return true;
  }

  private async setAnswer(sdp: string): Promise<void> {
    await this.setRemote({ type: 'answer', sdp });
    this.role = answererRole(sdp) === 'active' ? 'passive' : 'active';
  }

  /** The candidates right behind it: checks do not wait for what the page has to do meanwhile. */
  private async setRemote({ type, sdp }: { type: 'offer' | 'answer'; sdp: string }): Promise<void> {
    const set = this.pc.setRemoteDescription({ type, sdp: this.senders.read(sdp) });
    const added = this.partner.add(this.pc);
    await set;
    this.events.set('remote');
    await added;
  }

  async offer(options: RTCOfferOptions): Promise<void> {
    if (!this.isFree && isFirefox(this.pc.localDescription?.sdp ?? '')) {
      // Of two restarts without an answer in between Firefox (153) keeps no path: whatever the channel sends then closes its DTLS.
      await this.pc.setLocalDescription({ type: 'rollback' });
    }
    this.pay();
    const offer = await this.pc.createOffer(options);
    await this.pc.setLocalDescription(offer);
    // Only now: one that the browser refuses has fulfilled nobody's wish.
    const renewed = this.isNew;
    const round = this.offers.handleOwn(options.iceRestart === true, this.clock.now(), renewed);
    // Firefox answers an offer that leaves the DTLS role open as if nobody had one yet; no browser then takes the other's description.
    const sdp = withoutCandidates(offer.sdp ?? '');
    this.events.body({ kind: 'offer', sdp: this.role === null ? sdp : withRole(sdp, this.role), round, renewed });
  }

  /** The browser needs a round. While one is under way it asks again after it. */
  async handleNeed(): Promise<void> {
    if (this.mayRound) await this.makeRound();
  }

  /** The round that is owed, if it can be made now. */
  async payRound(): Promise<void> {
    if (this.owesRound && this.mayRound) await this.makeRound();
  }

  private get mayRound(): boolean {
    return this.negotiated && (this.isFree || !this.offers.mine);
  }

  private async makeRound(): Promise<void> {
    if (this.offers.mine) return this.offer({});
    this.pay();
    this.wish(false);
  }

  /** Whatever round comes next carries what is preferred by now, be it made for that or not. */
  private pay(): void {
    if (this.owesRound) this.senders.preferSound();
    this.owesRound = false;
  }

  wish(restart: boolean, renew = false): void {
    this.events.body({ kind: 'offer_wanted', restart, round: this.offers.round, renew });
  }
}
