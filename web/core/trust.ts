// What a connection can be trusted with: that it stands under the certificate it was announced with, the safety code that two people
// compare, and the sealing that follows from it. One for each connection; a second run there is not.

import type { Body } from './bodies.ts';
import { CodeRun, type CodeEvent, type CodeMessage } from './code_run.ts';
import { kNoCode, type CodeView } from './code_view.ts';
import { readLive, type Connection } from './live_transport.ts';
import type { Cancel, Clock, CryptoPort } from './ports.ts';
import { Sealing } from './sealing.ts';

/** A run takes two round trips. After this a person is told that there is no code; one that comes later is shown all the same. */
export const kCodeLateMs = 10_000;

export interface TrustEvents {
  connection(): Connection | null;
  say(message: CodeMessage): void;
  changed(view: CodeView): void;
  /** A body that may not have arrived is to be told again, sealed. */
  again(body: Body, first: number): void;
  /** The connection stands under another certificate than announced. */
  forged(): void;
  broken(error: unknown): void;
}

export class Trust {
  readonly sealing = new Sealing();

  private readonly crypto: CryptoPort;
  private readonly clock: Clock;
  private readonly events: TrustEvents;
  private run: CodeRun | null = null;
  private started = false;
  private stopped = false;
  private view = kNoCode;
  private queue: Promise<void> = Promise.resolve();
  private cancelLate: Cancel = () => {};

  constructor(ports: { crypto: CryptoPort; clock: Clock }, events: TrustEvents) {
    this.crypto = ports.crypto;
    this.clock = ports.clock;
    this.events = events;
  }

  /** DTLS is up, for the first time or again: whatever brought it back, it is with the same end. */
  handleConnected(): void {
    this.step(async () => {
      const connection = this.events.connection();
      const live = connection && (await readLive(this.crypto, connection));
      if (live && 'flaw' in live && live.flaw !== 'unseen') this.forge();
    });
  }

  /** The control channel is open. */
  handleOpen(): void {
    if (this.started || this.stopped) return;
    this.started = true;
    this.show({ state: 'making', code: null, why: null });
    this.cancelLate = this.clock.after(kCodeLateMs, () => {
      if (this.view.state === 'making') this.show({ state: 'unverified', code: null, why: 'silent' });
    });
    this.step(() => this.begin());
  }

  handleMessage(message: CodeMessage): void {
    this.step(async () => this.run?.handle(message));
  }

  stop(): void {
    this.stopped = true;
    this.cancelLate();
    this.run?.stop();
  }

  private async begin(): Promise<void> {
    const connection = this.events.connection();
    const live = connection ? await readLive(this.crypto, connection) : ({ flaw: 'unseen' } as const);
    if (this.stopped) return;
    if ('flaw' in live) {
      if (live.flaw !== 'unseen') return this.forge();
      return this.show({ state: 'unverified', code: null, why: 'unseen' });
    }
    const { own, partner } = live;
    this.run = new CodeRun({ crypto: this.crypto, own, partner, taken: () => this.sealing.taken, onEvent: (event) => this.handleRun(event) });
  }

  private handleRun(event: CodeEvent): void {
    if (this.stopped) return;
    switch (event.type) {
      case 'say':
        return this.events.say(event.message);
      case 'agreed':
        return this.sealing.handleAgreed(event.agreed);
      case 'done':
        this.show({ state: 'code', code: event.agreed.code, why: null });
        for (const { id, body } of this.sealing.handleDone(event.taken)) this.events.again(body, id);
        return;
      case 'sealed':
        return this.sealing.handleSealed();
      case 'refused':
        return this.show({ state: 'refused', code: null, why: event.why });
    }
  }

  private forge(): void {
    this.run?.stop();
    this.events.forged();
  }

  private show(view: CodeView): void {
    this.view = view;
    this.events.changed(view);
  }

  private step(run: () => Promise<void>): void {
    this.queue = this.queue.then(async () => {
      if (this.stopped) return;
      await run().catch((error: unknown) => this.events.broken(error));
    });
  }
}
