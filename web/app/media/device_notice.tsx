// A sentence about a device that is not there, and what can be done about it.

import { t } from '../../locales/index.ts';
import type { Devices, DeviceTrouble } from '../devices.ts';
import { GuideLink } from '../frame.tsx';
import { Warning } from '../icons.tsx';
import type { Model } from '../model.ts';
import { keepFocus, Passing } from '../parts.tsx';
import { choicesWithout } from './choice.ts';
import { noticeOf } from './notice.ts';
import { kTroubleParts } from './trouble.ts';

interface Way {
  testid: string;
  words: string;
  go: () => void;
}

export function DeviceNotice({ model, place }: { model: Model; place: 'ready' | 'call' }) {
  const { devices } = model;
  const code = devices.trouble.value;
  const take = (way: Way): void => {
    keepFocus();
    way.go();
  };
  const [first, ...others] = code ? waysOut(devices, code, place) : [];
  const draw = (way: Way) => (
    <button type="button" key={way.testid} data-testid={way.testid} onClick={() => take(way)}>
      {way.words}
    </button>
  );
  return (
    <div class="device-notice" role="alert">
      {code && (
        <Passing class="note" data-testid="notice" data-code={code}>
          <Warning />
          <p>{t(noticeOf(code, place))}</p>
          <div class="row">
            {first && draw(first)}
            {/* A page over a call would be in the way of it. */}
            {place === 'ready' && (
              <GuideLink model={model} page="trouble" part={kTroubleParts[code]} class="button" testid="notice-help">
                {t('notice.help')}
              </GuideLink>
            )}
            {others.map(draw)}
          </div>
        </Passing>
      )}
    </div>
  );
}

function waysOut(devices: Devices, code: DeviceTrouble, place: 'ready' | 'call'): Way[] {
  const spare = devices.spare.value;
  const ways: Way[] = [];
  if (spare) ways.push({ testid: 'notice-spare', words: t('device.use', { device: spare.label }), go: () => void devices.useSpare() });
  const { video, audio } = devices.lacking;
  // What runs again already, and a screen, have their own buttons.
  const isDevice = code !== 'share' && code !== 'share_system';
  const isTaken = code === 'camera_taken' || code === 'microphone_taken' || code === 'both_taken';
  if (!spare && (place === 'ready' || isTaken || (isDevice && (video || audio)))) {
    ways.push({ testid: 'notice-retry', words: t('notice.retry'), go: () => void devices.retry() });
  }
  if (place === 'call') {
    ways.push({ testid: 'notice-close', words: t('notice.close'), go: () => devices.closeNotice() });
    return ways;
  }
  const on = { video: devices.video.value !== null, audio: devices.audio.value !== null };
  for (const without of choicesWithout(devices.lacking, on, code)) {
    ways.push({ testid: `notice-${without}`, words: t(`device.join.${without}`), go: () => void devices.choose(without) });
  }
  return ways;
}
