// How a step is said to a browser's sender. What is set already is not set again; what somebody else has set in between, is.

import { kSteps, type Step } from './ladder.ts';

/** A track that hints at details is a screen. */
export const isScreen = (track: MediaStreamTrack | null): boolean => track?.contentHint === 'detail';

/** `thin`: where little gets through or little is to be used; `least`: where not even a picture does. */
export type SoundShare = 'full' | 'thin' | 'least';

/** Bits a second, once, and where each packet carries two. What packets have around it, some 23,000, comes on top. */
const kSoundBitrates = { once: { full: 40_000, thin: 24_000, least: 16_000 }, twice: { full: 32_000, thin: 16_000, least: 10_000 } };

type Change = (encoding: RTCRtpEncodingParameters, parameters: RTCRtpSendParameters) => void;

/** True when something was to be changed. Before the first descriptions there is nothing to set: the next look finds it. */
async function setEncoding(sender: RTCRtpSender, change: Change): Promise<boolean> {
  const parameters = sender.getParameters();
  const [encoding] = parameters.encodings;
  if (!encoding) return false;
  const before = JSON.stringify(parameters.encodings);
  change(encoding, parameters);
  if (JSON.stringify(parameters.encodings) === before) return false;
  await sender.setParameters(parameters);
  return true;
}

export function setPicture(sender: RTCRtpSender, { height, fps, bitrate }: Step): Promise<boolean> {
  return setEncoding(sender, (encoding) => {
    encoding.active = height > 0;
    if (height === 0) return;
    encoding.maxBitrate = bitrate;
    encoding.maxFramerate = fps;
    encoding.scaleResolutionDownBy = scaleTo(sender.track, height);
  });
}

/** A phone that is held upright has its lines the other way. Never a line more than asked for: that is for the partner to count on. */
function scaleTo(track: MediaStreamTrack | null, lines: number): number {
  const { width, height } = track?.getSettings() ?? {};
  const has = Math.min(width ?? Infinity, height ?? Infinity);
  return Number.isFinite(has) ? Math.max(1, Math.ceil((100 * has) / lines) / 100) : 1;
}

export function setSound(sender: RTCRtpSender, share: SoundShare): Promise<boolean> {
  return setEncoding(sender, (encoding, { codecs }) => {
    const bitrates = codecs?.[0]?.mimeType.toLowerCase() === 'audio/red' ? kSoundBitrates.twice : kSoundBitrates.once;
    encoding.maxBitrate = bitrates[share];
  });
}

/** `opened`: as its page has opened it. */
type Size = 'large' | 'opened' | 'small';

const sized = (width: number, height: number, frameRate: number): MediaTrackConstraints => ({
  width: { ideal: width },
  height: { ideal: height },
  frameRate: { ideal: frameRate },
});

const kSizes: Readonly<Record<Exclude<Size, 'opened'>, MediaTrackConstraints>> = {
  large: sized(1_280, 720, 30),
  small: sized(480, 360, 20),
};

function sizeFor(step: number): Size {
  if (step === 0) return 'large';
  return kSteps[step]!.height > 270 ? 'opened' : 'small';
}

/** What was asked of each camera last, and what its page had asked for: a camera outlives a call, and so does this. */
const kAsked = new WeakMap<MediaStreamTrack, { size: Size; opened: MediaTrackConstraints }>();

/** A camera gives what its step sends and not much more: pictures that are only made smaller again cost a weak device as much as the rest. */
export function fitCamera(track: MediaStreamTrack, step: number): Promise<void> {
  return askCamera(track, sizeFor(step));
}

/** It is as its page has opened it. */
export function freeCamera(track: MediaStreamTrack): Promise<void> {
  return askCamera(track, 'opened');
}

async function askCamera(track: MediaStreamTrack, size: Size): Promise<void> {
  const asked = kAsked.get(track) ?? { size: 'opened', opened: track.getConstraints() };
  if (isScreen(track) || track.readyState !== 'live' || asked.size === size) return;
  const { opened } = asked;
  kAsked.set(track, { size, opened });
  await track.applyConstraints(size === 'opened' ? opened : { ...opened, ...kSizes[size] });
}
