// People in language rooms without browsers: a device, an address of 127.0.0.0/8, and what they say to the server.
import assert from 'node:assert/strict';
import { randomId, SignalingClient } from '../browser/lib/signaling_client.mjs';

/** The device's token as the page keeps it. */
export const newDevice = () => randomId(16);

let places = 0;
/** An address nobody else in these tests has, whose four bytes do not occur by chance. */
export const newAddress = () => `127.77.${131 + Math.floor(++places / 100)}.${101 + (places % 100)}`;

export class Guest {
  #client;

  /** Enters, and is in no room yet. @param {{device?: string, address?: string}} who */
  static async enter(server, { device = newDevice(), address = newAddress() } = {}) {
    const guest = new Guest(device, address);
    guest.#client = await SignalingClient.connect(server.origin, { device, localAddress: address });
    return guest;
  }

  constructor(device, address) {
    this.device = device;
    this.address = address;
  }

  get welcome() {
    return this.#client.welcome;
  }

  get traffic() {
    return this.#client.traffic;
  }

  /** Hands the partner a body that the server does not read. */
  relay(call, body) {
    this.#client.send({ type: 'relay', call, id: 1, body });
  }

  /** Comes back to the same session. What was on its way on the old connection has come before. */
  async comeBack() {
    this.#client = await this.#client.comeBack();
    return this.#client.welcome;
  }

  settle() {
    return this.#client.settle();
  }

  /** @returns the answer: `waiting`, `matched` or `error` */
  seek(room) {
    this.#client.send({ type: 'seek', room, prefs: { media: 'video', need: 'any' } });
    return this.answer();
  }

  answer() {
    return this.#client.take('waiting', 'matched', 'error');
  }

  async unseek() {
    this.#client.send({ type: 'unseek' });
    await this.settle();
  }

  /** Waits at a private link that nobody else has. @returns `waiting` or `error` */
  openPrivate() {
    this.#client.send({ type: 'open', id: randomId(16), door: randomId(16), seat: randomId(16), noise: 'n', prefs: { media: 'video', need: 'any' } });
    return this.answer();
  }

  accept(call) {
    this.#client.send({ type: 'accept', call, intro: '{}' });
  }

  hears(type) {
    return this.#client.take(type);
  }

  leave(call, reason = 'left') {
    this.#client.send({ type: 'leave', call, reason });
    return this.hears('left');
  }

  block(call) {
    this.#client.send({ type: 'block', call });
    return this.#client.take('noted', 'error');
  }

  /** @returns `noted`, or the `error` that says why not */
  report(call, category, note) {
    this.#client.send({ type: 'report', call, category, ...(note !== undefined && { note }) });
    return this.#client.take('noted', 'error');
  }

  close() {
    this.#client.close();
  }
}

/** `type: code` of an answer, which reads well in a failure. */
export const said = ({ type, code, about }) => [type, code, about].filter(Boolean).join(' ');

export async function expectWaiting(guest, room) {
  assert.equal(said(await guest.seek(room)), 'waiting');
}

export async function expectMatched(guest, partner, room) {
  const matched = await guest.seek(room);
  assert.equal(said(matched), 'matched');
  const other = await partner.answer();
  assert.equal(said(other), 'matched');
  assert.equal(other.call, matched.call);
  return matched.call;
}

/** The first waits, the second comes, both accept. @returns the call */
export async function meet(first, second, room) {
  await expectWaiting(first, room);
  const call = await expectMatched(second, first, room);
  for (const guest of [first, second]) guest.accept(call);
  for (const guest of [first, second]) assert.equal((await guest.hears('accepted')).call, call);
  return call;
}

/** They meet and the reporter, a guest of this device and address, reports the one who waited. @returns the answer */
export async function meetAndReport(server, who, meant, room, category = 'hate', note = undefined) {
  const reporter = await Guest.enter(server, who);
  const call = await meet(meant, reporter, room);
  const answer = await reporter.report(call, category, note);
  assert.equal((await reporter.hears('left')).reason, 'you');
  assert.equal((await meant.hears('left')).reason, 'left', 'who is reported does not learn of it');
  reporter.close();
  return answer;
}
