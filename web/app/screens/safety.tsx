// Block and report when the call is over: after it, and while the next person is looked for.

import { t, type Key } from '../../locales/index.ts';
import { Block, Report } from '../icons.tsx';
import type { Model } from '../model.ts';

export function Safety({ model, question, onReport }: { model: Model; question: Key; onReport: () => void }) {
  const { noted } = model.view.value.call;
  const isReported = noted.report === true;
  return (
    <section class="safety">
      {!(noted.block && isReported) && <p class="small">{t(question)}</p>}
      <div class="row">
        {!noted.block && (
          <button type="button" class="quiet" data-testid="block" onClick={() => model.client.act('block')}>
            <Block />
            {t('call.block')}
          </button>
        )}
        {!isReported && (
          <button type="button" class="quiet" data-testid="report" onClick={onReport}>
            <Report />
            {t(noted.report === 'failed' ? 'ended.report.again' : 'call.report')}
          </button>
        )}
      </div>
      <div role="status" data-testid="noted">
        {noted.block && <p>{t('ended.noted.block')}</p>}
        {isReported && <p data-report="kept">{t('ended.noted.report')}</p>}
        {noted.report === 'failed' && <p data-report="failed">{t('ended.noted.failed')}</p>}
      </div>
    </section>
  );
}
