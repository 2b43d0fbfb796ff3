import { t } from '../../locales/index.ts';
import type { Model } from '../model.ts';
import { Heading, InstantCheck } from '../parts.tsx';
import { Preview } from './ready.tsx';

export function Waiting({ model }: { model: Model }) {
  const { call, server } = model.view.value;
  const isRoom = call.kind === 'room';
  return (
    <main class="page" data-testid="screen-waiting">
      <Heading>{t(isRoom ? 'waiting.title.room' : 'waiting.title.private')}</Heading>
      <div role="status">
        {server === 'open' ? (
          <p data-testid="waiting-ahead" data-ahead={call.ahead}>
            {isRoom ? place(call.ahead, call.estimate) : t('waiting.private')}
          </p>
        ) : (
          <p>{t('waiting.offline')}</p>
        )}
      </div>
      {!isRoom && model.link.value && (
        <label class="field">
          <span>{t('private.link')}</span>
          <input type="text" readOnly dir="ltr" data-testid="private-link" value={model.link.value} />
        </label>
      )}
      <Preview model={model} />
      {isRoom && <InstantCheck model={model} />}
      <div class="row">
        <button type="button" data-testid="waiting-cancel" onClick={() => model.stopWaiting()}>
          {t('waiting.cancel')}
        </button>
      </div>
    </main>
  );
}

function place(ahead: number, estimate: number | null): string {
  const words = ahead > 0 ? t('waiting.ahead', { n: ahead }) : t('waiting.first');
  return estimate === null ? words : `${words} (${t('waiting.estimate', { n: Math.max(1, Math.round(estimate)) })})`;
}
