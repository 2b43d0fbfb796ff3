// Whether a call is possible in this browser at all: asked once, before anything else.

export type Obstacle =
  /** The page came over plain HTTP from another machine: browsers then give no camera and no cryptography. */
  | 'insecure'
  /** No WebRTC, or not all that belongs to it: switched off, or a browser without it. */
  | 'webrtc'
  | 'socket';

/** What has to be there, by name; a test hands in less. */
export interface Surroundings {
  isSecureContext?: boolean;
  crypto?: { subtle?: unknown };
  navigator?: { mediaDevices?: unknown };
  RTCPeerConnection?: unknown;
  WebSocket?: unknown;
}

/** What stands in the way of any call in this browser; null when nothing does. */
export function findObstacle(here: Surroundings = globalThis as Surroundings): Obstacle | null {
  if (!here.isSecureContext) return 'insecure';
  const connection = here.RTCPeerConnection;
  const isWhole = here.crypto?.subtle && here.navigator?.mediaDevices;
  if (!isWhole || typeof connection !== 'function' || !('generateCertificate' in connection)) return 'webrtc';
  return typeof here.WebSocket === 'function' ? null : 'socket';
}
