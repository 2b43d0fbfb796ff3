// Which camera, microphone and speaker: before the call and during it.

import { useSignal } from '@preact/signals';
import { t } from '../../locales/index.ts';
import type { Devices } from '../devices.ts';
import { Camera, Mic, Sound, type Icon } from '../icons.tsx';
import { kNoDevices, shownDevice, type DeviceKind } from './device_list.ts';
import { Meter, MeterPlace } from './meter.tsx';
import { playTestSound } from './test_sound.ts';
import { kNothing, type Wanted } from './trouble.ts';

const kIcons: Readonly<Record<DeviceKind, Icon>> = { camera: Camera, microphone: Mic, speaker: Sound };

const canChooseSpeaker = (): boolean => 'setSinkId' in HTMLMediaElement.prototype;
const canAskForSpeaker = (): boolean => 'selectAudioOutput' in navigator.mediaDevices;

/** `expected`: what is about to come has its place already, so that nothing moves when it does. */
export function DeviceFields({ devices, expected = kNothing }: { devices: Devices; expected?: Wanted }) {
  const [video, audio] = [devices.video.value, devices.audio.value];
  return (
    <div class="devices">
      <DeviceField devices={devices} kind="camera" running={video} expected={expected.video} />
      <div class="device-group">
        <DeviceField devices={devices} kind="microphone" running={audio} expected={expected.audio} />
        {audio ? <Meter track={audio} muted={devices.muted.value} /> : expected.audio && <MeterPlace />}
      </div>
      <Speaker devices={devices} expected={expected.audio} />
    </div>
  );
}

interface FieldProps {
  devices: Devices;
  kind: DeviceKind;
  running: MediaStreamTrack | null;
  expected: boolean;
}

function DeviceField({ devices, kind, running, expected }: FieldProps) {
  const list = devices.list.value;
  // Without an identifier there is nothing to choose by: the browser tells them once a device of the kind has been allowed.
  const known = list[kind].filter(({ id }) => id !== '');
  const isToCome = expected && (list === kNoDevices || list[kind].length > 0);
  if (known.length === 0 && !isToCome) return null;
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
        disabled={known.length === 0}
        onChange={(event) => void devices.pick(kind, event.currentTarget.value)}
      >
        {known.length === 0 && <option>{t(`device.${kind}`)}</option>}
        {known.map(({ id, label }, at) => (
          <option key={id} value={id} selected={id === shown}>
            {label || t('device.unnamed', { kind: t(`device.${kind}`), n: at + 1 })}
          </option>
        ))}
      </select>
    </label>
  );
}

function Speaker({ devices, expected }: { devices: Devices; expected: boolean }) {
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
  // Where the person asks for each, there may never be one to choose from: it comes last, and moves nothing.
  const asks = canChooseSpeaker() && canAskForSpeaker();
  const field = canChooseSpeaker() && <DeviceField devices={devices} kind="speaker" running={null} expected={expected && !asks} />;
  return (
    <div class="device-row">
      {!asks && field}
      {asks && (
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
      {asks && field}
    </div>
  );
}
