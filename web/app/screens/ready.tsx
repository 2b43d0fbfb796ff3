// Before the call: this person sees themselves first, and says how they join.

import { t } from '../../locales/index.ts';
import type { Choice } from '../devices.ts';
import { Back, Camera, CameraOff, Forward, Mic, Person, type Icon } from '../icons.tsx';
import { needs } from '../media/choice.ts';
import { DeviceFields } from '../media/device_fields.tsx';
import { DeviceNotice } from '../media/device_notice.tsx';
import { isMirrored, Picture } from '../media/picture.tsx';
import { kNothing } from '../media/trouble.ts';
import type { Model } from '../model.ts';
import { Check, Heading, InstantCheck, roomName } from '../parts.tsx';
import { Mirror } from '../ready/mirror.tsx';

const kChoices: readonly { choice: Exclude<Choice, 'camera'>; icon: Icon }[] = [
  { choice: 'video', icon: Camera },
  { choice: 'sound', icon: Mic },
  { choice: 'none', icon: CameraOff },
];

export function Ready({ model }: { model: Model }) {
  const { devices } = model;
  const isRoom = model.room.value !== null;
  const expected = devices.trouble.value === null ? needs(devices.choice.value) : kNothing;
  const start = (event: Event) => {
    event.preventDefault();
    model.start();
  };
  return (
    <main class="page ready-page" data-testid="screen-ready">
      <Heading>{isRoom ? t('ready.title.room', { room: roomName(model, model.room.value) }) : t('ready.title.private')}</Heading>
      <form class="ready" onSubmit={start}>
        <Mirror devices={devices} />
        <div class="ready-side">
          <DeviceNotice model={model} place="ready" />
          <Ways model={model} />
          <Options model={model} isRoom={isRoom} />
          {(devices.video.value || devices.audio.value || expected.video || expected.audio) && <DeviceFields devices={devices} expected={expected} />}
        </div>
        <div class="onward ready-start">
          <button type="button" class="quiet" data-testid="back" onClick={() => model.backHome()}>
            <Back />
            {t('back')}
          </button>
          <button type="submit" class="main large" data-testid="start">
            {model.wantsStart.value ? t('ready.starting') : t(isRoom ? 'ready.start.room' : 'ready.start.private')}
            {!model.wantsStart.value && <Forward />}
          </button>
        </div>
      </form>
    </main>
  );
}

function Ways({ model }: { model: Model }) {
  const { devices } = model;
  // What cannot be had is not marked as what holds: the notice offers what can.
  const { video, audio } = devices.missing;
  const isRefused = devices.trouble.value !== null && !devices.starting.value && (video || audio);
  return (
    <fieldset>
      <legend>{t('ready.media')}</legend>
      <div class="choice thirds">
        {kChoices.map(({ choice, icon: ChoiceIcon }) => (
          <label key={choice}>
            <input
              type="radio"
              name="media"
              data-testid={`media-${choice}`}
              checked={devices.choice.value === choice && !isRefused}
              onChange={() => void devices.prepare(choice)}
            />
            <span>
              <ChoiceIcon />
              {t(`ready.media.${choice}`)}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Options({ model, isRoom }: { model: Model; isRoom: boolean }) {
  const required = model.hideRequired.value;
  return (
    <fieldset>
      <legend>{t('ready.options')}</legend>
      {isRoom && (
        <Check
          testid="need-video"
          checked={model.needVideo.value}
          label="ready.need"
          onChange={(on) => (model.needVideo.value = on)}
        />
      )}
      {isRoom && <InstantCheck model={model} />}
      <Check
        testid="hide-address"
        checked={model.hideAddress.value || required}
        disabled={required}
        label="ready.hide"
        note={required ? 'ready.hide.required' : 'ready.hide.text'}
        onChange={(on) => (model.hideAddress.value = on)}
      />
    </fieldset>
  );
}

/** A small one, for the screens on which something else matters more. */
export function Preview({ model }: { model: Model }) {
  const video = model.devices.video.value;
  return (
    <div class={video ? 'preview' : 'preview empty'}>
      <Picture tracks={[video]} testid="preview" label={t('ready.preview')} own mirrored={isMirrored(video)} />
      {!video && (
        <p>
          <Person class="large" />
          {t('ready.preview.none')}
        </p>
      )}
    </div>
  );
}
