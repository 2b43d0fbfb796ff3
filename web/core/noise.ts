// Noise_NNpsk0_25519_AESGCM_SHA256 on WebCrypto (the Noise Protocol Framework, revision 34):
//
//   -> psk, e      message 1, made by the initiator
//   <- e, ee       message 2, made by the responder
//
// Nothing is negotiated. Derivations use WebCrypto's HKDF, because its HMAC refuses the empty key.

import { bigEndian64, concat, utf8, type Bytes } from './bytes.ts';
import type { CryptoPort } from './ports.ts';
import { makeExchange, type Exchange } from './x25519.ts';

export const kNoiseName = 'Noise_NNpsk0_25519_AESGCM_SHA256';
const kKeyBytes = 32;
const kTagBytes = 16;
const kEmpty = new Uint8Array(0);

/** One direction after the handshake. The caller counts; a number must never be used twice with `seal`. */
export interface Cipher {
  seal(counter: number, associated: Bytes, plaintext: Bytes): Promise<Bytes>;
  /** Null when it was not sealed with this key, counter and associated data. */
  open(counter: number, associated: Bytes, sealed: Bytes): Promise<Bytes | null>;
}

export interface Transport {
  send: Cipher;
  receive: Cipher;
  /** The handshake hash, the same at both ends. */
  hash: Bytes;
}

async function hkdf(crypto: CryptoPort, salt: Bytes, input: Bytes, keys: number): Promise<Bytes[]> {
  const key = await crypto.subtle.importKey('raw', input, 'HKDF', false, ['deriveBits']);
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt, info: kEmpty };
  const bits = new Uint8Array(await crypto.subtle.deriveBits(parameters, key, keys * kKeyBytes * 8));
  return Array.from({ length: keys }, (_, at) => bits.slice(at * kKeyBytes, (at + 1) * kKeyBytes));
}

export async function makeCipher(crypto: CryptoPort, key: Bytes): Promise<Cipher> {
  const imported = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const parameters = (counter: number, associated: Bytes) => ({
    name: 'AES-GCM',
    iv: concat(new Uint8Array(4), bigEndian64(counter)),
    additionalData: associated,
    tagLength: kTagBytes * 8,
  });
  return {
    async seal(counter, associated, plaintext) {
      return new Uint8Array(await crypto.subtle.encrypt(parameters(counter, associated), imported, plaintext));
    },
    async open(counter, associated, sealed) {
      if (sealed.length < kTagBytes) return null;
      try {
        return new Uint8Array(await crypto.subtle.decrypt(parameters(counter, associated), imported, sealed));
      } catch {
        return null;
      }
    },
  };
}

/** The SymmetricState of the framework, §5.2. Each key of this pattern encrypts one payload, so its nonce is 0. */
class Symmetric {
  private readonly crypto: CryptoPort;
  private chain: Bytes;
  private cipher: Cipher | null = null;
  hash: Bytes;

  private constructor(crypto: CryptoPort, name: Bytes) {
    this.crypto = crypto;
    this.hash = name;
    this.chain = name;
  }

  /** As both ends stand after the prologue and the `psk` token. The name is 32 bytes long and so is its own first hash. */
  static async start(crypto: CryptoPort, prologue: Bytes, psk: Bytes): Promise<Symmetric> {
    const state = new Symmetric(crypto, utf8(kNoiseName));
    await state.mixHash(prologue);
    const [chain, hash, key] = await hkdf(crypto, state.chain, psk, 3);
    state.chain = chain!;
    await state.mixHash(hash!);
    state.cipher = await makeCipher(crypto, key!);
    return state;
  }

  async mixHash(data: Bytes): Promise<void> {
    this.hash = new Uint8Array(await this.crypto.subtle.digest('SHA-256', concat(this.hash, data)));
  }

  async mixKey(input: Bytes): Promise<void> {
    const [chain, key] = await hkdf(this.crypto, this.chain, input, 2);
    this.chain = chain!;
    this.cipher = await makeCipher(this.crypto, key!);
  }

  /** The `e` token; with a psk in the pattern the public key is mixed into the key as well (§9.2). */
  async mixEphemeral(publicKey: Bytes): Promise<void> {
    await this.mixHash(publicKey);
    await this.mixKey(publicKey);
  }

  async sealPayload(payload: Bytes): Promise<Bytes> {
    const sealed = await this.cipher!.seal(0, this.hash, payload);
    await this.mixHash(sealed);
    return sealed;
  }

  async openPayload(sealed: Bytes): Promise<Bytes | null> {
    const payload = await this.cipher!.open(0, this.hash, sealed);
    if (payload) await this.mixHash(sealed);
    return payload;
  }

  async split(initiator: boolean): Promise<Transport> {
    const [first, second] = await hkdf(this.crypto, this.chain, kEmpty, 2);
    const toResponder = await makeCipher(this.crypto, first!);
    const toInitiator = await makeCipher(this.crypto, second!);
    return initiator
      ? { send: toResponder, receive: toInitiator, hash: this.hash }
      : { send: toInitiator, receive: toResponder, hash: this.hash };
  }
}

export interface NoiseSetup {
  crypto: CryptoPort;
  prologue: Bytes;
  /** 32 bytes. */
  psk: Bytes;
  /** Tests hand in known keys. */
  exchange?: Exchange;
}

/** The end that sent message 1. It reads one message 2, valid or not, and then its private key is gone. */
export class Initiator {
  readonly message: Bytes;
  readonly publicKey: Bytes;
  private secret: { state: Symmetric; exchange: Exchange } | null;

  private constructor(state: Symmetric, exchange: Exchange, message: Bytes) {
    this.secret = { state, exchange };
    this.publicKey = exchange.publicKey;
    this.message = message;
  }

  static async start(setup: NoiseSetup, payload: Bytes): Promise<Initiator> {
    const state = await Symmetric.start(setup.crypto, setup.prologue, setup.psk);
    const exchange = setup.exchange ?? (await makeExchange(setup.crypto));
    await state.mixEphemeral(exchange.publicKey);
    return new Initiator(state, exchange, concat(exchange.publicKey, await state.sealPayload(payload)));
  }

  /** Null when message 2 is not valid, and for every message after the first. */
  async read(message: Bytes): Promise<{ payload: Bytes; transport: Transport } | null> {
    const secret = this.secret;
    this.forget();
    if (!secret || message.length < kKeyBytes + kTagBytes) return null;
    const theirs = message.slice(0, kKeyBytes);
    await secret.state.mixEphemeral(theirs);
    const shared = await secret.exchange.agree(theirs);
    if (!shared) return null;
    await secret.state.mixKey(shared);
    const payload = await secret.state.openPayload(message.slice(kKeyBytes));
    return payload && { payload, transport: await secret.state.split(true) };
  }

  forget(): void {
    this.secret = null;
  }
}

/** The end that answers a message 1, once. */
export class Responder {
  readonly payload: Bytes;
  /** The initiator's ephemeral public key. */
  readonly theirs: Bytes;
  private readonly setup: NoiseSetup;
  private state: Symmetric | null;

  private constructor(setup: NoiseSetup, state: Symmetric, theirs: Bytes, payload: Bytes) {
    this.setup = setup;
    this.state = state;
    this.theirs = theirs;
    this.payload = payload;
  }

  /** Null when message 1 was not made with this psk and prologue. */
  static async read(setup: NoiseSetup, message: Bytes): Promise<Responder | null> {
    if (message.length < kKeyBytes + kTagBytes) return null;
    const state = await Symmetric.start(setup.crypto, setup.prologue, setup.psk);
    const theirs = message.slice(0, kKeyBytes);
    await state.mixEphemeral(theirs);
    const payload = await state.openPayload(message.slice(kKeyBytes));
    return payload && new Responder(setup, state, theirs, payload);
  }

  /** Null when the initiator's key is no use, and on every call after the first. */
  async answer(payload: Bytes): Promise<{ message: Bytes; transport: Transport } | null> {
    const state = this.state;
    this.state = null;
    if (!state) return null;
    const exchange = this.setup.exchange ?? (await makeExchange(this.setup.crypto));
    await state.mixEphemeral(exchange.publicKey);
    const shared = await exchange.agree(this.theirs);
    if (!shared) return null;
    await state.mixKey(shared);
    const message = concat(exchange.publicKey, await state.sealPayload(payload));
    return { message, transport: await state.split(false) };
  }
}
