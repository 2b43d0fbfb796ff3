// One run of the safety code (docs/protocol.md, "The safety code"): what comes over the control channel goes in, what is to be said and
// what has been found out comes out. It reads no certificate and no clock.
//
//   each end:   commit   →  reveal           →  done                →  sealed
//   said        at once     on the other's      on the other's         on the other's `done`
//                           commitment          valid reveal
//
// The channel keeps the order, so an honest partner's messages can come in this order only, each once. Anything else ends the run, and a
// run that has ended is not begun again: a second try is what somebody in between needs.

import { compareBytes, fromBase64url, toBase64url, type Bytes } from './bytes.ts';
import { integer, object, oneOf, text } from './shape.ts';
import type { CryptoPort } from './ports.ts';
import { agree, commitment, kNonceBytes, type Agreed, type End } from './safety_code.ts';

export type CodeMessage =
  | { kind: 'code'; step: 'commit' | 'reveal'; value: string }
  /** This end has code and keys. `taken`: the partner's newest body that has come, 0 for none. */
  | { kind: 'code'; step: 'done'; taken: number }
  /** Every body is sealed from here on. */
  | { kind: 'code'; step: 'sealed' };

export type CodeFlaw =
  /** Not what was due, or not in its form. */
  | 'order'
  /** The nonce is not the one its sender had bound to these certificates. */
  | 'forged'
  /** This end's own certificate, commitment or nonce coming back. */
  | 'reflected';

export type CodeEvent =
  | { type: 'say'; message: CodeMessage }
  /** The partner's nonce holds: this end opens what is sealed. The partner may not have got that far. */
  | { type: 'agreed'; agreed: Agreed }
  /** So has the partner: both have the same code, and this end seals. */
  | { type: 'done'; agreed: Agreed; taken: number }
  /** The partner seals. */
  | { type: 'sealed' }
  | { type: 'refused'; why: CodeFlaw };

export interface CodeSetup {
  crypto: CryptoPort;
  own: Bytes;
  partner: Bytes;
  /** The partner's newest body that has come. */
  taken: () => number;
  onEvent: (event: CodeEvent) => void;
}

type Step = CodeMessage['step'];
const kNext: Record<Step, Step | null> = { commit: 'reveal', reveal: 'done', done: 'sealed', sealed: null };

const step = object({ kind: oneOf('code'), step: oneOf('commit', 'reveal', 'done', 'sealed') });
const valued = object({ value: text(64) });
const counted = object({ taken: integer() });

/** Null when it has not the form of any step. */
export function parseCodeMessage(value: unknown): CodeMessage | null {
  const named = step(value)?.step;
  if (named === 'sealed') return { kind: 'code', step: named };
  if (named === 'done') {
    const read = counted(value);
    return read ? { kind: 'code', step: named, ...read } : null;
  }
  const read = named && valued(value);
  return read ? { kind: 'code', step: named, ...read } : null;
}

const isSame = (left: Bytes, right: Bytes): boolean => compareBytes(left, right) === 0;

export class CodeRun {
  private readonly setup: CodeSetup;
  private readonly own: End;
  private ownCommitment: Bytes | null = null;
  private theirCommitment: Bytes | null = null;
  private agreed: Agreed | null = null;
  /** What is due from the partner; null once everything has come, or nothing more is listened to. */
  private due: Step | null = 'commit';
  private queue: Promise<void>;

  constructor(setup: CodeSetup) {
    this.setup = setup;
    this.own = { fingerprint: setup.own, nonce: setup.crypto.getRandomValues(new Uint8Array(kNonceBytes)) };
    this.queue = this.begin();
  }

  /** Resolves when it has been dealt with. */
  handle(message: CodeMessage): Promise<void> {
    this.queue = this.queue.then(() => this.take(message));
    return this.queue;
  }

  /** Nothing is said or found out any more. */
  stop(): void {
    this.due = null;
  }

  private async begin(): Promise<void> {
    const { crypto, own, partner } = this.setup;
    if (isSame(own, partner)) return this.refuse('reflected');
    this.ownCommitment = await commitment(crypto, this.own, partner);
    this.say({ kind: 'code', step: 'commit', value: toBase64url(this.ownCommitment) });
  }

  private async take(message: CodeMessage): Promise<void> {
    const due = this.due;
    if (due === null) return;
    if (message.step !== due) return this.refuse('order');
    if (message.step === 'commit') this.takeCommitment(message.value);
    else if (message.step === 'reveal') await this.takeNonce(message.value);
    else if (message.step === 'done') this.takeDone(message.taken);
    else this.setup.onEvent({ type: 'sealed' });
    // It may have been refused or stopped meanwhile.
    if (this.due === due) this.due = kNext[due];
  }

  private takeCommitment(value: string): void {
    const theirs = fromBase64url(value);
    if (theirs?.length !== this.ownCommitment!.length) return this.refuse('order');
    if (isSame(theirs, this.ownCommitment!)) return this.refuse('reflected');
    this.theirCommitment = theirs;
    this.say({ kind: 'code', step: 'reveal', value: toBase64url(this.own.nonce) });
  }

  private async takeNonce(value: string): Promise<void> {
    const { crypto, own, partner } = this.setup;
    const nonce = fromBase64url(value);
    if (nonce?.length !== kNonceBytes) return this.refuse('order');
    if (isSame(nonce, this.own.nonce)) return this.refuse('reflected');
    const theirs: End = { fingerprint: partner, nonce };
    if (!isSame(await commitment(crypto, theirs, own), this.theirCommitment!)) return this.refuse('forged');
    const agreed = await agree(crypto, this.own, theirs);
    if (this.due === null) return;
    this.agreed = agreed;
    this.setup.onEvent({ type: 'agreed', agreed });
    this.say({ kind: 'code', step: 'done', taken: this.setup.taken() });
  }

  private takeDone(taken: number): void {
    this.setup.onEvent({ type: 'done', agreed: this.agreed!, taken });
    this.say({ kind: 'code', step: 'sealed' });
  }

  private say(message: CodeMessage): void {
    if (this.due !== null) this.setup.onEvent({ type: 'say', message });
  }

  private refuse(why: CodeFlaw): void {
    if (this.due === null) return;
    this.due = null;
    this.setup.onEvent({ type: 'refused', why });
  }
}
