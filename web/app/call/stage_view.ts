// What a browser can do with a picture: fill the screen with it, or let it float over other windows. Safari has its own names for
// both; an iPhone shows only a video in full, not a page.

import { signal } from '@preact/signals';

interface WebkitDocument {
  webkitFullscreenElement?: Element | null;
  webkitExitFullscreen?: () => void;
}

interface WebkitElement {
  webkitRequestFullscreen?: () => void;
}

interface WebkitVideo {
  webkitEnterFullscreen?: () => void;
  webkitSupportsFullscreen?: boolean;
  webkitSupportsPresentationMode?: (mode: string) => boolean;
  webkitSetPresentationMode?: (mode: 'inline' | 'picture-in-picture') => void;
  webkitPresentationMode?: string;
}

const page = (): Document & WebkitDocument => document;
const root = (): HTMLElement & WebkitElement => document.documentElement;

export const isFull = signal(false);

const readFull = (): void => {
  isFull.value = Boolean(page().fullscreenElement ?? page().webkitFullscreenElement);
};

/** Until the returned function is called, `isFull` is true to the browser. */
export function watchFull(): () => void {
  const names = ['fullscreenchange', 'webkitfullscreenchange'];
  for (const name of names) document.addEventListener(name, readFull);
  readFull();
  return () => {
    for (const name of names) document.removeEventListener(name, readFull);
  };
}

export function canBeFull(): boolean {
  return Boolean(root().requestFullscreen ?? root().webkitRequestFullscreen ?? (HTMLVideoElement.prototype as WebkitVideo).webkitEnterFullscreen);
}

/** False where the browser will not, for instance in a frame. */
export async function toggleFull(video: HTMLVideoElement & WebkitVideo): Promise<boolean> {
  // The event that tells of it comes a moment later.
  readFull();
  if (isFull.value) {
    await leaveFull();
    return true;
  }
  try {
    if (root().requestFullscreen) await root().requestFullscreen({ navigationUI: 'hide' });
    else if (root().webkitRequestFullscreen) root().webkitRequestFullscreen!();
    else video.webkitEnterFullscreen?.();
    return true;
  } catch {
    return false;
  }
}

export async function leaveFull(): Promise<void> {
  try {
    if (page().exitFullscreen) await page().exitFullscreen();
    else page().webkitExitFullscreen?.();
  } catch {
    // It was not full any more.
  }
}

export function canFloat(): boolean {
  if (document.pictureInPictureEnabled) return true;
  const video = HTMLVideoElement.prototype as WebkitVideo;
  return Boolean(video.webkitSetPresentationMode) && document.createElement('video').webkitSupportsPresentationMode?.('picture-in-picture') === true;
}

/** False where the browser will not, for instance while there is no picture yet. */
export async function toggleFloat(video: HTMLVideoElement & WebkitVideo): Promise<boolean> {
  try {
    if (document.pictureInPictureElement === video) await document.exitPictureInPicture();
    else if (document.pictureInPictureEnabled) await video.requestPictureInPicture();
    else video.webkitSetPresentationMode?.(video.webkitPresentationMode === 'inline' ? 'picture-in-picture' : 'inline');
    return true;
  } catch {
    return false;
  }
}

/** With the call its picture goes, and the window it floats in. Safari closes its own when the video is gone. */
export async function leaveFloat(): Promise<void> {
  if (!document.pictureInPictureElement) return;
  try {
    await document.exitPictureInPicture();
  } catch {
    // It was closed meanwhile.
  }
}

declare global {
  // Safari's names, where TypeScript does not know them.
  interface HTMLVideoElement extends WebkitVideo {}
}
