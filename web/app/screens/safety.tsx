// Block and report when the call is over: after it, and while the next person is looked for.

import { t, type Key } from '../../locales/index.ts';
import { Block, Report } from '../icons.tsx';
import type { Model } from '../model.ts';
import { PassingButton } from '../parts.tsx';

export function Safety({ model, question, onReport }: { model: Model; question: Key; onReport: () => void }) {
  const { call, server } = model.view.value;
  const { noted } = call;
  // Whoever has lost their place with the server can say nothing to it any more, nor of a call it has forgotten.
  const isOver = server === 'closed' || call.about === null;
  const mayBlock = noted.block !== true && !isOver;
  const mayReport = noted.report !== true && !isOver;
  return (
    <section class="safety">
      {(mayBlock || mayReport) && <p class="small">{t(question)}</p>}
      <div class="row">
        {mayBlock && (
          <PassingButton class="quiet" data-testid="block" onClick={() => model.client.act('block')}>
            <Block />
            {t('call.block')}
          </PassingButton>
        )}
        {mayReport && (
          <PassingButton class="quiet" data-testid="report" onClick={onReport}>
            <Report />
            {t(noted.report === 'failed' ? 'ended.report.again' : 'call.report')}
          </PassingButton>
        )}
      </div>
      <div role="status" data-testid="noted">
        {noted.block === true && <p>{t('ended.noted.block')}</p>}
        {noted.block === 'failed' && <p data-block="failed">{t('ended.noted.block.lost')}</p>}
        {noted.report === true && <p data-report="kept">{t('ended.noted.report')}</p>}
        {noted.report === 'failed' && <p data-report="failed">{t(isOver ? 'ended.noted.lost' : 'ended.noted.failed')}</p>}
      </div>
    </section>
  );
}
