// A phone takes camera and microphone away for a while: for a telephone call, or another app. The track is muted then, and some
// browsers never give it back: whoever still has a muted track after a moment in view asks for the device anew.

const kGiveBackMs = 3_000;

/** Calls `onStuck` at most once. Returns what ends the watching. */
export function watchInterruption(track: MediaStreamTrack, onStuck: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    clearTimeout(timer);
    if (!track.muted || document.visibilityState !== 'visible') return;
    timer = setTimeout(() => {
      if (!track.muted || track.readyState !== 'live') return;
      stop();
      onStuck();
    }, kGiveBackMs);
  };
  const stop = (): void => {
    clearTimeout(timer);
    for (const name of ['mute', 'unmute'] as const) track.removeEventListener(name, look);
    document.removeEventListener('visibilitychange', look);
  };
  for (const name of ['mute', 'unmute'] as const) track.addEventListener(name, look);
  document.addEventListener('visibilitychange', look);
  return stop;
}
