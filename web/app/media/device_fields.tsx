// Which camera, microphone and speaker: before the call and during it.

import { useSignal } from '@preact/signals';
import { t } from '../../locales/index.ts';
import type { Devices } from '../devices.ts';
import { Camera, Mic, Sound, type Icon } from '../icons.tsx';
import { shownDevice, type DeviceKind } from './device_list.ts';
import { Meter } from './meter.tsx';
import { playTestSound } from './test_sound.ts';

const kIcons: Readonly<Record<DeviceKind, Icon>> = { camera: Camera, microphone: Mic, speaker: Sound };

const canChooseSpeaker = (): boolean => 'setSinkId' in HTMLMediaElement.prototype;
const canAskForSpeaker = (): boolean => 'selectAudioOutput' in navigator.mediaDevices;

export function DeviceFields({ devices }: { devices: Devices }) {
  const audio = devices.audio.value;
  return (
    <div class="devices">
      <DeviceField devices={devices} kind="camera" running={devices.video.value} />
      <div class="device-group">
        <DeviceField devices={devices} kind="microphone" running={audio} />
        {audio && <Meter track={audio} muted={devices.muted.value} />}
      </div>
      <Speaker devices={devices} />
    </div>
  );
}

function DeviceField({ devices, kind, running }: { devices: Devices; kind: DeviceKind; running: MediaStreamTrack | null }) {
  // Without an identifier there is nothing to choose by: the browser tells them once a device of the kind has been allowed.
  const known = devices.list.value[kind].filter(({ id }) => id !== '');
  if (known.length === 0) return null;
  // While another one starts the old one has been let go: what was picked is shown, so that arrow keys go on from there.
  const current = running?.readyState === 'live' ? (running.getSettings().deviceId ?? null) : null;
  const shown = shownDevice(known, current, devices.picks.value[kind]);
  const FieldIcon = kIcons[kind];
  return (
    <label class="device">
      <FieldIcon />
      <span class="hidden">{t(`device.${kind}`)}</span>
      <select
        data-testid={`device-${kind}`}
        value={shown}
        onChange={(event) => void devices.pick(kind, event.currentTarget.value)}
      >
        {known.map(({ id, label }, at) => (
          <option key={id} value={id} selected={id === shown}>
            {label || t('device.unnamed', { kind: t(`device.${kind}`), n: at + 1 })}
          </option>
        ))}
      </select>
    </label>
  );
}

function Speaker({ devices }: { devices: Devices }) {
  const playing = useSignal(false);
  const failed = useSignal(false);
  const test = async (): Promise<void> => {
    playing.value = true;
    failed.value = await playTestSound(devices.speaker.value).then(
      () => false,
      () => true,
    );
    playing.value = false;
  };
  return (
    <div class="device-row">
      {canChooseSpeaker() && <DeviceField devices={devices} kind="speaker" running={null} />}
      {canChooseSpeaker() && canAskForSpeaker() && (
        <button type="button" class="quiet" data-testid="device-speaker-choose" onClick={() => void devices.askForSpeaker()}>
          {t('device.speaker.choose')}
        </button>
      )}
      <button type="button" class="quiet" data-testid="device-speaker-test" disabled={playing.value} onClick={() => void test()}>
        <Sound />
        {t('device.speaker.test')}
        <span class="hidden">: {t('device.speaker')}</span>
      </button>
      <p class="small" role="status">
        {failed.value && t('device.speaker.failed')}
      </p>
    </div>
  );
}
