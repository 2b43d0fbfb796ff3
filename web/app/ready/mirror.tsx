// The large preview: one's own picture, or why there is none yet, and two buttons on it.

import { useSignal } from '@preact/signals';
import { t } from '../../locales/index.ts';
import type { Devices } from '../devices.ts';
import { Camera, CameraOff, Mic, MicOff, Person, SwitchCamera } from '../icons.tsx';
import { choiceOf } from '../media/choice.ts';
import { isMirrored, Picture } from '../media/picture.tsx';
import { keepFocus } from '../parts.tsx';

export function Mirror({ devices }: { devices: Devices }) {
  const video = devices.video.value;
  const upright = useSignal(false);
  const asks = !video && devices.asks;
  const kind = asks ? ' asks' : upright.value && video ? ' upright' : '';
  return (
    <div class={`preview mirror${kind}`}>
      <Picture
        tracks={[video]}
        testid="preview"
        label={t('ready.preview')}
        own
        mirrored={isMirrored(video)}
        onSize={({ width, height }) => (upright.value = height > width)}
      />
      {!video && <NoPicture devices={devices} />}
      {!asks && <Toggles devices={devices} />}
    </div>
  );
}

function NoPicture({ devices }: { devices: Devices }) {
  if (devices.starting.value) {
    return (
      <p role="status">
        <span class="spinner" />
        {t('ready.asking')}
      </p>
    );
  }
  // What went wrong is said below the preview, with a button that asks again.
  if (!devices.asks) {
    return (
      <p>
        <Person class="huge" />
        {t('ready.preview.none')}
      </p>
    );
  }
  const missing = choiceOf(devices.missing);
  const ask = (): void => {
    keepFocus();
    void devices.complete();
  };
  const what = missing === 'none' ? 'sound' : missing;
  return (
    <div class="ask" data-testid="ask">
      {devices.missing.video ? <Camera class="huge" /> : <Mic class="huge" />}
      <h2>{t(`ready.ask.${what}`)}</h2>
      <p>{t('ready.ask.text')}</p>
      <button type="button" class="main" data-testid="ask-now" onClick={ask}>
        {t(`ready.ask.action.${what}`)}
      </button>
    </div>
  );
}

function Toggles({ devices }: { devices: Devices }) {
  const silent = devices.audio.value === null || devices.muted.value;
  const dark = devices.video.value === null;
  return (
    <div class="toggles" role="group" aria-label={t('ready.toggles')}>
      <button
        type="button"
        class="round stage-button"
        data-testid="mute"
        aria-pressed={silent}
        aria-label={t('call.mute')}
        onClick={() => void devices.toggleSound()}
      >
        {silent ? <MicOff /> : <Mic />}
      </button>
      <button
        type="button"
        class="round stage-button"
        data-testid="camera"
        aria-pressed={dark}
        aria-label={t('call.camera.off')}
        onClick={() => void devices.toggleCamera()}
      >
        {dark ? <CameraOff /> : <Camera />}
      </button>
      {devices.canSwitchCamera && (
        <button
          type="button"
          class="round stage-button"
          data-testid="switch-camera"
          aria-label={t('call.switch')}
          onClick={() => void devices.switchCamera()}
        >
          <SwitchCamera />
        </button>
      )}
    </div>
  );
}
