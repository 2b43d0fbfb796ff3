// A bar that moves with the microphone, and words for whoever does not see it move.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { Ear, levelOf, type Hearing } from './level.ts';

const kLookMs = 50;
/** A browser that may listen does so within this. */
const kDeafAfterMs = 2_000;

/** Calls `hear` with each new level, or null while this browser lets nothing be heard, until it is told to stop. */
function listen(track: MediaStreamTrack, hear: (level: number | null, now: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1_024;
  const source = context.createMediaStreamSource(new MediaStream([track]));
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

export function Meter({ track, muted }: { track: MediaStreamTrack; muted: boolean }) {
  const bar = useRef<HTMLDivElement>(null);
  const hearing = useSignal<Hearing | 'deaf'>('listening');
  useEffect(() => {
    const show = (level: number): void => bar.current?.style.setProperty('--level', level.toFixed(3));
    if (muted) return show(0);
    const ear = new Ear();
    hearing.value = ear.hearing;
    return listen(track, (level, now) => {
      if (level !== null) ear.handleLevel(level, now);
      hearing.value = level === null ? 'deaf' : ear.hearing;
      show(ear.level);
    });
  }, [track, muted]);
  const state = muted ? 'muted' : hearing.value;
  return (
    <div class="meter" data-testid="level" data-hearing={state} hidden={state === 'deaf'}>
      <div class="meter-bar" aria-hidden="true">
        <div ref={bar} />
      </div>
      <p class="small" role="status">
        {state !== 'deaf' && t(`device.level.${state}`)}
      </p>
    </div>
  );
}
