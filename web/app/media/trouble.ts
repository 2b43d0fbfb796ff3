// Why a device did not start, or is away, from what browsers say about it.

import type { Lack } from './held.ts';

export type DeviceTrouble =
  | 'no_camera'
  | 'no_microphone'
  /** Refused at the browser's question, or for good; by the system's settings; not answered. */
  | 'denied'
  | 'denied_system'
  | 'dismissed'
  | 'in_use'
  /** Unplugged, or taken away, while it was on. */
  | 'camera_gone'
  | 'microphone_gone'
  /** Something else has it for a while: a telephone call, another program, a switch on the device. */
  | 'camera_taken'
  | 'microphone_taken'
  | 'both_taken'
  | 'share'
  | 'share_system'
  | 'device';

/** The passage of "when a call fails" about each. */
export const kTroubleParts: Readonly<Record<DeviceTrouble, 'denied' | 'busy'>> = {
  no_camera: 'busy',
  no_microphone: 'busy',
  denied: 'denied',
  denied_system: 'denied',
  dismissed: 'denied',
  in_use: 'busy',
  camera_gone: 'busy',
  microphone_gone: 'busy',
  camera_taken: 'busy',
  microphone_taken: 'busy',
  both_taken: 'busy',
  share: 'denied',
  share_system: 'denied',
  device: 'busy',
};

export interface Wanted {
  video: boolean;
  audio: boolean;
}

export const kNothing: Wanted = { video: false, audio: false };

/** What to say first of the devices that are in use: what does not come back before what does. */
export function lackTrouble(video: Lack | null, audio: Lack | null): DeviceTrouble | null {
  if (audio === 'denied' || video === 'denied') return 'denied';
  if (audio === 'gone') return 'microphone_gone';
  if (video === 'gone') return 'camera_gone';
  if (audio === 'taken') return video === 'taken' ? 'both_taken' : 'microphone_taken';
  return video === 'taken' ? 'camera_taken' : null;
}

/** `hasCamera`: the browser lists one. */
export function nameTrouble(error: unknown, wanted: Wanted, hasCamera: boolean): DeviceTrouble {
  const { name, message } = error instanceof Error ? error : { name: '', message: '' };
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      // Chromium's words; other browsers do not tell these apart.
      if (/system/i.test(message)) return 'denied_system';
      return /dismissed/i.test(message) ? 'dismissed' : 'denied';
    case 'NotReadableError':
    case 'AbortError':
      return 'in_use';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return wanted.video && (!hasCamera || !wanted.audio) ? 'no_camera' : 'no_microphone';
    default:
      return 'device';
  }
}

/** Null for "no" in the browser's own window, which is an answer. A Mac's "no" is one the person may not know of. */
export function nameShareTrouble(error: unknown): 'share' | 'share_system' | null {
  if (!(error instanceof Error && error.name === 'NotAllowedError')) return 'share';
  return /system/i.test(error.message) ? 'share_system' : null;
}

/** A refusal is about the page; anything else may be about one of two devices. */
export function mayTryApart(trouble: DeviceTrouble, wanted: Wanted): boolean {
  return wanted.video && wanted.audio && !['denied', 'denied_system', 'dismissed'].includes(trouble);
}
