// The browser, as core asks for it.

import { PathMemory } from '../core/direct_first.ts';
import type { ClientPorts } from '../core/client.ts';
import { kSubprotocol } from '../core/protocol.ts';

export function browserPorts(): ClientPorts {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
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
    host: location.host,
    openSocket: () => new WebSocket(`${scheme}://${location.host}/ws`, kSubprotocol) as unknown as ReturnType<ClientPorts['openSocket']>,
    memory: new PathMemory(),
    makeConnection: (configuration) => new RTCPeerConnection(configuration),
    makeCertificate: () => RTCPeerConnection.generateCertificate({ name: 'ECDSA', namedCurve: 'P-256' } as AlgorithmIdentifier),
    makeStream: () => new MediaStream(),
  };
}

export type Unable = 'insecure' | 'webrtc' | 'socket';

/** What stands in the way of any call in this browser; null when nothing does. */
export function findObstacle(): Unable | null {
  if (!window.isSecureContext || !navigator.mediaDevices || !window.crypto?.subtle) return 'insecure';
  if (typeof RTCPeerConnection !== 'function' || typeof RTCPeerConnection.generateCertificate !== 'function') return 'webrtc';
  if (typeof WebSocket !== 'function') return 'socket';
  return null;
}
