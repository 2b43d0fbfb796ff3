// How a person joins: which of camera and microphone they want.

import type { DeviceTrouble, Wanted } from './trouble.ts';

/** `video` is both. `camera` is the camera alone, which is not offered to begin with: it comes about by switching one of them on or off. */
export type Choice = 'video' | 'camera' | 'sound' | 'none';

export const needs = (choice: Choice): Wanted => ({
  video: choice === 'video' || choice === 'camera',
  audio: choice === 'video' || choice === 'sound',
});

export function choiceOf({ video, audio }: Wanted): Choice {
  if (video) return audio ? 'video' : 'camera';
  return audio ? 'sound' : 'none';
}

/** The ways to join without what does not start, the fullest first: what works is kept. None where nothing is missing. */
export function choicesWithout(lacking: Wanted, on: Wanted, trouble: DeviceTrouble): Exclude<Choice, 'video'>[] {
  if (!lacking.video && !lacking.audio) return [];
  // A refusal may have been about the camera only.
  if (lacking.video && lacking.audio) return trouble === 'no_microphone' ? ['none'] : ['sound', 'none'];
  if (on.audio) return ['sound'];
  return on.video ? ['camera'] : ['none'];
}
