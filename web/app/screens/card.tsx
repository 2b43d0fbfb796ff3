import { t } from '../../locales/index.ts';
import type { Model } from '../model.ts';
import { Heading, roomName } from '../parts.tsx';
import { Preview } from './ready.tsx';

export function Card({ model }: { model: Model }) {
  const { call } = model.view.value;
  const left = Math.max(0, Math.ceil(((call.answerBy ?? 0) - model.now.value) / 1_000));
  const accepted = call.phase === 'accepting';
  return (
    <main class="page" data-testid="screen-card">
      <section class="card">
        <Heading>{t('card.title')}</Heading>
        {call.kind === 'room' && <p data-testid="card-language">{t('card.language', { room: roomName(model, call.room) })}</p>}
        <p data-testid="card-media" data-media={call.partner?.media}>
          {t(call.partner?.media === 'video' ? 'card.video' : 'card.sound')}
        </p>
        {call.partner && call.partner.topics.length > 0 && <p>{t('card.topics', { topics: call.partner.topics.join(', ') })}</p>}
        <p class="small">{t('card.privacy')}</p>
        {accepted ? (
          <p role="status" data-testid="card-waiting">
            {t('card.waiting')}
          </p>
        ) : (
          <div class="row">
            <button type="button" class="main" data-testid="accept" onClick={() => model.client.act('accept')}>
              {t('card.accept')}
            </button>
            <button type="button" data-testid="decline" onClick={() => model.client.act('decline')}>
              {t('card.decline')}
            </button>
          </div>
        )}
        <p class="small" data-testid="card-time">
          {t('card.time', { n: left })}
        </p>
      </section>
      <Preview model={model} />
    </main>
  );
}
