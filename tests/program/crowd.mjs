// Very many people at once who meet in rooms without browsers, and all that is theirs, for whoever looks where it has gone.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { until } from '../browser/lib/poll.mjs';
import { newSessionKey, WebSocket } from '../browser/lib/signaling_client.mjs';
import { Needles } from './needles.mjs';
import { TurnClient } from './turn_client.mjs';

const kCallers = 400; // at one time
const kCallsEach = 9; // as many as a session may look for without a pause
const kRooms = ['ta', 'en', 'ar'];
/** Of the ends of calls so many with one that uses the relay. */
export const kTurnEvery = 40;
const kPrivateEvery = 10; // of the callers

const text = (bytes) => randomBytes(bytes).toString('base64url');
const v4 = () => [11 + (randomBytes(1)[0] % 80), ...randomBytes(3)].join('.');
const v6 = () => `2001:db8:${randomBytes(12).toString('hex').match(/.{4}/g).map((group) => parseInt(group, 16).toString(16)).join(':')}`;

/** Callers who come, meet one another in rooms, tell what calls tell, and go; all that is theirs is in `needles`. */
export class Crowd {
  calls = 0;
  needles = new Needles();
  errors = new Set();
  #server;
  #wanted;
  #came = 0;
  #accepted = 0;
  #here = new Set();
  #turns = [];
  #isOver = false;

  constructor(server, wanted) {
    this.#server = server;
    this.#wanted = wanted;
  }

  async run() {
    try {
      for (let i = 0; i < Math.min(kCallers, this.#wanted * 2); ++i) this.#enter();
      await until(`${this.#wanted} calls`, () => {
        if (this.calls >= this.#wanted) return true;
        throw new Error(`${this.calls} calls, ${this.#came} came, ${this.#here.size} are here: ${[...this.errors].join('; ')}`);
      }, { limit: 100_000 });
    } finally {
      this.#isOver = true;
      for (const socket of this.#here) socket.terminate();
    }
    await Promise.all(this.#turns);
  }

  keep(what, value) {
    this.needles.add(what, value);
    return value;
  }

  keepAddress(what, address) {
    this.needles.addAddress(what, address);
    return address;
  }

  // Of 127.0.0.0/8, where the server is; another one for each, whose four bytes no other part of the program has.
  #newAddress() {
    const number = this.#came++;
    return this.keepAddress('the address of a caller', `127.${77 + (number >> 14)}.${128 + (number >> 7 & 127)}.${101 + (number & 127)}`);
  }

  #enter() {
    if (this.#isOver || this.calls >= this.#wanted) return;
    const address = this.#newAddress();
    const isPrivate = this.#came % kPrivateEvery === 0;
    const room = kRooms[this.#came % kRooms.length];
    const origin = this.#server.origin;
    const socket = new WebSocket(`${origin.replace(/^http/, 'ws')}/ws`, 'visavis.1', { origin, localAddress: address, family: 4 });
    this.#here.add(socket);
    const send = (message) => socket.send(JSON.stringify(message));
    const seek = () => send({ type: 'seek', room, prefs: { media: 'video', need: 'any' } });
    let left = kCallsEach;
    const on = {
      challenge: ({ nonce }) => {
        this.keep('the nonce of a challenge', nonce);
        send({ type: 'hello', version: 1, key: this.keep('the key of a session', newSessionKey()), device: this.keep('the token of a device', text(16)) });
      },
      welcome: ({ resume }) => {
        this.keep('the token of a session', resume);
        if (isPrivate) this.#open(send);
        seek();
      },
      token: ({ resume }) => this.keep('the token of a session', resume),
      matched: ({ call }) => send({ type: 'accept', call: this.keep('the name of a call', call), intro: JSON.stringify({ name: this.keep('the name of a person', `Name-${text(6)}`) }) }),
      accepted: ({ call, ice_servers: servers }) => {
        for (const { username, credential } of servers.filter((one) => one.credential)) {
          this.keep('the user of a relay', username);
          this.keep('the password of a relay', credential);
        }
        if (++this.#accepted % kTurnEvery === 0) this.#turns.push(this.#allocate(servers, address));
        send({ type: 'relay', call, id: 1, body: this.#description() });
      },
      relay: ({ call }) => send({ type: 'leave', call, reason: 'left' }),
      left: () => {
        this.calls += 0.5; // each end says so
        if (--left > 0 && this.calls < this.#wanted) return void seek();
        socket.close();
      },
      error: ({ code, about }) => this.errors.add(`${code} ${about ?? ''}`),
    };
    socket.on('message', (data) => {
      const message = JSON.parse(data);
      on[message.type]?.(message);
    });
    socket.on('close', () => {
      this.#here.delete(socket);
      this.#enter();
    });
    socket.on('error', (error) => this.#isOver || this.errors.add(error.message));
  }

  // Waits at a private link for a moment, and goes to the room then.
  #open(send) {
    const own = Object.fromEntries(['id', 'door', 'seat', 'noise'].map((what) => [what, this.keep(`the ${what} of a private link`, text(16))]));
    send({ type: 'open', ...own, prefs: { media: 'video', need: 'any' } });
    send({ type: 'unseek' });
  }

  /** What a browser tells of how it can be reached. */
  #description() {
    const fingerprint = randomBytes(32).toString('hex').toUpperCase();
    const name = `${this.keep('a name of multicast DNS', text(16))}.local`;
    const addresses = [v4(), v6()].map((address) => this.keepAddress('the address of a candidate', address));
    const colons = fingerprint.match(/../g).join(':');
    for (const form of [fingerprint, colons]) this.keep('a fingerprint', form);
    const candidates = [...addresses, name].map((at, i) => `a=candidate:${i} 1 udp 2122260223 ${at} ${50_000 + i} typ host`);
    const lines = [`a=ice-ufrag:${this.keep('a ufrag', text(6))}`, `a=ice-pwd:${this.keep('a password of ICE', text(18))}`, `a=fingerprint:sha-256 ${colons}`, ...candidates];
    return JSON.stringify({ kind: 'offer', sdp: lines.join('\r\n') });
  }

  /** An allocation for somebody's address, and an attempt with a wrong password. */
  async #allocate(servers, localAddress) {
    const { urls, username: user, credential: password } = servers.find(({ credential }) => credential);
    const [, host, port] = /^turn:(.+):(\d+)\?transport=udp$/.exec(urls.find((url) => url.endsWith('udp')));
    const who = { host: host.replace(/^\[|\]$/g, ''), port: Number(port), localAddress, user };
    const wrong = this.keep('a wrong password', text(12));
    const [mine, forged] = await Promise.all([TurnClient.open({ ...who, password }), TurnClient.open({ ...who, password: wrong })]);
    try {
      await mine.allocate();
      await mine.permit({ address: this.keepAddress('the address of a peer', v4()), port: 9 });
      await mine.refresh(0);
      await assert.rejects(forged.allocate(), { code: 401 });
    } finally {
      for (const client of [mine, forged]) client.close();
    }
  }
}
