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
  const became = (what: 'block' | 'report') => (isOver && noted[what] === 'waiting' ? 'failed' : noted[what]);
  const [block, report] = [became('block'), became('report')];
  const mayBlock = (block === false || block === 'failed') && !isOver;
  const mayReport = (report === false || report === 'failed') && !isOver;
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
            {t(report === 'failed' ? 'ended.report.again' : 'call.report')}
          </PassingButton>
        )}
      </div>
      <div role="status" data-testid="noted">
        {block === true && <p>{t('ended.noted.block')}</p>}
        {block === 'waiting' && <p data-block="waiting">{t('ended.noted.block.waiting')}</p>}
        {block === 'failed' && <p data-block="failed">{t('ended.noted.block.lost')}</p>}
        {report === true && <p data-report="kept">{t('ended.noted.report')}</p>}
        {report === 'waiting' && <p data-report="waiting">{t('ended.noted.waiting')}</p>}
        {report === 'failed' && <p data-report="failed">{t(isOver ? 'ended.noted.lost' : 'ended.noted.failed')}</p>}
      </div>
    </section>
  );
}
