import { render } from 'preact';
import { findObstacle, type Obstacle } from '../browser/obstacle.ts';
import { t } from '../locales/index.ts';
import { offerDebugObject, showStateOnDocument } from './debug.ts';
import { Model } from './model.ts';
import { Heading } from './parts.tsx';
import { CallScreen } from './screens/call.tsx';
import { Card } from './screens/card.tsx';
import { Ended } from './screens/ended.tsx';
import { Home } from './screens/home.tsx';
import { PrivateLink } from './screens/private.tsx';
import { Ready } from './screens/ready.tsx';
import { Waiting } from './screens/waiting.tsx';
import { ServerNote, Trouble } from './trouble.tsx';

function Screen({ model }: { model: Model }) {
  const screen = model.screen.value;
  // A private call goes through "accepting" by itself: to the person it is still waiting.
  if (screen === 'accepting' && model.view.value.call.kind === 'private') return <Waiting model={model} />;
  switch (screen) {
    case 'home':
      return <Home model={model} />;
    case 'private':
      return <PrivateLink model={model} />;
    case 'ready':
      return <Ready model={model} />;
    case 'waiting':
      return <Waiting model={model} />;
    case 'card':
    case 'accepting':
      return <Card model={model} />;
    case 'connecting':
    case 'connected':
      return <CallScreen model={model} key={model.view.value.call.call ?? ''} />;
    case 'ended':
      return <Ended model={model} />;
  }
}

function Page({ model }: { model: Model }) {
  return (
    <>
      <ServerNote model={model} />
      <Trouble model={model} />
      <Screen model={model} />
    </>
  );
}

function NotHere({ why }: { why: Obstacle }) {
  return (
    <main class="page" data-testid="screen-unable">
      <Heading>{t('unable.title')}</Heading>
      <p data-testid="unable-why" data-code={why}>
        {t(`unable.${why}`)}
      </p>
    </main>
  );
}

const place = document.getElementById('app')!;
const obstacle = findObstacle();
if (obstacle) {
  document.documentElement.dataset['state'] = 'unable';
  render(<NotHere why={obstacle} />, place);
} else {
  const model = new Model();
  offerDebugObject(model);
  model.run();
  showStateOnDocument(model);
  render(<Page model={model} />, place);
}
