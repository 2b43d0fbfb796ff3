// A video element for tracks that come and go.

import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Size } from '../call/corner.ts';
import { keepPlaying, play, type OnBlocked } from './keep_playing.ts';
import { playSlowly } from './play_slowly.ts';

export interface PictureProps {
  tracks: readonly (MediaStreamTrack | null)[];
  testid: string;
  label: string;
  /** This person's own: never heard here. */
  own?: boolean;
  /** As in a mirror, which is how people know themselves. */
  mirrored?: boolean;
  /** Covers the last picture of a camera that is off. */
  covered?: boolean;
  fit?: 'cover' | 'contain';
  /** Pictures a second, where it is to show fewer than come. Where it is heard it has to show all. */
  fps?: number | null;
  /** The speaker that plays it, where the browser lets a page choose. */
  speaker?: string | null;
  onStarted?: (video: HTMLVideoElement) => void;
  onBlocked?: OnBlocked;
  onSize?: (size: Size) => void;
}

export function Picture(props: PictureProps) {
  const element = useRef<HTMLVideoElement>(null);
  const tracks = props.tracks.filter((track) => track !== null);
  const ids = tracks.map((track) => track.id).join(' ');
  const speaker = props.speaker ?? '';
  useEffect(() => showTracks(element.current!, tracks, props.onBlocked), [ids]);
  useEffect(() => {
    const video = element.current!;
    // A speaker that has just gone refuses; the browser's own choice goes on playing then.
    if ('setSinkId' in video && video.sinkId !== speaker) void video.setSinkId(speaker).catch(() => {});
  }, [speaker]);
  useEffect(() => {
    const video = element.current!;
    props.onStarted?.(video);
    // An element that is gone from the page holds on to the camera's last pictures until it is collected, and a camera has only a
    // few to lend: the next screen, and the partner, would wait a second for a new one.
    return () => (video.srcObject = null);
  }, []);
  const { fps = null } = props;
  // Before the stream is gone from it.
  useLayoutEffect(() => {
    const video = element.current!;
    return fps === null ? keepPlaying(video, props.onBlocked) : playSlowly(video, fps);
  }, [fps]);
  // A last event may come when the element has left the page: it is the event that knows it.
  const told = (event: { currentTarget: HTMLVideoElement }) => {
    const { videoWidth, videoHeight } = event.currentTarget;
    props.onSize?.({ width: videoWidth, height: videoHeight });
  };
  const isCovered = props.covered || !tracks.some((track) => track.kind === 'video');
  return (
    <video
      ref={element}
      class={[props.mirrored && 'mirrored', isCovered && 'covered', props.fit].filter(Boolean).join(' ')}
      data-testid={props.testid}
      aria-label={props.label}
      muted={props.own ?? false}
      autoplay
      playsInline
      disablePictureInPicture={props.own ?? false}
      onResize={told}
      onLoadedMetadata={told}
    />
  );
}

function showTracks(video: HTMLVideoElement, tracks: readonly MediaStreamTrack[], onBlocked?: OnBlocked): void {
  // One stream for as long as the element lives: a track that comes later joins it.
  const stream = (video.srcObject as MediaStream | null) ?? new MediaStream();
  for (const track of stream.getTracks()) if (!tracks.includes(track)) stream.removeTrack(track);
  for (const track of tracks) stream.addTrack(track);
  if (tracks.length === 0) return;
  if (video.srcObject !== stream) video.srcObject = stream;
  play(video, onBlocked);
}

/** A phone's back camera shows the world as others see it. */
export function isMirrored(camera: MediaStreamTrack | null): boolean {
  return camera?.getSettings().facingMode !== 'environment';
}
