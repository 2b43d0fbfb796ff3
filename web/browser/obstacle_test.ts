import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findObstacle } from './obstacle.ts';

class WebRtc {
  static generateCertificate(): void {}
}

const kWhole = { isSecureContext: true, crypto: { subtle: {} }, navigator: { mediaDevices: {} }, RTCPeerConnection: WebRtc, WebSocket: class {} };

test('a browser that has everything is in nobody’s way', () => {
  assert.equal(findObstacle(kWhole), null);
});

test('what is missing is named, the cause before its consequences', () => {
  const cases = [
    [{ isSecureContext: false, crypto: {}, navigator: {} }, 'insecure'],
    [{ crypto: {} }, 'webrtc'],
    [{ navigator: {} }, 'webrtc'],
    [{ RTCPeerConnection: undefined }, 'webrtc'],
    [{ RTCPeerConnection: class {} }, 'webrtc'],
    [{ WebSocket: undefined }, 'socket'],
  ] as const;
  for (const [without, obstacle] of cases) assert.equal(findObstacle({ ...kWhole, ...without }), obstacle);
});
