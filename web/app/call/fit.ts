// Whether the partner's picture fills the stage or is shown whole.

import type { Size } from './corner.ts';

/** How much of a picture must remain in view for filling to be worth it. A phone's stage is narrower than any camera's picture. */
const kKeptUpright = 0.55;
const kKeptLying = 0.72;

export function fitPicture(picture: Size, stage: Size, isScreen: boolean): 'cover' | 'contain' {
  const known = picture.width > 0 && picture.height > 0 && stage.width > 0 && stage.height > 0;
  // Text at the edge of a screen matters as much as in the middle.
  if (isScreen || !known) return 'contain';
  const [one, other] = [picture.width / picture.height, stage.width / stage.height];
  if (one < 1 !== other < 1) return 'contain';
  const kept = Math.min(one / other, other / one);
  return kept >= (one < 1 ? kKeptUpright : kKeptLying) ? 'cover' : 'contain';
}
