// What is wanted less often.

import { t } from '../../locales/index.ts';
import { ExitFullscreen, Fullscreen, More, Pip, Settings, type Icon } from '../icons.tsx';
import { settings } from '../settings.ts';
import type { CallUi } from './call_ui.ts';
import { Popover } from './popover.tsx';
import { kShortcuts } from './shortcuts.ts';
import { canBeFull, canFloat, isFull, toggleFloat, toggleFull } from './stage_view.ts';

export function MoreMenu({ ui, video }: { ui: CallUi; video: () => HTMLVideoElement }) {
  const done = (act: () => void) => () => {
    ui.close();
    act();
  };
  return (
    <Popover ui={ui} panel="more" testid="more" label={t('call.more')} class="round stage-button" tip={t('call.more')} button={<More />}>
      <ul class="menu">
        <Item testid="devices-open" icon={Settings} words={t('call.devices')} onClick={() => ui.openDialog('devices')} />
        {canBeFull() && (
          <Item
            testid="fullscreen"
            icon={isFull.value ? ExitFullscreen : Fullscreen}
            words={t(isFull.value ? 'call.fullscreen.off' : 'call.fullscreen')}
            onClick={done(() => void ui.ask('fullscreen', () => toggleFull(video())))}
          />
        )}
        {canFloat() && (
          <Item testid="pip" icon={Pip} words={t('call.pip')} onClick={done(() => void ui.ask('pip', () => toggleFloat(video())))} />
        )}
      </ul>
      <Shortcuts />
    </Popover>
  );
}

function Item({ testid, icon: ItemIcon, words, onClick }: { testid: string; icon: Icon; words: string; onClick: () => void }) {
  return (
    <li>
      <button type="button" class="item" data-testid={testid} onClick={onClick}>
        <ItemIcon />
        <span>{words}</span>
      </button>
    </li>
  );
}

function Shortcuts() {
  const on = settings.shortcuts.value !== 'off';
  return (
    <section class="shortcuts" aria-label={t('call.shortcuts')}>
      <label class="check switch">
        <input
          type="checkbox"
          role="switch"
          data-testid="shortcuts"
          checked={on}
          onChange={(event) => (settings.shortcuts.value = event.currentTarget.checked ? null : 'off')}
        />
        <span>{t('call.shortcuts')}</span>
      </label>
      <dl class={on ? '' : 'off'}>
        {kShortcuts.map(({ letter, action }) => (
          <div key={letter}>
            <dt>
              <kbd>{letter.toUpperCase()}</kbd>
            </dt>
            <dd>{t(`call.shortcut.${action}`)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
