// Steps that take a while, one after the other, whoever asked for them.

export interface StepEvents {
  /** No further one is begun. */
  isOver(): boolean;
  failed(error: unknown): void;
}

export class Steps {
  private readonly events: StepEvents;
  private last: Promise<void> = Promise.resolve();
  private waiting = 0;

  constructor(events: StepEvents) {
    this.events = events;
  }

  /** Resolves when it has ended, however it did. */
  run(step: () => Promise<void>): Promise<void> {
    this.waiting += 1;
    this.last = this.last.then(() => this.take(step));
    return this.last;
  }

  /** The same, begun before this returns where nothing is under way: ahead of what the page does with the same news. */
  runNow(step: () => Promise<void>): Promise<void> {
    if (this.waiting > 0) return this.run(step);
    this.waiting += 1;
    this.last = this.take(step);
    return this.last;
  }

  private async take(step: () => Promise<void>): Promise<void> {
    try {
      if (!this.events.isOver()) await step();
    } catch (error) {
      this.events.failed(error);
    }
    this.waiting -= 1;
  }
}
