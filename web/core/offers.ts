// Which offer is which. The first is number 0; after it one end makes them all, and the other asks it to (peer.ts says why). An
// answer names the offer it answers, and a wish the newest its sender has answered, so that neither is taken for what it is not.
//
// A pure policy: no clock and no connection.

import { isFirefox } from './sdp.ts';

/** An offer without an answer for this long may be followed by another: the partner may have failed at it. */
export const kUnansweredMs = 8_000;
/** Where the network it was made for is another now. */
export const kUnansweredHurryMs = 2_000;

export class Offers {
  /** This end makes the later ones. */
  mine = false;

  private first = false;
  private newest = 0;
  private since = -Infinity;
  private restarted = 0;
  private renewed = 0;
  /** The newest of the partner's, whether or not it could be answered. */
  private heard = 0;
  private owed = false;

  /** The number of the newest offer, of whichever end makes them. */
  get round(): number {
    return this.newest;
  }

  /** The call begins. `first`: this end makes the first offer. */
  handleBegin(first: boolean): void {
    this.first = this.mine = first;
  }

  /**
   * The first offer has been answered; `own` and `partner` are the two descriptions. Of a Firefox and another the Firefox makes the later
   * ones: where Chromium (156) restarts ICE while the former path still works, Firefox (153) waits for good for a pair to be nominated
   * and plays nothing more, though both say that they are connected.
   */
  handleFirstRound(own: string, partner: string): void {
    this.mine = isFirefox(own) === isFirefox(partner) ? this.first : isFirefox(own);
  }

  /** This end makes a later offer: gives its number. `restart`: it restarts ICE; `renewed`: from another connection. */
  handleOwn(restart: boolean, now: number, renewed = false): number {
    this.newest += 1;
    this.since = now;
    if (restart) {
      this.restarted = this.newest;
      this.owed = false;
    }
    if (renewed) this.renewed = this.newest;
    return this.newest;
  }

  /** The partner's offer has been answered. Null: its page does not number them. */
  handleAnswered(round: number | null): void {
    this.newest = round ?? this.newest + 1;
  }

  /** Whether an offer of the partner's is to be looked at: it may come twice, by the server and by the channel, or after a later one. */
  takeNew(round: number | null): boolean {
    if (round === null) return true;
    const isNew = round > this.heard;
    this.heard = Math.max(this.heard, round);
    return isNew;
  }

  /** Whether it answers the newest own offer. Null: the partner's page does not say. */
  isAnswer(round: number | null): boolean {
    return round === null || round === this.newest;
  }

  /** Whether another offer may be made. `free`: none of this end's is without an answer. `hurry`: the network has changed since. */
  mayOffer(free: boolean, now: number, hurry = false): boolean {
    return free || now >= this.since + (hurry ? kUnansweredHurryMs : kUnansweredMs);
  }

  /**
   * What the partner's wish for an offer leads to. One for a restart that an own offer has fulfilled since leads to nothing; one
   * that crosses an offer which restarts nothing is granted after it. Null for `round`: the partner's page does not say.
   */
  handleWish(restart: boolean, round: number | null, free: boolean, now: number): 'offer' | 'restart' | null {
    if (!free && this.mayOffer(free, now)) return restart ? 'restart' : 'offer';
    const answered = round ?? this.newest - (free ? 0 : 1);
    if (restart && answered < this.restarted) return null;
    if (free) return restart ? 'restart' : 'offer';
    this.owed ||= restart;
    return null;
  }

  /** Whether an own offer from another connection is newer than what the partner had answered when it said `round`. */
  hasRenewedSince(round: number | null): boolean {
    return round !== null && round < this.renewed;
  }

  /** True once after an answer, if a restart was asked for meanwhile. */
  takeOwed(): boolean {
    const { owed } = this;
    this.owed = false;
    return owed;
  }
}
