// How a person joins: which of camera and microphone they want.

import type { Wanted } from './trouble.ts';

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
