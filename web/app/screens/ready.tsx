import { t, type Key } from '../../locales/index.ts';
import type { Choice } from '../devices.ts';
import type { Model } from '../model.ts';
import { Check, Heading, InstantCheck, Picture, roomName } from '../parts.tsx';

const kChoices: readonly Choice[] = ['video', 'sound', 'none'];

export function Ready({ model }: { model: Model }) {
  const { devices } = model;
  const isRoom = model.room.value !== null;
  const start = (event: Event) => {
    event.preventDefault();
    model.start();
  };
  return (
    <main class="page" data-testid="screen-ready">
      <Heading>{isRoom ? t('ready.title.room', { room: roomName(model, model.room.value) }) : t('ready.title.private')}</Heading>
      <form class="ready" onSubmit={start}>
        <Preview model={model} />
        <div class="choices">
          <fieldset>
            <legend>{t('ready.media')}</legend>
            {kChoices.map((choice) => (
              <label class="check" key={choice}>
                <input
                  type="radio"
                  name="media"
                  data-testid={`media-${choice}`}
                  checked={devices.choice.value === choice}
                  onChange={() => void devices.choose(choice)}
                />
                <span>{t(`ready.media.${choice}` as Key)}</span>
              </label>
            ))}
          </fieldset>
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
              checked={model.hideAddress.value || model.hideRequired.value}
              disabled={model.hideRequired.value}
              label="ready.hide"
              note={model.hideRequired.value ? 'ready.hide.required' : 'ready.hide.text'}
              onChange={(on) => (model.hideAddress.value = on)}
            />
          </fieldset>
          <div class="row">
            <button type="submit" class="main" data-testid="start">
              {model.wantsStart.value ? t('ready.starting') : t(isRoom ? 'ready.start.room' : 'ready.start.private')}
            </button>
            <button type="button" class="quiet" data-testid="back" onClick={() => model.backHome()}>
              {t('back')}
            </button>
          </div>
        </div>
      </form>
    </main>
  );
}

export function Preview({ model }: { model: Model }) {
  const video = model.devices.video.value;
  return (
    <div class="preview">
      <Picture tracks={[video]} testid="preview" label={t('ready.preview')} own />
      {!video && <p>{t('ready.preview.none')}</p>}
    </div>
  );
}
