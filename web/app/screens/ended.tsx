import type { EndReason } from '../../core/call_state.ts';
import { t, type Key } from '../../locales/index.ts';
import { around, Contact, GuideLink } from '../frame.tsx';
import { Again, Clock, Home, Link, Next, Plus } from '../icons.tsx';
import type { Model } from '../model.ts';
import { Heading } from '../parts.tsx';
import { duration, lasted } from '../words.ts';
import { Preview } from './ready.tsx';
import { Safety } from './safety.tsx';

/** Ends that a person can do something about, and the passage that says what. */
const kParts: Partial<Record<EndReason, string>> = {
  failed: 'network',
  lost: 'network',
  no_relay: 'nat',
  key: 'server',
  full: 'server',
};

export function Ended({ model }: { model: Model }) {
  const { call } = model.view.value;
  const reason = call.reason ?? 'you';
  const isBarred = call.until !== null;
  const { accepted, connected, ended } = model.client.timings;
  // Of a search that came to nothing, the last person was met before it.
  const isAfterCall = call.call !== null && accepted !== null;
  const talked = isAfterCall && connected !== null && ended !== null ? (ended - connected) / 1_000 : null;
  const part = kParts[reason];
  const report = (): void => void (model.sheet.value = { kind: 'report' });
  return (
    <main class="page narrow ended" data-testid="screen-ended">
      <div class="center">
        <Heading>{t(titleOf(isBarred, talked !== null))}</Heading>
        <p class="lead" data-testid="ended-why" data-reason={reason}>
          {t(`ended.${reason}`)}
        </p>
        {talked !== null && talked >= 1 && (
          <p class="with-icon small" data-testid="ended-time">
            <Clock />
            <span>{t('ended.time', { time: lasted(talked) })}</span>
          </p>
        )}
        {part && (
          <p>
            <GuideLink model={model} page="trouble" part={part} testid="ended-help">
              {t('ended.why')}
            </GuideLink>
          </p>
        )}
      </div>
      {isBarred && <Barred model={model} until={call.until!} />}
      <Onward model={model} />
      {model.hasMet && <Safety model={model} question={isAfterCall ? 'ended.safety' : 'waiting.safety'} onReport={report} />}
      {(model.devices.video.value || model.devices.audio.value) && <Preview model={model} />}
    </main>
  );
}

function titleOf(isBarred: boolean, talked: boolean): Key {
  if (isBarred) return 'ended.title.wait';
  return talked ? 'ended.title' : 'ended.title.none';
}

function Onward({ model }: { model: Model }) {
  const { call } = model.view.value;
  const isRoom = call.kind === 'room';
  const mustWait = call.until !== null && call.until > model.now.value;
  const isOver = call.reason === 'closed' || call.reason === 'session';
  // Where two are in the call already it will hardly be otherwise at once: who wants to call has a link of their own in a moment.
  const isFull = call.reason === 'full';
  const hasPasted = model.pasted.value !== null;
  const makeLink = (): void => {
    model.backHome();
    model.newLink();
  };
  return (
    <div class="decide">
      {call.reason === 'session' && (
        <button type="button" class="main large" data-testid="ended-reload" onClick={() => location.reload()}>
          <Again />
          {t('server.reload')}
        </button>
      )}
      {hasPasted && (
        <button type="button" class="main large" data-testid="ended-pasted" onClick={() => model.openPasted()}>
          <Link />
          {t('ended.pasted')}
        </button>
      )}
      {isFull && (
        <button type="button" class={hasPasted ? 'large' : 'main large'} data-testid="ended-new" onClick={makeLink}>
          <Plus />
          {t('home.private.new')}
        </button>
      )}
      {!mustWait && !isOver && (
        <button type="button" class={isFull || hasPasted ? 'large' : 'main large'} data-testid={isRoom ? 'ended-next' : 'ended-again'} onClick={() => model.next()}>
          {isRoom ? <Next /> : <Again />}
          {t(isRoom ? 'ended.next.action' : 'ended.again')}
        </button>
      )}
      <button type="button" class="large" data-testid="ended-home" onClick={() => model.backHome()}>
        <Home />
        {t('ended.home')}
      </button>
    </div>
  );
}

/** Several reports, or a ban: how long it lasts, what is open meanwhile, and whom to ask. */
function Barred({ model, until }: { model: Model; until: number }) {
  const { features } = model.view.value;
  const left = (until - model.now.value) / 1_000;
  return (
    <div class="center">
      <p data-testid="ended-until">
        {/* Only its end is news: a screen reader would say every second of it. */}
        {left > 0 && t('ended.until', { time: duration(left) })}
        <span role="status">{left <= 0 && t('ended.until.now')}</span>
      </p>
      {features?.private && <p>{t('ended.until.private')}</p>}
      {features?.contact && <p class="small">{around(t('ended.appeal'), 'contact', <Contact contact={features.contact} />)}</p>}
    </div>
  );
}
