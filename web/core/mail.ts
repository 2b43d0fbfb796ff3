// The bodies of one call: what this end has sent and the server has not yet confirmed, and what has come in.
// No sockets and no clock; session.ts moves the bytes.

import { kBodiesKept, kTellHaveEvery, type Have, type ServerMessageOf } from './protocol.ts';

export interface Letter {
  id: number;
  body: string;
}

/** What goes out: numbered from 1, kept until it can no longer be asked for again, resent unchanged and in order. */
export class Outbox {
  private kept: (Letter & { acked: boolean })[] = [];
  private last = 0;

  add(body: string): Letter {
    const letter = { id: ++this.last, body, acked: false };
    this.kept.push(letter);
    return letter;
  }

  /** Of those the server has, the last few are kept for a new life of it. */
  handleAck(id: number): void {
    const letter = this.kept.find((kept) => kept.id === id);
    if (!letter || letter.acked) return;
    letter.acked = true;
    const acked = this.kept.filter((kept) => kept.acked);
    if (acked.length > kBodiesKept) this.kept = this.kept.filter((kept) => kept !== acked[0]);
  }

  /** On the same life of the server what it has not confirmed, on a new one everything kept. */
  toResend(newEpoch: boolean): Letter[] {
    if (newEpoch) for (const letter of this.kept) letter.acked = false;
    return this.kept.filter((letter) => !letter.acked).map(({ id, body }) => ({ id, body }));
  }
}

export type Incoming = 'new' | 'duplicate' | 'gap' | 'stale';

/** What comes in: each body once and in order, whatever is sent again. */
export class Inbox {
  private epoch = '';
  private seq = 0;
  private lastId = 0;
  private untold = 0;

  /** The partner's intro has come: from here on there is something to have. */
  handleAccepted(epoch: string): void {
    if (this.epoch !== '') return;
    this.epoch = epoch;
  }

  /** `epoch` is the life of the server that this connection belongs to. */
  handleRelay(relay: ServerMessageOf<'relay'>, epoch: string): Incoming {
    if (relay.epoch !== epoch) return 'stale';
    if (this.epoch !== epoch) {
      this.epoch = epoch;
      this.seq = 0;
    }
    if (relay.seq <= this.seq) return 'duplicate';
    if (relay.seq > this.seq + 1) return 'gap';
    this.seq = relay.seq;
    this.untold += 1;
    // After a restart of the server the partner sends everything again under new sequence numbers.
    if (relay.id <= this.lastId) return 'duplicate';
    this.lastId = relay.id;
    return 'new';
  }

  /** What the server need not keep for this end any more. */
  have(): Have | null {
    return this.epoch === '' ? null : { epoch: this.epoch, seq: this.seq };
  }

  /** True once for every so many bodies: then the server is told what it can forget. */
  isTimeToTell(): boolean {
    if (this.untold < kTellHaveEvery) return false;
    this.untold = 0;
    return true;
  }
}
