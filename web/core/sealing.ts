// The bodies of a call between strangers, sealed once both ends have the keys of the safety code (docs/protocol.md, "Sealed bodies").
//
// The two ends do not turn over at one moment, and bodies are on their way. So an end seals once it knows that the other can open; it tells
// again, sealed, whatever the other had not said to have; and it takes plaintext until the other has said, or shown, that it seals. From
// then on what is not sealed is nobody's.

import { bigEndian64, concat, fromBase64url, fromUtf8, readBigEndian64, toBase64url, utf8 } from './bytes.ts';
import type { Body } from './bodies.ts';
import { kBodiesKept } from './protocol.ts';
import type { Agreed } from './safety_code.ts';
import { integer, isObject, parseJson } from './shape.ts';

const kCounterBytes = 8;
const number = integer(1);

export interface Told {
  id: number;
  body: Body;
}

export class Sealing {
  /** Whether every further body is to be sealed. */
  seals = false;
  /** The partner's newest body that has come, by the number it was first told under. */
  taken = 0;

  private agreed: Agreed | null = null;
  private takesPlain = true;
  private told: Told[] = [];
  private sent = 0;
  private nextCounter = 0;

  /** This end can open what is sealed. */
  handleAgreed(agreed: Agreed): void {
    this.agreed = agreed;
  }

  /** The partner can, and has the bodies up to `taken`: what is to be told again. */
  handleDone(taken: number): Told[] {
    this.seals = true;
    return this.told.splice(0).filter(({ id }) => id > taken);
  }

  /** The partner has said that it seals. */
  handleSealed(): void {
    this.takesPlain = false;
  }

  /** A body has been told in plain, under the number that its way through the server gave it. */
  noteTold(told: Told): void {
    if (this.seals) return;
    this.told.push(told);
    if (this.told.length > kBodiesKept) this.told.shift();
  }

  /** As `relay` carries it. `first`: the number under which it was told in plain. */
  async seal(call: string, body: Body, first: number | null = null): Promise<string> {
    const counter = this.sent++;
    const text = JSON.stringify(first === null ? body : { ...body, id: first });
    const sealed = await this.agreed!.send.seal(counter, utf8(call), utf8(text));
    return toBase64url(concat(bigEndian64(counter), sealed));
  }

  /** The text of a body, or null for what is not to be heard. */
  async open(call: string, id: number, body: string): Promise<string | null> {
    if (body.startsWith('{')) {
      if (!this.takesPlain || id <= this.taken) return null;
      this.taken = id;
      return body;
    }
    const text = await this.unseal(call, body);
    if (text === null) return null;
    this.takesPlain = false;
    return this.isKnown(text) ? null : text;
  }

  private async unseal(call: string, body: string): Promise<string | null> {
    const bytes = fromBase64url(body);
    if (!this.agreed || !bytes || bytes.length < kCounterBytes) return null;
    const counter = readBigEndian64(bytes);
    if (counter === null || counter < this.nextCounter) return null;
    const plaintext = await this.agreed.receive.open(counter, utf8(call), bytes.slice(kCounterBytes));
    if (!plaintext) return null;
    this.nextCounter = counter + 1;
    return fromUtf8(plaintext);
  }

  /** Told again, and had come all the same. */
  private isKnown(text: string): boolean {
    const value = parseJson(text);
    const first = isObject(value) ? number(value['id']) : undefined;
    if (first === undefined) return false;
    if (first <= this.taken) return true;
    this.taken = first;
    return false;
  }
}
