// What is said of a device beside the own picture: before a call there is nobody who misses it.

import type { Key } from '../../locales/index.ts';
import type { DeviceTrouble } from './trouble.ts';

export function noticeOf(trouble: DeviceTrouble, place: 'ready' | 'call'): Key {
  switch (trouble) {
    case 'camera_gone':
    case 'microphone_gone':
    case 'camera_taken':
    case 'microphone_taken':
    case 'both_taken':
      return place === 'call' ? `notice.${trouble}.call` : `notice.${trouble}`;
    default:
      return `notice.${trouble}`;
  }
}
