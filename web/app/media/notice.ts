// What is said of a device beside the own picture: before a call there is nobody who misses it.

import type { Key } from '../../locales/index.ts';
import type { DeviceTrouble } from './trouble.ts';

export function noticeOf(trouble: DeviceTrouble, place: 'ready' | 'call'): Key {
  const isGone = trouble === 'camera_gone' || trouble === 'microphone_gone';
  return isGone && place === 'call' ? `notice.${trouble}.call` : `notice.${trouble}`;
}
