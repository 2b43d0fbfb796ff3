// Camera and microphone for a page that has no wishes of its own about devices.

import type { Client } from '../core/client.ts';

/**
 * Asks for camera and microphone and sends them from now on, in this call and the next. What the browser says when it gives
 * none (denied, busy, not there) is thrown as it is. The stream is the page's: to show, to mute, to stop.
 */
export async function sendMedia(
  client: Pick<Client, 'setTrack' | 'setMediaOn'>,
  wish: MediaStreamConstraints = { audio: true, video: true },
  devices: Pick<MediaDevices, 'getUserMedia'> = navigator.mediaDevices,
): Promise<MediaStream> {
  const stream = await devices.getUserMedia(wish);
  const [audio, video] = [stream.getAudioTracks()[0] ?? null, stream.getVideoTracks()[0] ?? null];
  client.setTrack('audio', audio);
  client.setTrack('video', video);
  client.setMediaOn({ video: video !== null, sound: audio !== null });
  return stream;
}
