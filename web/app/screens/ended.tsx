import { useSignal } from '@preact/signals';
import { t } from '../../locales/index.ts';
import type { Model } from '../model.ts';
import { Heading } from '../parts.tsx';
import { Preview } from './ready.tsx';
import { ReportDialog } from './report.tsx';

export function Ended({ model }: { model: Model }) {
  const { call } = model.view.value;
  const reporting = useSignal(false);
  const reason = call.reason ?? 'you';
  const isRoom = call.kind === 'room';
  // Whom nobody met there is nothing to say about.
  const met = model.client.timings.accepted !== null && call.about !== null;
  return (
    <main class="page" data-testid="screen-ended">
      <Heading>{t('ended.title')}</Heading>
      <p data-testid="ended-why" data-reason={reason}>
        {t(`ended.${reason}`)}
      </p>
      <div class="row">
        <button type="button" class="main" data-testid={isRoom ? 'ended-next' : 'ended-again'} onClick={() => model.client.act('next')}>
          {t(isRoom ? 'ended.next.action' : 'ended.again')}
        </button>
        <button type="button" data-testid="ended-home" onClick={() => model.backHome()}>
          {t('ended.home')}
        </button>
      </div>
      {met && (
        <div class="row">
          {!call.noted.block && (
            <button type="button" class="quiet" data-testid="block" onClick={() => model.client.act('block')}>
              {t('call.block')}
            </button>
          )}
          {call.noted.report !== true && (
            <button type="button" class="quiet" data-testid="report" onClick={() => (reporting.value = true)}>
              {t('call.report')}
            </button>
          )}
        </div>
      )}
      <div role="status" data-testid="noted">
        {call.noted.block && <p>{t('ended.noted.block')}</p>}
        {call.noted.report === true && <p>{t('ended.noted.report')}</p>}
        {call.noted.report === 'failed' && <p>{t('ended.noted.report.failed')}</p>}
      </div>
      {(model.devices.video.value || model.devices.audio.value) && <Preview model={model} />}
      {reporting.value && <ReportDialog model={model} onClose={() => (reporting.value = false)} />}
    </main>
  );
}
