import { useEffect } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { Dialog } from '../dialog.tsx';
import { LanguageMenu } from '../frame.tsx';
import { Forward, Moon, Screen, Sun } from '../icons.tsx';
import { SavingSwitches } from '../media/saving.tsx';
import type { Model } from '../model.ts';
import { Check } from '../parts.tsx';
import { kThemes, settings, themeOf } from '../settings.ts';

const kThemeIcons = { system: Screen, light: Sun, dark: Moon };

export function SettingsSheet({ model }: { model: Model }) {
  const close = (): void => void (model.sheet.value = null);
  return (
    <Dialog testid="settings-dialog" title={t('settings.title')} onClose={close}>
      <LanguageMenu />
      <fieldset>
        <legend>{t('settings.theme')}</legend>
        <div class="choice thirds">
          {kThemes.map((theme) => {
            const Icon = kThemeIcons[theme];
            return (
              <label key={theme}>
                <input
                  type="radio"
                  name="theme"
                  data-testid={`theme-${theme}`}
                  checked={themeOf() === theme}
                  onChange={() => (settings.theme.value = theme === 'system' ? null : theme)}
                />
                <span>
                  <Icon />
                  {t(`settings.theme.${theme}`)}
                </span>
              </label>
            );
          })}
        </div>
      </fieldset>
      <div class="switches">
        <Check
          isSwitch
          testid="settings-sounds"
          checked={settings.sounds.value !== 'off'}
          label="settings.sounds"
          note="settings.sounds.text"
          onChange={(on) => (settings.sounds.value = on ? null : 'off')}
        />
        <Notices model={model} />
      </div>
      <SavingSwitches />
      <button type="button" class="wide" data-testid="settings-kept" onClick={() => (model.sheet.value = { kind: 'kept' })}>
        {t('settings.kept')}
        <Forward />
      </button>
    </Dialog>
  );
}

function Notices({ model }: { model: Model }) {
  const { alerts } = model;
  const state = alerts.notices;
  useEffect(() => alerts.lookAgain(), []);
  const cannot = state === 'none' || state === 'denied';
  return (
    <Check
      isSwitch
      testid="settings-notices"
      checked={state === 'on'}
      disabled={cannot}
      label="settings.notices"
      note={cannot ? `settings.notices.${state}` : 'settings.notices.text'}
      onChange={(on) => void alerts.setNotices(on)}
    />
  );
}
