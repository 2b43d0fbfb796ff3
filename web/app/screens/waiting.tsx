import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { spoken, t } from '../../locales/index.ts';
import { Bell, Close, People } from '../icons.tsx';
import type { Model } from '../model.ts';
import { Heading, InstantCheck, PassingButton, roomName } from '../parts.tsx';
import { company, stillLikely } from '../rooms.ts';
import { HandOn } from './link.tsx';
import { Preview } from './ready.tsx';
import { Safety } from './safety.tsx';

const kElsewhereMax = 4;

export function Waiting({ model }: { model: Model }) {
  const { call, server } = model.view.value;
  const isRoom = call.kind === 'room';
  return (
    <main class="page narrow waiting" data-testid="screen-waiting">
      <Seeking />
      <div class="center">
        <Heading key={call.room ?? ''}>{t(isRoom ? 'waiting.title.room' : 'waiting.title.private')}</Heading>
        {isRoom && <p class="lead">{t('waiting.room', { room: roomName(model, call.room) })}</p>}
        <Unmet model={model} />
        <div role="status">
          {server === 'open' && model.unmet.value !== 'reloaded' && (
            <p data-testid="waiting-ahead" data-ahead={call.ahead ?? undefined}>
              {isRoom ? call.ahead !== null && place(call.ahead, stillLikely(call.estimate, model.searchedFor)) : t('waiting.private')}
            </p>
          )}
        </div>
        {/* Not read out: that the server is away the note says already (trouble.tsx). */}
        {server !== 'open' && <p data-testid="waiting-offline">{t('waiting.offline')}</p>}
      </div>
      <Preview model={model} />
      <button type="button" class="large" data-testid="waiting-cancel" onClick={() => model.stopWaiting()}>
        <Close />
        {t('waiting.cancel')}
      </button>
      {isRoom ? (
        <Company model={model} />
      ) : (
        <section class="panel">
          {model.link.value && <HandOn link={model.link.value} />}
          <Tell model={model} about="waiting.tell.private" />
        </section>
      )}
      {call.phase === 'seeking' && model.hasMet && (
        <Safety model={model} question="waiting.safety" onReport={() => model.reportLast()} />
      )}
    </main>
  );
}

/**
 * Put in once the screen is there: what a region holds from its first moment on is not read out. In one of its own: a region is read out
 * as a whole, and the place in the line changes again and again.
 */
function Unmet({ model }: { model: Model }) {
  const isThere = useSignal(false);
  useEffect(() => void (isThere.value = true), []);
  const said = model.unmet.value;
  return <div role="status">{isThere.value && said && <p data-testid="waiting-unmet">{t(`waiting.${said}`)}</p>}</div>;
}

/** Two people who look for each other: one is here, the other on the way. */
function Seeking(): JSX.Element {
  return (
    <svg class="seeking" viewBox="0 0 160 80" aria-hidden="true" focusable="false">
      <circle class="seeking-wave" cx="56" cy="40" r="22" />
      <circle class="seeking-wave late" cx="56" cy="40" r="22" />
      <circle class="seeking-here" cx="56" cy="40" r="22" />
      <circle class="seeking-there" cx="104" cy="40" r="22" />
    </svg>
  );
}

function place(ahead: number, estimate: number | null): string {
  const words = ahead > 0 ? t('waiting.ahead', { n: ahead }) : t('waiting.first');
  return estimate === null ? words : `${words} ${t('waiting.estimate', { n: estimate })}`;
}

function Company({ model }: { model: Model }) {
  const { call, rooms } = model.view.value;
  const lately = rooms.find((room) => room.tag === call.room)?.lately ?? 0;
  const elsewhere = company(rooms, call.room, kElsewhereMax);
  // This person is one of them.
  const others = lately - 1;
  return (
    <section class="panel company" aria-labelledby="company-heading">
      <h2 id="company-heading">{t('waiting.company')}</h2>
      <p data-testid="waiting-lately" data-lately={lately} class="with-icon">
        <People />
        <span>{others > 0 ? t('waiting.lately', { n: others }) : t('waiting.lately.alone')}</span>
      </p>
      <Tell model={model} about="waiting.tell" />
      <InstantCheck model={model} />
      {elsewhere.length > 0 && (
        <div class="elsewhere">
          <p>{t('waiting.elsewhere')}</p>
          <ul class="row">
            {elsewhere.map(({ tag, name, dir, waiting }) => (
              <li key={tag}>
                {/* Its name begins with the room's as it is seen, in that one's own language; the number comes in the sentence. */}
                <button type="button" data-testid={`switch-${tag}`} onClick={() => model.switchRoom(tag)}>
                  <span lang={tag} dir={dir}>
                    {name}
                  </span>
                  <span class="count" aria-hidden="true">
                    {waiting.toLocaleString(spoken().tag)}
                  </span>
                  <span class="hidden">{t('waiting.switch', { n: waiting })}</span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

function Tell({ model, about }: { model: Model; about: 'waiting.tell' | 'waiting.tell.private' }) {
  const { alerts } = model;
  const state = alerts.notices;
  useEffect(() => alerts.lookAgain(), []);
  if (state === 'off') {
    return (
      <PassingButton data-testid="tell-me" onClick={() => void alerts.setNotices(true)}>
        <Bell />
        {t(about)}
      </PassingButton>
    );
  }
  const words = { on: `${about}.on`, denied: 'waiting.tell.denied', none: 'waiting.tell.none' } as const;
  return (
    <p class="with-icon small" role="status" data-testid="tell-state" data-tell={state}>
      <Bell />
      <span>{t(words[state])}</span>
    </p>
  );
}
