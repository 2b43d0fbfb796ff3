// This person's own picture in a corner: dragged or flicked to another one, moved by arrow keys, or sent round by pressing it.

import { signal, useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { ownFps } from '../../core/pacing.ts';
import { t } from '../../locales/index.ts';
import { CameraOff, MicOff, SwitchCamera } from '../icons.tsx';
import { isMirrored, Picture } from '../media/picture.tsx';
import type { Model } from '../model.ts';
import { cornerAfter, cornerByKey, firstCorner, nearestCorner, type Corner, type Point } from './corner.ts';

/**
 * Firefox (153) spends a third of a call's time on it at the lowest steps; Chromium (156) is none the quicker without it. No feature tells of that,
 * so it is known by what Firefox alone has.
 */
const kPaintsDear = 'mozInnerScreenX' in window;

/** A hand that trembles does not drag. */
const kStillPixels = 6;
const kSnapMs = 260;

/** Stays where it was put when the next call begins. */
const chosen = signal<Corner | null>(null);

interface Drag {
  pointer: number;
  from: Point;
  last: Point;
  lastAt: number;
  velocity: Point;
  moved: boolean;
}

export function OwnPicture({ model }: { model: Model }) {
  const { devices } = model;
  const tile = useRef<HTMLDivElement>(null);
  const drag = useRef<Drag | null>(null);
  const skipClick = useRef(false);
  const upright = useSignal(false);
  const corner = chosen.value ?? firstCorner(document.documentElement.dir === 'rtl' ? 'rtl' : 'ltr');
  const track = devices.picture.value;
  const isScreen = devices.screen.value !== null;

  /** Moves from where it is seen to where it belongs. */
  const settle = (to: Corner): void => {
    const element = tile.current!;
    const before = element.getBoundingClientRect();
    chosen.value = to;
    element.dataset['corner'] = to;
    element.style.removeProperty('transform');
    const after = element.getBoundingClientRect();
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    const from = `translate(${before.left - after.left}px, ${before.top - after.top}px)`;
    element.animate([{ transform: from }, { transform: 'none' }], { duration: kSnapMs, easing: 'cubic-bezier(0.2, 0.7, 0.2, 1)' });
  };
  const begin = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const at = { x: event.clientX, y: event.clientY };
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    skipClick.current = false;
    drag.current = { pointer: event.pointerId, from: at, last: at, lastAt: event.timeStamp, velocity: { x: 0, y: 0 }, moved: false };
  };
  const move = (event: PointerEvent): void => {
    const held = drag.current;
    if (held?.pointer !== event.pointerId) return;
    const way = { x: event.clientX - held.from.x, y: event.clientY - held.from.y };
    held.moved ||= Math.hypot(way.x, way.y) > kStillPixels;
    if (!held.moved) return;
    const ms = Math.max(1, event.timeStamp - held.lastAt);
    held.velocity = { x: (event.clientX - held.last.x) / ms, y: (event.clientY - held.last.y) / ms };
    held.last = { x: event.clientX, y: event.clientY };
    held.lastAt = event.timeStamp;
    tile.current!.style.setProperty('transform', `translate(${way.x}px, ${way.y}px)`);
  };
  const end = (event: PointerEvent): void => {
    const held = drag.current;
    drag.current = null;
    if (!held?.moved) return;
    skipClick.current = true;
    const stage = tile.current!.parentElement!.getBoundingClientRect();
    const box = tile.current!.getBoundingClientRect();
    const middle = { x: box.left + box.width / 2 - stage.left, y: box.top + box.height / 2 - stage.top };
    // A hand that rested before it let go does not flick.
    const rested = event.timeStamp - held.lastAt > 80;
    settle(nearestCorner(middle, stage, rested ? undefined : held.velocity));
  };
  const press = (): void => {
    if (skipClick.current) skipClick.current = false;
    else settle(cornerAfter(corner));
  };
  const key = (event: KeyboardEvent): void => {
    const to = cornerByKey(corner, event.key);
    if (!to) return;
    event.preventDefault();
    settle(to);
  };
  return (
    <div ref={tile} class={upright.value ? 'own-tile upright' : 'own-tile'} data-corner={corner}>
      <button
        type="button"
        class="own-move"
        data-testid="own-move"
        aria-label={t('call.own.move', { corner: t(`call.corner.${corner}`) })}
        onPointerDown={begin}
        onPointerMove={move}
        onPointerUp={end}
        onPointerCancel={end}
        onClick={press}
        onKeyDown={key}
      >
        <Picture
          tracks={[track]}
          testid="own-video"
          label={t('call.own')}
          own
          mirrored={!isScreen && isMirrored(track)}
          fit={isScreen ? 'contain' : 'cover'}
          fps={kPaintsDear ? ownFps(model.view.value.picture.own) : null}
          onSize={({ width, height }) => (upright.value = height > width)}
        />
        {!track && <CameraOff class="large" />}
        {(devices.audio.value === null || devices.muted.value) && (
          <span class="own-muted">
            <MicOff />
          </span>
        )}
      </button>
      {devices.canSwitchCamera && !isScreen && (
        <button
          type="button"
          class="round stage-button own-switch"
          data-testid="switch-camera"
          data-tip={t('call.switch')}
          aria-label={t('call.switch')}
          onClick={() => void devices.switchCamera()}
        >
          <SwitchCamera />
        </button>
      )}
    </div>
  );
}
