// A call has no pause. Phones pause its video all the same: when another app takes the sound, when the page goes out of view, when a
// person leaves full screen or a floating picture.

/** Who pauses again this soon means it: two players would take the sound from each other without end. */
export const kTruceMs = 1_000;

export type OnBlocked = (blocked: boolean) => void;

export interface Player extends Pick<EventTarget, 'addEventListener' | 'removeEventListener'> {
  readonly paused: boolean;
  readonly srcObject: MediaProvider | null;
  play(): Promise<void>;
}

/** Plays, or tells that the browser wants a click first. */
export function play(player: Player, onBlocked: OnBlocked = () => {}): void {
  const played = player.play();
  // Firefox's (153) never settles while a track for pictures brings none: the sound plays all the same, and no press is wanted.
  if (!player.paused) onBlocked(false);
  played.then(
    () => onBlocked(false),
    (error: unknown) => onBlocked(error instanceof DOMException && error.name === 'NotAllowedError'),
  );
}

/** Until the returned function is called, what is paused goes on as soon as the page is in view. */
export function keepPlaying(player: Player, onBlocked: OnBlocked = () => {}): () => void {
  let resumed = -Infinity;
  const resume = (): void => {
    // A stream whose tracks have all ended pauses for good; the next track plays it.
    const stream = player.srcObject as MediaStream | null;
    if (!player.paused || !stream?.active || document.visibilityState !== 'visible') return;
    resumed = performance.now();
    play(player, onBlocked);
  };
  const handlePause = (): void => {
    if (performance.now() - resumed >= kTruceMs) resume();
    else onBlocked(player.paused);
  };
  // Whoever made it play, be it the browser itself or its own controls: no click is wanted any more.
  const handlePlaying = (): void => onBlocked(false);
  player.addEventListener('pause', handlePause);
  player.addEventListener('playing', handlePlaying);
  document.addEventListener('visibilitychange', resume);
  return () => {
    player.removeEventListener('pause', handlePause);
    player.removeEventListener('playing', handlePlaying);
    document.removeEventListener('visibilitychange', resume);
  };
}
