// A sentence about a device that is not there, and what can be done about it.

import { t } from '../../locales/index.ts';
import type { Choice, Devices, DeviceTrouble } from '../devices.ts';
import { GuideLink } from '../frame.tsx';
import { Warning } from '../icons.tsx';
import type { Model } from '../model.ts';
import { kTroubleParts } from './trouble.ts';

interface Way {
  testid: string;
  words: string;
  go: () => void;
}

export function DeviceNotice({ model, place }: { model: Model; place: 'ready' | 'call' }) {
  const { devices } = model;
  const code = devices.trouble.value;
  return (
    <div class="device-notice" role="alert">
      {code && (
        <div class="note" data-testid="notice" data-code={code}>
          <Warning />
          <p>{t(`notice.${code}`)}</p>
          <div class="row">
            {waysOut(devices, code, place).map(({ testid, words, go }) => (
              <button type="button" key={testid} data-testid={testid} onClick={go}>
                {words}
              </button>
            ))}
            {/* A page over a call would be in the way of it. */}
            {place === 'ready' && (
              <GuideLink model={model} page="trouble" part={kTroubleParts[code]} class="button" testid="notice-help">
                {t('notice.help')}
              </GuideLink>
            )}
          </div>
        </div>
      )}
    </div>
  );
}

function waysOut(devices: Devices, code: DeviceTrouble, place: 'ready' | 'call'): Way[] {
  const spare = devices.spare.value;
  const ways: Way[] = [];
  if (spare) ways.push({ testid: 'notice-spare', words: t('device.use', { device: spare.label }), go: () => void devices.useSpare() });
  if (place === 'call') {
    ways.push({ testid: 'notice-close', words: t('notice.close'), go: () => (devices.trouble.value = null) });
    return ways;
  }
  if (!spare) ways.push({ testid: 'notice-retry', words: t('notice.retry'), go: () => void devices.choose(devices.choice.value) });
  const choose = (choice: Choice) => () => void devices.choose(choice);
  const isMute = code === 'no_microphone' || devices.choice.value === 'sound';
  if (isMute) ways.push({ testid: 'notice-none', words: t('device.join.none'), go: choose('none') });
  else ways.push({ testid: 'notice-sound', words: t('device.join.sound'), go: choose('sound') });
  return ways;
}
