// A bar that moves with the microphone, and words for whoever does not see it move.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { Ear, type Hearing } from './level.ts';
import { listen } from './listen.ts';

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

/** As high as the meter will be. */
export function MeterPlace() {
  return (
    <div class="meter" aria-hidden="true">
      <div class="meter-bar" />
      <p class="small" />
    </div>
  );
}
