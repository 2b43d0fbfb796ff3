// Above the picture: which way the call goes, how long it lasts, and what protects.

import { relayLeg } from '../../core/path.ts';
import { t } from '../../locales/index.ts';
import { Block, Direct, Help, Relay, Report, Shield, Warning } from '../icons.tsx';
import type { Model } from '../model.ts';
import { clockTime, Heading } from '../parts.tsx';
import type { CallUi } from './call_ui.ts';
import { codeStanding, isAlarm } from './code_standing.ts';
import { Popover } from './popover.tsx';
import { wayShown } from './way_shown.ts';

export function TopBar({ model, ui }: { model: Model; ui: CallUi }) {
  const { call } = model.view.value;
  return (
    <header class="call-top chrome">
      <div class="hidden">
        <Heading>{t(call.phase === 'connecting' ? 'call.connecting' : 'call.title')}</Heading>
      </div>
      <PathBadge model={model} ui={ui} />
      {call.phase === 'connected' && <CallTime model={model} />}
      <span class="filler" />
      <Safety model={model} ui={ui} />
    </header>
  );
}

function PathBadge({ model, ui }: { model: Model; ui: CallUi }) {
  const { call, path } = model.view.value;
  const leg = path.badge === 'relayed' ? relayLeg(path.own, path.partner) : null;
  const way = wayShown(model.view.value, ui.verdict.value);
  return (
    <Popover
      ui={ui}
      panel="path"
      testid="path-badge"
      label={t('path.label')}
      words
      class="badge stage-pill"
      data={{ 'data-path': way }}
      button={
        <>
          {way === 'relayed' ? <Relay /> : <Direct />}
          {leg ? t('path.relayed.over', { leg: leg.toUpperCase() }) : t(`path.${way}`)}
        </>
      }
    >
      <div class="words" data-testid="path-text">
        <p>
          <strong>{t(`path.${way}.title`)}</strong>
        </p>
        <p>{t(`path.${way}.text`)}</p>
        {call.kind === 'private' && call.phase === 'connected' && <p data-testid="path-link">{t('path.link')}</p>}
        <p class="small">{t('path.sealed')}</p>
      </div>
      <CodeButton model={model} ui={ui} />
      <button type="button" class="item code-open" data-testid="call-made" onClick={() => ui.openDialog('made')}>
        <Help />
        <span>{t('call.made')}</span>
      </button>
    </Popover>
  );
}

function CodeButton({ model, ui }: { model: Model; ui: CallUi }) {
  const standing = codeStanding(model.view.value.code, ui.verdict.value);
  if (!standing) return null;
  return (
    <button type="button" class="item code-open" data-testid="code-open" onClick={() => ui.openDialog('code')}>
      {isAlarm(standing) ? <Warning /> : <Shield />}
      <span>
        {t('code.open')}
        <small>{t(`code.short.${standing}`)}</small>
      </span>
    </button>
  );
}

function CallTime({ model }: { model: Model }) {
  const since = model.client.timings.connected ?? model.now.value;
  const time = clockTime(Math.max(0, Math.floor((model.now.value - since) / 1_000)));
  return (
    <span class="stage-pill time" role="timer" aria-live="off" data-testid="call-time" aria-label={t('call.time', { time })}>
      {time}
    </span>
  );
}

function Safety({ model, ui }: { model: Model; ui: CallUi }) {
  return (
    <Popover ui={ui} panel="safety" testid="safety" label={t('call.safety')} class="round stage-pill" tip={t('call.safety')} button={<Shield />}>
      <ul class="menu">
        <li>
          <button type="button" class="item" data-testid="block" onClick={() => model.client.act('block')}>
            <Block />
            <span>
              {t('call.block')}
              <small>{t('call.block.text')}</small>
            </span>
          </button>
        </li>
        <li>
          <button type="button" class="item" data-testid="report" onClick={() => ui.openDialog('report')}>
            <Report />
            <span>
              {t('call.report')}
              <small>{t('call.report.text')}</small>
            </span>
          </button>
        </li>
      </ul>
    </Popover>
  );
}
