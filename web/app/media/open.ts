// Asks the browser for a camera, a microphone or a screen.

import { idConstraint, sortDevices, type CameraWish, type DeviceList, type Picks } from './device_list.ts';
import { mayTryApart, nameTrouble, type DeviceTrouble, type Wanted } from './trouble.ts';

// What every camera has, what a weak device can encode, and what the first second's bandwidth can carry: a call starts at about
// 300 kbit/s, and a larger picture would first be thrown away and then sent smaller than this.
const kVideo: MediaTrackConstraints = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
const kAudio: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
// Text wants every line and few pictures.
const kScreen: MediaTrackConstraints = { width: { max: 1920 }, height: { max: 1080 }, frameRate: { ideal: 15, max: 30 } };

export interface Circumstances {
  picks: Picks;
  list: DeviceList;
  /** This one, whatever was picked. */
  wish?: CameraWish | undefined;
}

export interface Opened {
  tracks: MediaStreamTrack[];
  trouble: DeviceTrouble | null;
}

/** Both together, since a browser then asks once; each alone where one of them is what fails. */
export async function openDevices(wanted: Wanted, circumstances: Circumstances): Promise<Opened> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      video: wanted.video && videoConstraints(circumstances),
      audio: wanted.audio && audioConstraints(circumstances),
    });
    return { tracks: stream.getTracks(), trouble: null };
  } catch (error) {
    const list = await listDevices();
    const trouble = nameTrouble(error, wanted, list.camera.length > 0);
    if (!mayTryApart(trouble, wanted)) return { tracks: [], trouble };
    const audio = await openDevices({ video: false, audio: true }, { ...circumstances, list });
    const video = await openDevices({ video: true, audio: false }, { ...circumstances, list });
    return { tracks: [...audio.tracks, ...video.tracks], trouble: video.trouble ?? audio.trouble };
  }
}

export async function listDevices(): Promise<DeviceList> {
  return sortDevices(await navigator.mediaDevices.enumerateDevices().catch(() => []));
}

export async function openScreen(): Promise<MediaStreamTrack> {
  const stream = await navigator.mediaDevices.getDisplayMedia({ video: kScreen, audio: false });
  const track = stream.getVideoTracks()[0]!;
  track.contentHint = 'detail';
  return track;
}

function videoConstraints({ picks, list, wish }: Circumstances): MediaTrackConstraints {
  if (wish) return { ...kVideo, ...('deviceId' in wish ? { deviceId: { exact: wish.deviceId } } : wish) };
  const deviceId = idConstraint(picks.camera, list.camera);
  return { ...kVideo, ...(deviceId === undefined ? { facingMode: 'user' } : { deviceId }) };
}

function audioConstraints({ picks, list, wish }: Circumstances): MediaTrackConstraints {
  if (wish && 'deviceId' in wish) return { ...kAudio, deviceId: { exact: wish.deviceId } };
  const deviceId = idConstraint(picks.microphone, list.microphone);
  return { ...kAudio, ...(deviceId === undefined ? {} : { deviceId }) };
}
