// One sentence, and an action where there is one, for what stands in the way.

import type { Phase } from '../core/call_state.ts';
import type { ClosedWhy } from '../core/session.ts';
import { t, type Key } from '../locales/index.ts';
import { GuideLink } from './frame.tsx';
import { NoServer, Warning } from './icons.tsx';
import { chooseLanguage, missing } from './language.ts';
import { kTroubleParts } from './media/trouble.ts';
import type { Model } from './model.ts';
import { keepFocus, Passing } from './parts.tsx';
import { isHeldUp } from './screen.ts';
import { duration } from './words.ts';

/** Said after a moment only: most losses are over before a person could read it. In a call it is one of the call's notes. */
export function ServerNote({ model }: { model: Model }) {
  const { server, closedWhy, call } = model.view.value;
  const inCall = model.inCall.value;
  // A path that broke meanwhile is worse, and said with it (call/notes.tsx).
  const isSaid = server !== 'open' && !(inCall && call.shaky);
  return (
    <div class="server-note" role="status">
      {isSaid && (
        <Passing data-testid="server-note" class={`note ${server}`}>
          <NoServer />
          <p>{t(serverSentence(server, closedWhy, call.phase))}</p>
          {!inCall && <ServerWays model={model} />}
        </Passing>
      )}
    </div>
  );
}

function ServerWays({ model }: { model: Model }) {
  const { server } = model.view.value;
  if (server !== 'lost' && server !== 'closed') return null;
  return (
    <div class="row">
      {server === 'lost' && (
        <button type="button" data-testid="server-retry" onClick={() => model.client.check()}>
          {t('notice.retry')}
        </button>
      )}
      {server === 'lost' && !model.openPage.value && (
        <GuideLink model={model} page="trouble" part="server" class="button" testid="server-help">
          {t('notice.help')}
        </GuideLink>
      )}
      {server === 'closed' && (
        <button type="button" data-testid="server-reload" onClick={() => location.reload()}>
          {t('server.reload')}
        </button>
      )}
    </div>
  );
}

function serverSentence(server: 'connecting' | 'lost' | 'closed', why: ClosedWhy | null, phase: Phase): Key {
  // One that is still being set up needs the server.
  const goesOn = phase === 'connected';
  if (server === 'lost') return goesOn ? 'server.lost.call' : 'server.lost';
  if (server === 'connecting') return 'server.connecting';
  if (goesOn) return 'server.lost.call';
  // One that the server has forgotten is replaced by a new one, without a word; this page never stops its own.
  return why === 'elsewhere' ? 'server.closed.elsewhere' : 'server.closed.version';
}

interface Notice {
  code: string;
  sentence: Key;
  values?: Record<string, string>;
  retry?: () => void;
  part?: string;
}

/** Without a model, where no call is possible: only what is wrong with the page itself. */
export function Trouble({ model }: { model: Model | null }) {
  const notice = findNotice(model);
  const retry = (): void => {
    keepFocus();
    notice?.retry?.();
  };
  return (
    <div class="trouble" role="alert">
      {notice && (
        <Passing class="note">
          <Warning />
          <p data-testid="notice" data-code={notice.code}>
            {t(notice.sentence, notice.values)}
          </p>
          {(notice.retry || notice.part) && (
            <div class="row">
              {notice.retry && (
                <button type="button" data-testid="notice-retry" onClick={retry}>
                  {t('notice.retry')}
                </button>
              )}
              {model && notice.part && (
                <GuideLink model={model} page="trouble" part={notice.part} class="button" testid="notice-help">
                  {t('notice.help')}
                </GuideLink>
              )}
            </div>
          )}
        </Passing>
      )}
    </div>
  );
}

function findNotice(model: Model | null): Notice | null {
  const tag = missing.value;
  if (tag) return { code: 'language', sentence: 'app.part', retry: () => void chooseLanguage(tag) };
  if (!model) return null;
  const { devices } = model;
  const link = model.linkTrouble.value;
  const trouble = devices.trouble.value;
  const place = model.screen.value;
  if (model.openPage.value) return null;
  // A broken link that was pasted in a call can wait for its end.
  if (link && !model.inCall.value) return { code: `link_${link}`, sentence: `notice.link.${link}`, part: 'server' };
  // Before and in a call that is said beside the picture, with what can be done (media/device_notice.tsx).
  const isElsewhere = place === 'waiting' || place === 'card' || place === 'accepting' || place === 'ended';
  if (trouble && isElsewhere) return { code: trouble, sentence: `notice.${trouble}`, part: kTroubleParts[trouble] };
  if (model.view.value.call.someoneTried && place === 'waiting') {
    return { code: 'someone_tried', sentence: 'waiting.tried' };
  }
  const { slowDown } = model.view.value;
  if (slowDown !== null && place === 'waiting') {
    const sentence = isHeldUp(model.view.value.call) ? 'notice.slow_down' : 'notice.slow_down.only';
    return { code: 'slow_down', sentence, values: { time: duration(slowDown) } };
  }
  return null;
}
