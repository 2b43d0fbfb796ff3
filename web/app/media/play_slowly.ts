// A picture that moves seldom: what is painted less often costs a weak device less.

import { play, type Player } from './keep_playing.ts';

export interface SlowPlayer extends Player {
  pause(): void;
  requestVideoFrameCallback?(shown: () => void): number;
  cancelVideoFrameCallback?(handle: number): void;
}

/** Shows so many pictures a second until the returned function is called, and then plays. A browser that does not tell when it has shown one plays on. */
export function playSlowly(player: SlowPlayer, fps: number): () => void {
  if (!player.requestVideoFrameCallback) return () => {};
  let shown: number | null = null;
  const forget = (): void => {
    if (shown !== null) player.cancelVideoFrameCallback?.(shown);
    shown = null;
  };
  const show = (): void => {
    // The last one is still to come: it is waited for.
    if (shown !== null) return;
    shown = player.requestVideoFrameCallback!(() => {
      shown = null;
      player.pause();
    });
    play(player);
  };
  const timer = setInterval(show, 1_000 / fps);
  player.pause();
  return () => {
    clearInterval(timer);
    forget();
    play(player);
  };
}
