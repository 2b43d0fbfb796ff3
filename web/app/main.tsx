import { effect } from '@preact/signals';
import { render } from 'preact';
import { findObstacle, type Obstacle } from '../browser/obstacle.ts';
import { spoken, t } from '../locales/index.ts';
import { loadGuide } from '../locales/languages.ts';
import { offerDebugObject, showStateOnDocument } from './debug.ts';
import { Footer, Header, LanguageMenu } from './frame.tsx';
import { Mark } from './icons.tsx';
import { speakTheirLanguage } from './language.ts';
import { later } from './later.tsx';
import { Model } from './model.ts';
import { Heading } from './parts.tsx';
import { loadPeer } from './peer.ts';
import { isPage, secureAddress, spotOf } from './places.ts';
import { Home } from './screens/home.tsx';
import { themeOf } from './settings.ts';
import { SheetOver } from './sheets/sheet.tsx';
import { ServerNote, Trouble } from './trouble.tsx';

/** With what a call needs: who can look for somebody has it. */
const callScreens = async () => (await Promise.all([import('./screens/meeting.tsx'), loadPeer()]))[0];
const Meeting = later(async () => (await callScreens()).Meeting);
const Ready = later(async () => (await callScreens()).Ready);
const PrivateLink = later(async () => (await import('./screens/meeting.tsx')).PrivateLink);
const Guide = later(async () => (await Promise.all([import('./guide/guide.tsx'), loadGuide()]))[0].Guide);

function Screen({ model }: { model: Model }) {
  const screen = model.screen.value;
  const page = model.openPage.value;
  if (page) return <Guide key={page} page={page} model={model} />;
  switch (screen) {
    case 'home':
      return <Home model={model} />;
    case 'private':
      return <PrivateLink model={model} />;
    case 'ready':
      return <Ready model={model} />;
    default:
      return <Meeting model={model} />;
  }
}

function Whole({ model }: { model: Model }) {
  const inCall = model.inCall.value;
  return (
    <>
      {!inCall && <Header model={model} />}
      {!inCall && <ServerNote model={model} />}
      <Trouble model={model} />
      <Screen model={model} />
      {!inCall && <Footer model={model} />}
      <SheetOver model={model} />
    </>
  );
}

/** Where no call is possible the pages that explain still are. */
function NotHere({ why }: { why: Obstacle }) {
  const { at } = spotOf(location.pathname);
  return (
    <>
      <header class="top">
        <a class="wordmark" href="/" data-testid="wordmark" aria-label={t('menu.start')}>
          <Mark />
          <span>{t('app.name')}</span>
        </a>
        <LanguageMenu />
      </header>
      <Trouble model={null} />
      {isPage(at) ? <Guide page={at} model={null} /> : <Unable why={why} />}
    </>
  );
}

function Unable({ why }: { why: Obstacle }) {
  const secure = secureAddress(location);
  return (
    <main class="page narrow" data-testid="screen-unable">
      <Heading>{t('unable.title')}</Heading>
      <p data-testid="unable-why" data-code={why}>
        {t(`unable.${why}`)}
      </p>
      <div class="row">
        {why === 'insecure' && secure !== null && (
          <a class="button main" href={secure} data-testid="unable-secure">
            {t('unable.secure')}
          </a>
        )}
        <a class="button" href={`/trouble#${why === 'insecure' ? 'insecure' : 'webrtc'}`} data-testid="unable-help">
          {t('notice.help')}
        </a>
      </div>
    </main>
  );
}

function followSettings(): void {
  const root = document.documentElement;
  effect(() => {
    const { tag, dir } = spoken();
    root.lang = tag;
    root.dir = dir;
  });
  effect(() => {
    const theme = themeOf();
    if (theme === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = theme;
  });
}

/** What a call needs, once the first screen is drawn. */
function fetchAhead(): void {
  const fetch = (): void => void Promise.all([Ready.fetch(), Meeting.fetch(), PrivateLink.fetch()]);
  // Safari has no idle callback.
  if (typeof requestIdleCallback === 'function') requestIdleCallback(fetch, { timeout: 2_000 });
  else setTimeout(fetch, 500);
}

async function main(): Promise<void> {
  const place = document.getElementById('app')!;
  followSettings();
  await speakTheirLanguage();
  const obstacle = findObstacle();
  if (obstacle) {
    document.documentElement.dataset['state'] = 'unable';
    render(<NotHere why={obstacle} />, place);
    return;
  }
  const model = new Model();
  offerDebugObject(model);
  model.run();
  showStateOnDocument(model);
  render(<Whole model={model} />, place);
  fetchAhead();
}

void main();
