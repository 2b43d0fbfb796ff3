// What core needs from the world it runs in. A page hands in the browser's own; tests hand in fakes.

export interface CryptoPort {
  readonly subtle: SubtleCrypto;
  getRandomValues(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
}

/** Stops what was set; harmless when it has already happened. */
export type Cancel = () => void;

export interface Clock {
  /** Milliseconds that never go back; only differences mean anything. */
  now(): number;
  /** Runs `then` once, `ms` milliseconds from now. */
  after(ms: number, then: () => void): Cancel;
}

/** The part of a WebSocket that is used. */
export interface Socket {
  send(text: string): void;
  close(code?: number): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

/** The part of `sessionStorage` that is used. */
export interface Store {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

/** A number from 0 up to, not including, 1. */
export type Chance = () => number;
