// A private call's link, and the sealed door between its two ends: what is derived from the link's key, who answers whom, and
// the sealing of every body. The server carries all of it and can read none of it (docs/protocol.md, "Private calls").

import { bigEndian64, compareBytes, concat, fromBase64url, fromUtf8, readBigEndian64, toBase64url, utf8, type Bytes } from './bytes.ts';
import { Initiator, Responder, type NoiseSetup, type Transport } from './noise.ts';
import type { CryptoPort, Store } from './ports.ts';

export const kKeyBytes = 16;
const kSeatBytes = 16;
const kCounterBytes = 8;
const kKeyName = 'visavis.key';
const kSeatName = 'visavis.seat';
const kZero = new Uint8Array(1);

export function makeKey(crypto: CryptoPort): Bytes {
  return crypto.getRandomValues(new Uint8Array(kKeyBytes));
}

/** What a link carries of the key, where no browser sends it: with its `#`. */
export function makeFragment(key: Bytes): string {
  return `#1.${toBase64url(key)}`;
}

/** A link to the server's own page. `origin` as `location.origin` has it. */
export function makeLink(origin: string, key: Bytes): string {
  return `${origin}/p${makeFragment(key)}`;
}

export type LinkKey = { key: Bytes } | { wrong: 'none' | 'version' | 'damaged' };

/** Reads the fragment of a link, with its `#`. */
export function readFragment(fragment: string): LinkKey {
  const match = /^#(\d+)\.([\w-]*)$/.exec(fragment);
  if (!match) return { wrong: fragment.length > 1 ? 'damaged' : 'none' };
  if (match[1] !== '1') return { wrong: 'version' };
  const key = fromBase64url(match[2]!);
  return key?.length === kKeyBytes ? { key } : { wrong: 'damaged' };
}

export interface KeptKey {
  key: Bytes;
  /** This participant's own place in the call. */
  seat: string;
}

/**
 * The key and the seat of this tab, kept where a reload finds them and another tab does not: `store` is a page's
 * `sessionStorage`. The same key again keeps its seat.
 */
export function keepKey(store: Store, crypto: CryptoPort, key: Bytes): KeptKey {
  const kept = keptKey(store);
  if (kept && compareBytes(kept.key, key) === 0) return kept;
  const seat = toBase64url(crypto.getRandomValues(new Uint8Array(kSeatBytes)));
  store.setItem(kKeyName, toBase64url(key));
  store.setItem(kSeatName, seat);
  return { key, seat };
}

export function keptKey(store: Store): KeptKey | null {
  const key = fromBase64url(store.getItem(kKeyName) ?? '');
  const seat = store.getItem(kSeatName) ?? '';
  return key?.length === kKeyBytes && fromBase64url(seat)?.length === kSeatBytes ? { key, seat } : null;
}

export function forgetKey(store: Store): void {
  store.removeItem(kKeyName);
  store.removeItem(kSeatName);
}

/** What the key stands for: the call's name, what the server wants to see with it, and the secret it never sees. */
export async function deriveFromKey(crypto: CryptoPort, key: Bytes): Promise<{ id: Bytes; door: Bytes; psk: Bytes }> {
  const input = await crypto.subtle.importKey('raw', key, 'HKDF', false, ['deriveBits']);
  const derive = async (info: string, bytes: number): Promise<Bytes> => {
    const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: utf8(info) };
    return new Uint8Array(await crypto.subtle.deriveBits(parameters, input, bytes * 8));
  };
  return {
    id: await derive('visavis/1 room', 16),
    door: await derive('visavis/1 door', 16),
    psk: await derive('visavis/1 psk', 32),
  };
}

export function makePrologue(host: string, id: Bytes): Bytes {
  return concat(utf8('visavis/1'), kZero, utf8(host), kZero, id);
}

/** What the other end's message 1 turned out to be. `answers`: this end writes message 2. */
export type Greeting = { ok: true; answers: boolean; payload: string } | { ok: false; why: 'reflected' | 'invalid' };

/** One end of one private call, from one `open` to the end of the call it led to. A new `open` takes a new door. */
export class Door {
  readonly id: string;
  /** Whoever knows only the name waits somewhere else. */
  readonly door: string;
  private readonly setup: NoiseSetup;
  private initiator: Initiator | null = null;
  private responder: Responder | null = null;
  private transport: Transport | null = null;
  private met = false;
  private sent = 0;
  private nextCounter = 0;

  private constructor(setup: NoiseSetup, id: Bytes, door: Bytes) {
    this.setup = setup;
    this.id = toBase64url(id);
    this.door = toBase64url(door);
  }

  /** `host`: the authority of the page's address, as the URL standard writes it. */
  static async make(crypto: CryptoPort, key: Bytes, host: string): Promise<Door> {
    const { id, door, psk } = await deriveFromKey(crypto, key);
    return new Door({ crypto, psk, prologue: makePrologue(host, id) }, id, door);
  }

  /** Message 1, as `open` carries it. */
  async knock(payload: string): Promise<string> {
    this.initiator = await Initiator.start(this.setup, utf8(payload));
    return toBase64url(this.initiator.message);
  }

  /** Takes the other end's message 1, once: whichever way it goes, ours serves no other. */
  async handleKnock(noise: string): Promise<Greeting> {
    const own = this.initiator;
    const message = fromBase64url(noise);
    if (this.met) return { ok: false, why: 'invalid' };
    this.met = true;
    if (!own || !message) return this.refuse('invalid');
    const order = compareBytes(own.publicKey, message.slice(0, own.publicKey.length));
    if (order === 0) return this.refuse('reflected');
    const responder = await Responder.read(this.setup, message);
    const payload = responder && fromUtf8(responder.payload);
    if (!responder || payload === null) return this.refuse('invalid');
    if (order < 0) return { ok: true, answers: false, payload };
    own.forget();
    this.initiator = null;
    this.responder = responder;
    return { ok: true, answers: true, payload };
  }

  /** Message 2. Null when this end is not the one to answer, or has done so. */
  async answer(payload: string): Promise<string | null> {
    const answered = await this.responder?.answer(utf8(payload));
    this.responder = null;
    if (!answered) return null;
    this.transport = answered.transport;
    return toBase64url(answered.message);
  }

  /** The payload of message 2, or null; after either, the private key it was meant for is gone. */
  async handleAnswer(noise: string): Promise<string | null> {
    const initiator = this.initiator;
    this.initiator = null;
    const read = await initiator?.read(fromBase64url(noise) ?? new Uint8Array(0));
    initiator?.forget();
    if (!read) return null;
    this.transport = read.transport;
    return fromUtf8(read.payload);
  }

  /** A body as `relay` carries it: base64url(counter ‖ ciphertext and tag), bound to the call. */
  async seal(call: string, plaintext: string): Promise<string> {
    if (!this.transport) throw new Error('nothing is sealed before the handshake is done');
    const counter = this.sent++;
    const sealed = await this.transport.send.seal(counter, utf8(call), utf8(plaintext));
    return toBase64url(concat(bigEndian64(counter), sealed));
  }

  /** Null for what the other end did not seal for this call, and for a counter that is not above all accepted before. */
  async open(call: string, body: string): Promise<string | null> {
    const bytes = fromBase64url(body);
    if (!this.transport || !bytes || bytes.length < kCounterBytes) return null;
    const counter = readBigEndian64(bytes);
    if (counter === null || counter < this.nextCounter) return null;
    const plaintext = await this.transport.receive.open(counter, utf8(call), bytes.slice(kCounterBytes));
    if (!plaintext || counter < this.nextCounter) return null;
    this.nextCounter = counter + 1;
    return fromUtf8(plaintext);
  }

  private refuse(why: 'reflected' | 'invalid'): Greeting {
    this.initiator?.forget();
    this.initiator = null;
    return { ok: false, why };
  }
}
