// A bar that moves with the microphone, and words for whoever does not see it move.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { Ear, levelOf, type Hearing } from './level.ts';

const kLookMs = 50;

/** Calls `hear` with each new level until it is told to stop. */
function listen(track: MediaStreamTrack, hear: (level: number, now: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1_024;
  const source = context.createMediaStreamSource(new MediaStream([track]));
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    // Until a person has touched the page some browsers keep it quiet: that is no silence of the microphone.
    if (context.state !== 'running') return;
    analyser.getFloatTimeDomainData(samples);
    hear(levelOf(samples), performance.now());
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
  const hearing = useSignal<Hearing>('listening');
  useEffect(() => {
    const show = (level: number): void => bar.current?.style.setProperty('--level', level.toFixed(3));
    if (muted) return show(0);
    const ear = new Ear();
    hearing.value = ear.hearing;
    return listen(track, (level, now) => {
      ear.handleLevel(level, now);
      hearing.value = ear.hearing;
      show(ear.level);
    });
  }, [track, muted]);
  return (
    <div class="meter" data-testid="level" data-hearing={muted ? 'muted' : hearing.value}>
      <div class="meter-bar" aria-hidden="true">
        <div ref={bar} />
      </div>
      <p class="small" role="status">
        {t(`device.level.${muted ? 'muted' : hearing.value}`)}
      </p>
    </div>
  );
}
