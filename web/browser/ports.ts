// The browser, as core asks for it. Everything in this folder needs one; core does not.

import type { ClientPorts } from '../core/client.ts';
import { PathMemory } from '../core/path_memory.ts';
import { kSubprotocol } from '../core/protocol.ts';
import { codecsOfBrowser, watchPressure } from './media_facts.ts';

export interface BrowserSettings {
  /**
   * Where the server is, when it is not where this page came from. The server must list this page's origin (`http.origins`). Its
   * host, not this page's, is what proofs and private calls are bound to.
   */
  server?: URL;
  /** The token this page keeps on its device (core/device.ts), or null; asked for at every greeting. */
  device?: () => Uint8Array | null;
  /** `on` or `off`: whether a double offer is made (core/double_offer.ts), in place of the usual: for measuring. */
  doubleOffer?: string | null;
}

/** `loadPeer`: how whoever builds the page has what only a call needs. */
export function makePorts(loadPeer: ClientPorts['loadPeer'], { server = new URL(location.href), device, doubleOffer = null }: BrowserSettings = {}): ClientPorts {
  const socket = socketAddress(server);
  return {
    crypto: { subtle: crypto.subtle, getRandomValues: (bytes) => crypto.getRandomValues(bytes) },
    clock: {
      now: () => performance.now(),
      after(ms, then) {
        const timer = setTimeout(then, ms);
        return () => clearTimeout(timer);
      },
    },
    chance: Math.random,
    host: server.host,
    ...(device ? { device } : {}),
    openSocket: () => new WebSocket(socket, kSubprotocol) as unknown as ReturnType<ClientPorts['openSocket']>,
    memory: new PathMemory(),
    makeConnection: (configuration) => new RTCPeerConnection(configuration),
    makeCertificate: () => RTCPeerConnection.generateCertificate({ name: 'ECDSA', namedCurve: 'P-256' } as AlgorithmIdentifier),
    makeStream: () => new MediaStream(),
    doubleOffer,
    loadPeer,
    codecs: codecsOfBrowser(),
    costs: new Map(),
    watchPressure,
    timeRelay: async (origin) => timeHealth(new URL('/healthz', origin ?? pageOrigin(server))),
  };
}

/** Whoever takes longer to answer serves no call. */
const kHealthMs = 3_000;

/** Without credentials and past every cache. */
async function timeHealth(url: URL): Promise<number | null> {
  const began = performance.now();
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), kHealthMs);
  try {
    const { ok } = await fetch(url, { cache: 'no-store', credentials: 'omit', signal: stop.signal });
    return ok ? performance.now() - began : null;
  } finally {
    clearTimeout(timer);
  }
}

function pageOrigin(server: URL): string {
  return `${isSecure(server) ? 'https' : 'http'}://${server.host}`;
}

function isSecure({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'wss:';
}

/** The signaling of the server that serves `server`. */
export function socketAddress(server: URL): string {
  return `${isSecure(server) ? 'wss' : 'ws'}://${server.host}/ws`;
}
