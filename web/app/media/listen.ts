// Hears how loud a microphone is, where the browser lets a page listen.

import { levelOf } from './level.ts';

const kLookMs = 50;
/** A browser that may listen does so within this. */
const kDeafAfterMs = 2_000;

/** Calls `hear` with each new level, or null while this browser lets nothing be heard, until it is told to stop. */
export function listen(track: MediaStreamTrack, hear: (level: number | null, now: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1_024;
  let source: MediaStreamAudioSourceNode;
  try {
    source = context.createMediaStreamSource(new MediaStream([track]));
  } catch {
    // Firefox does not mix a microphone into a context of another sample rate.
    void context.close().catch(() => {});
    hear(null, performance.now());
    return () => {};
  }
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const began = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    if (context.state === 'running') {
      analyser.getFloatTimeDomainData(samples);
      hear(levelOf(samples), now);
    } else if (now - began > kDeafAfterMs) {
      // Until a person has touched the page, or without any loudspeaker, some browsers keep quiet: no silence of the microphone.
      hear(null, now);
    }
  }, kLookMs);
  const wake = (): void => {
    if (context.state !== 'running') void context.resume().catch(() => {});
  };
  const signs = ['pointerdown', 'keydown', 'visibilitychange'] as const;
  for (const sign of signs) document.addEventListener(sign, wake);
  wake();
  return () => {
    clearInterval(timer);
    for (const sign of signs) document.removeEventListener(sign, wake);
    source.disconnect();
    void context.close().catch(() => {});
  };
}
