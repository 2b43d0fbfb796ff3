// What the machines of tests lack and people's have: a second camera, a sheet to share by, somebody in another room. Each brings a control
// onto the page that would never be looked at without it.
import { SignalingClient } from './signaling_client.mjs';

/** Runs in the page, once it is loaded or before: the system has a sheet to share by, which takes everything. What it took is in `window.vvShared`. */
export function offerSheet() {
  window.vvShared = [];
  Navigator.prototype.share = async (what) => void window.vvShared.push(what);
}

/** Runs in the page, once it is loaded or before: one more camera is listed. Whoever asks for it gets any. */
export function listSpareCamera() {
  // A page without a secure address has no devices at all.
  if (!('MediaDevices' in window) || !navigator.mediaDevices) return;
  const devices = MediaDevices.prototype;
  const { getUserMedia, enumerateDevices } = devices;
  devices.getUserMedia = function (constraints) {
    const isSpare = constraints.video?.deviceId?.exact === 'spare';
    return getUserMedia.call(this, isSpare ? { ...constraints, video: true } : constraints);
  };
  devices.enumerateDevices = async function () {
    return [...(await enumerateDevices.call(this)), { kind: 'videoinput', deviceId: 'spare', label: 'Another camera', groupId: '' }];
  };
  // Who has looked already looks again.
  navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
}

/** Somebody without a camera waits in this room while `body` runs, for somebody with one: who looks there without a camera does not meet them. */
export async function withSomebodyIn(server, room, body) {
  const client = await SignalingClient.connect(server.origin);
  try {
    client.send({ type: 'seek', room, prefs: { media: 'sound', need: 'video' } });
    await client.next('waiting');
    await body();
  } finally {
    client.close();
  }
}

/** A room in which this person is not. */
export const anotherRoomThan = (room) => (room === 'en' ? 'ta' : 'en');
