// One sentence, and an action where there is one, for what stands in the way.

import { t, type Key } from '../locales/index.ts';
import type { Model } from './model.ts';

export function ServerNote({ model }: { model: Model }) {
  const { server, closedWhy, call } = model.view.value;
  const inCall = call.phase === 'connecting' || call.phase === 'connected';
  return (
    <div class="server-note" role="status">
      {server !== 'open' && <p data-testid="server-note">{t(serverSentence(server, closedWhy, inCall))}</p>}
    </div>
  );
}

function serverSentence(server: 'connecting' | 'lost' | 'closed', why: string | null, inCall: boolean): Key {
  if (server === 'closed') {
    return why === 'version' ? 'server.closed.version' : why === 'elsewhere' ? 'server.closed.elsewhere' : 'server.closed';
  }
  if (server === 'lost') return inCall ? 'server.lost.call' : 'server.lost';
  return 'server.connecting';
}

interface Notice {
  code: string;
  sentence: Key;
  retry?: () => void;
}

export function Trouble({ model }: { model: Model }) {
  const notice = findNotice(model);
  return (
    <div class="trouble" role="alert">
      {notice && (
        <p data-testid="notice" data-code={notice.code}>
          {t(notice.sentence)}{' '}
          {notice.retry && (
            <button type="button" data-testid="notice-retry" onClick={notice.retry}>
              {t('notice.retry')}
            </button>
          )}
        </p>
      )}
    </div>
  );
}

function findNotice(model: Model): Notice | null {
  const { devices } = model;
  const link = model.linkTrouble.value;
  const trouble = devices.trouble.value;
  const place = model.screen.value;
  if (link) return { code: `link_${link}`, sentence: `notice.link.${link}` };
  if (trouble && place !== 'home' && place !== 'private') {
    const notice = { code: trouble, sentence: `notice.${trouble}` as const };
    return place === 'ready' ? { ...notice, retry: () => void devices.choose(devices.choice.value) } : notice;
  }
  if (model.view.value.call.someoneTried && (place === 'waiting' || place === 'accepting')) {
    return { code: 'someone_tried', sentence: 'waiting.tried' };
  }
  if (model.view.value.slowDown !== null && place === 'waiting') return { code: 'slow_down', sentence: 'notice.slow_down' };
  return null;
}
