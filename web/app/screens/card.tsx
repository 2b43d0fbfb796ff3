import { useRef } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { Camera, CameraOff, Chat, Check as Tick, Globe, Lock } from '../icons.tsx';
import type { Model } from '../model.ts';
import { Check, Heading, roomName } from '../parts.tsx';
import { listed } from '../words.ts';
import { Preview } from './ready.tsx';

export function Card({ model }: { model: Model }) {
  const { call } = model.view.value;
  const accepted = call.phase === 'accepting';
  const isVideo = call.partner?.media === 'video';
  const topics = call.partner?.topics ?? [];
  const isHidden = model.hideAddress.value || model.hideRequired.value;
  return (
    <main class="page narrow" data-testid="screen-card">
      <section class="panel card">
        <svg class="meeting" viewBox="0 0 160 80" aria-hidden="true" focusable="false">
          <circle class="meeting-glow" cx="104" cy="40" r="28" />
          <circle class="meeting-here" cx="62" cy="40" r="22" />
          <circle class="meeting-there" cx="98" cy="40" r="22" />
        </svg>
        {/* Anew with the phase: the button that was pressed is gone, and the focus with it. */}
        <Heading key={call.phase}>{t('card.title')}</Heading>
        <ul class="points">
          {call.kind === 'room' && (
            <li>
              <Globe />
              <span data-testid="card-language">{t('card.language', { room: roomName(model, call.room) })}</span>
            </li>
          )}
          <li>
            {isVideo ? <Camera /> : <CameraOff />}
            <span data-testid="card-media" data-media={call.partner?.media}>
              {t(isVideo ? 'card.video' : 'card.sound')}
            </span>
          </li>
          {topics.length > 0 && (
            <li>
              <Chat />
              <span data-testid="card-topics">{t('card.topics', { topics: listed(topics) })}</span>
            </li>
          )}
          <li>
            <Lock />
            <span>
              {t('card.privacy')} {!isHidden && <small>{t('card.address')}</small>}
            </span>
          </li>
        </ul>
        <div class="decide">
          {/* In the place of the button, so that a second press on it does not meet the other. */}
          {accepted ? (
            <p class="with-icon yes" role="status" data-testid="card-waiting">
              <Tick />
              <span>{t('card.waiting')}</span>
            </p>
          ) : (
            <button type="button" class="main large" data-testid="accept" onClick={() => model.client.act('accept')}>
              {t('card.accept')}
            </button>
          )}
          <button type="button" class="large" data-testid="decline" onClick={() => model.client.act(accepted ? 'leave' : 'decline')}>
            {t('card.decline')}
          </button>
        </div>
        <TimeLeft model={model} accepted={accepted} />
        {/* Says nothing of this meeting: below its answer, and quieter. */}
        {call.kind === 'room' && (
          <Check testid="card-instant" checked={model.instant.value} label="card.instant" onChange={(on) => model.setInstant(on)} />
        )}
      </section>
      <Preview model={model} />
    </main>
  );
}

/** Shrinks evenly and without alarm; silence is only a "not now". */
function TimeLeft({ model, accepted }: { model: Model; accepted: boolean }) {
  const by = model.view.value.call.answerBy ?? 0;
  const whole = useRef(0);
  const left = Math.max(0, (by - model.now.value) / 1_000);
  whole.current = Math.max(whole.current, left);
  return (
    <div class="time-left">
      <progress max={whole.current || 1} value={left} aria-label={t(accepted ? 'card.answer.theirs' : 'card.answer')} />
      <p class="small" data-testid="card-time">
        {t(accepted ? 'card.time.theirs' : 'card.time', { n: Math.ceil(left) })}
      </p>
    </div>
  );
}
