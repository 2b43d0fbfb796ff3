// Whether anything arrives from the partner. Browsers say `disconnected` after some 5 s without an answer to their own checks; by what
// arrives it is known within two, so that a restart of ICE begins while the picture has only just frozen.
//
// A pure policy: what was seen to arrive goes in, when to ask and whether the line is silent comes out. Silence is nothing arriving although
// something was asked for: the partner may send neither sound nor picture, and then says nothing until asked. It is never an end of a
// call, only a reason to look for another path.

/** Nothing for this long is silence, if a question has gone unanswered as well. */
export const kQuietMs = 1_500;
/** A look that found nothing new for this long is a reason to ask. */
export const kDoubtMs = 450;
/** The receipt of a question takes at least this, */
export const kReceiptMs = 750;
/** or this, where the device or the page has just woken: what was before says nothing then. */
export const kWakeReceiptMs = 400;
/** Where nothing but answers arrives a question is asked so often, this far apart: one packet may be lost by itself. */
export const kQuestions = 3;
export const kAskAgainMs = 250;
/** While the line is silent. */
export const kAskSilentMs = 1_000;
/** Looks this far apart mean that the device slept. */
export const kGapMs = 3_000;

/** What has come over one candidate pair since it was made. */
export interface Arrived {
  /** Names what was counted. */
  pair: string;
  count: number;
  /** Of the newest round trip, if it is known. */
  roundTripMs: number | null;
}

export class Pulse {
  /** Nothing arrives. Ends with the next that does. */
  silent = false;

  private newsAt: number;
  private heardAt = -Infinity;
  /** The last news came without being asked for: sound, picture. */
  private isFlowing = false;
  private counted: { pair: string; count: number; at: number } | null = null;
  private mediaAt: number | null = null;
  /** Since the first question without an answer. */
  private askedAt: number | null = null;
  private lastAskAt = -Infinity;
  private questions = 0;
  private roundTripMs = 0;
  private woke = false;
  private pairChanged = false;
  private lookedAt: number;

  constructor(now: number) {
    this.newsAt = this.lookedAt = now;
  }

  /** A connection works anew: what was before says nothing. */
  handleFresh(now: number): void {
    this.begin(now);
    this.counted = null;
    this.silent = this.woke = false;
  }

  /** A look begins. After a long time without one the device has slept. */
  handleLook(now: number): void {
    if (now - this.lookedAt >= kGapMs) this.handleWake(now);
    this.lookedAt = now;
  }

  /** The page is seen again, the device is on a network again or has slept: the line has to prove itself, and gets the time for it. */
  handleWake(now: number): void {
    this.begin(now);
    this.woke = true;
  }

  /** When the newest sound or picture came, by the browser's clock; null where it does not say. */
  handleMedia(at: number | null, now: number): void {
    const isNews = at !== null && this.mediaAt !== null && at > this.mediaAt;
    this.mediaAt = at;
    if (isNews) this.handleNews(now);
  }

  /** Something was said on a data channel. */
  handleHeard(now: number): void {
    this.handleNews(now);
  }

  handleRoundTrip(ms: number): void {
    this.roundTripMs = ms;
  }

  /** `null`: the browser told nothing that counts. That is neither news nor silence. */
  handleArrived(arrived: Arrived | null, now: number): void {
    const before = this.counted;
    this.counted = arrived && { pair: arrived.pair, count: arrived.count, at: now };
    if (arrived?.roundTripMs != null) this.roundTripMs = arrived.roundTripMs;
    if (!arrived) return this.begin(now);
    if (!before) return;
    if (before.pair !== arrived.pair || before.count > arrived.count) {
      this.begin(now);
      this.pairChanged = true;
    } else if (arrived.count > before.count && before.at >= this.newsAt) {
      // Older than the last news, the count may have grown by that alone.
      this.handleNews(now);
    }
  }

  /** A question was sent. */
  handleAsked(now: number): void {
    this.askedAt ??= now;
    this.lastAskAt = now;
    this.questions += 1;
    this.pairChanged = false;
  }

  /** Something has arrived just now. */
  isLively(now: number): boolean {
    return !this.silent && now - this.heardAt < kQuietMs;
  }

  inDoubt(now: number): boolean {
    return this.silent || this.woke || this.pairChanged || now - this.newsAt >= kDoubtMs;
  }

  wantsQuestion(now: number): boolean {
    if (!this.inDoubt(now)) return false;
    return this.askedAt === null || now - this.lastAskAt >= (this.silent ? kAskSilentMs : kAskAgainMs);
  }

  /** To be asked after a look whose count was told. */
  judge(now: number): void {
    if (this.silent || this.counted?.at !== now || this.askedAt === null) return;
    const isQuiet = this.woke || now - this.newsAt >= kQuietMs;
    const isAsked = this.isFlowing || this.questions >= kQuestions;
    this.silent = isQuiet && isAsked && now - this.askedAt >= this.receiptMs();
    if (this.silent) this.woke = false;
  }

  private receiptMs(): number {
    const once = Math.max(this.woke ? kWakeReceiptMs : kReceiptMs, 2 * this.roundTripMs + 200);
    return this.isFlowing ? once : once + (kQuestions - 1) * kAskAgainMs;
  }

  private handleNews(now: number): void {
    this.isFlowing = this.askedAt === null;
    this.heardAt = now;
    this.begin(now);
    this.silent = this.woke = false;
  }

  /** What is heard counts from here. */
  private begin(now: number): void {
    this.newsAt = now;
    this.askedAt = null;
    this.questions = 0;
    this.pairChanged = false;
  }
}
