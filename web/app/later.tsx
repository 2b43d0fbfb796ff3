// Parts of the page that are fetched when they are first shown.

import { signal } from '@preact/signals';
import type { ComponentType, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { t } from '../locales/index.ts';
import { loadLater } from '../locales/languages.ts';
import { reachServer } from './reach.ts';

export interface Later<P> {
  (props: P): JSX.Element;
  /** Fetches it ahead of time. */
  fetch: () => Promise<void>;
}

export function later<P extends object>(load: () => Promise<ComponentType<P>>): Later<P> {
  const loaded = signal<{ part: ComponentType<P> } | null>(null);
  const failed = signal(false);
  const fetch = async (): Promise<void> => {
    failed.value = false;
    try {
      if (!loaded.value) {
        await reachServer();
        const [part] = await Promise.all([load(), styled(), loadLater()]);
        loaded.value = { part };
      }
    } catch {
      // The server is away, or was updated and no longer has this part.
      failed.value = true;
    }
  };
  const show = (props: P): JSX.Element => {
    useEffect(() => void fetch(), []);
    const Part = loaded.value?.part;
    if (Part) return <Part {...props} />;
    if (failed.value) return <Missing again={() => void fetch()} />;
    return (
      <p class="page small" role="status">
        {t('app.loading')}
      </p>
    );
  };
  return Object.assign(show, { fetch });
}

let styling: Promise<void> | null = null;

/** The sheet of everything but the first screen, which the page names and does not wait for. */
function styled(): Promise<void> {
  styling ??= new Promise((resolve, reject) => {
    const link = document.querySelector<HTMLLinkElement>('link[data-later]')!;
    link.onload = () => resolve();
    link.onerror = () => {
      styling = null;
      link.rel = 'prefetch';
      reject(new Error('no style'));
    };
    link.rel = 'stylesheet';
  });
  return styling;
}

function Missing({ again }: { again: () => void }) {
  return (
    <div class="page narrow" role="alert" data-testid="part-missing">
      <p>{t('app.part')}</p>
      <div class="row">
        <button type="button" data-testid="part-retry" onClick={again}>
          {t('notice.retry')}
        </button>
        <button type="button" data-testid="part-reload" onClick={() => location.reload()}>
          {t('server.reload')}
        </button>
      </div>
    </div>
  );
}
