// Small parts that several screens use.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { spoken, t, type Key } from '../locales/index.ts';
import type { Model } from './model.ts';

/** Shows a stream of tracks; `own` is mirrored and silent. */
export function Picture(props: {
  tracks: readonly (MediaStreamTrack | null)[];
  testid: string;
  label: string;
  own?: boolean;
  /** Covers the last picture of a camera that is off. */
  covered?: boolean;
  onStarted?: (video: HTMLVideoElement) => void;
  onBlocked?: (blocked: boolean) => void;
}) {
  const element = useRef<HTMLVideoElement>(null);
  const tracks = props.tracks.filter((track) => track !== null);
  const ids = tracks.map((track) => track.id).join(' ');
  useEffect(() => {
    const video = element.current!;
    // One stream for as long as the element lives: a track that comes later joins it.
    const stream = (video.srcObject as MediaStream | null) ?? new MediaStream();
    for (const track of stream.getTracks()) if (!tracks.includes(track)) stream.removeTrack(track);
    for (const track of tracks) stream.addTrack(track);
    if (tracks.length === 0) return;
    if (video.srcObject !== stream) video.srcObject = stream;
    video.play().then(
      () => props.onBlocked?.(false),
      (error: unknown) => props.onBlocked?.(error instanceof DOMException && error.name === 'NotAllowedError'),
    );
  }, [ids]);
  useEffect(() => {
    const video = element.current!;
    props.onStarted?.(video);
    // An element that is gone from the page holds on to the camera's last pictures until it is collected, and a camera has only a
    // few to lend: the next screen, and the partner, would wait a second for a new one.
    return () => {
      video.srcObject = null;
    };
  }, []);
  return (
    <video
      ref={element}
      class={[props.own && 'own', (props.covered || tracks.length === 0) && 'covered'].filter(Boolean).join(' ')}
      data-testid={props.testid}
      aria-label={props.label}
      muted={props.own ?? false}
      autoplay
      playsInline
    />
  );
}

let isFirst = true;

/** A screen's heading takes the focus when the screen appears, so that a keyboard and a screen reader start there. The first one leaves it
 *  at the top of the page. */
export function Heading(props: { children: ComponentChildren }) {
  const element = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!isFirst) element.current?.focus();
    isFirst = false;
  }, []);
  return (
    <h1 ref={element} tabIndex={-1}>
      {props.children}
    </h1>
  );
}

export function Check(props: {
  testid: string;
  checked: boolean;
  disabled?: boolean;
  /** Acts at once. */
  isSwitch?: boolean;
  label: Key;
  note?: Key;
  onChange: (on: boolean) => void;
}) {
  return (
    <label class={props.isSwitch ? 'check switch' : 'check'}>
      <input
        type="checkbox"
        {...(props.isSwitch ? { role: 'switch' as const } : {})}
        data-testid={props.testid}
        checked={props.checked}
        disabled={props.disabled ?? false}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span>
        {t(props.label)}
        {props.note && <small>{t(props.note)}</small>}
      </span>
    </label>
  );
}

export function InstantCheck({ model }: { model: Model }) {
  return (
    <Check
      testid="meet-instant"
      checked={model.instant.value}
      label="ready.instant"
      note="ready.instant.text"
      onChange={(on) => model.setInstant(on)}
    />
  );
}

/** Whole seconds as 1:05 or 1:02:05, in the digits of the language. */
export function clockTime(seconds: number): string {
  const digits = (value: number, least: number) => value.toLocaleString(spoken().tag, { minimumIntegerDigits: least, useGrouping: false });
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  return hours > 0 ? [digits(hours, 1), digits(minutes, 2), digits(rest, 2)].join(':') : `${digits(minutes, 1)}:${digits(rest, 2)}`;
}

export function roomName(model: Model, tag: string | null): string {
  return model.view.value.rooms.find((room) => room.tag === tag)?.name ?? tag ?? '';
}
