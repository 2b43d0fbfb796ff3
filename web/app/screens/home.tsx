import { t } from '../../locales/index.ts';
import type { Model } from '../model.ts';
import { Heading } from '../parts.tsx';

export function Home({ model }: { model: Model }) {
  const { features } = model.view.value;
  return (
    <main class="page" data-testid="screen-home">
      <header>
        <Heading>{t('app.name')}</Heading>
        <p class="lead">{t('app.promise')}</p>
      </header>
      {features === null && <p>{t('home.loading')}</p>}
      {features?.rooms && <Rooms model={model} />}
      {features && !features.rooms && <p data-testid="rooms-closed">{t('home.rooms.closed')}</p>}
      {features?.private && (
        <section aria-labelledby="private-heading">
          <h2 id="private-heading">{t('home.private')}</h2>
          <p>{t('home.private.text')}</p>
          <button type="button" data-testid="private-new" onClick={() => model.newLink()}>
            {t('home.private.new')}
          </button>
        </section>
      )}
      {features && !features.private && <p data-testid="private-closed">{t('home.private.closed')}</p>}
    </main>
  );
}

function Rooms({ model }: { model: Model }) {
  return (
    <section aria-labelledby="rooms-heading">
      <h2 id="rooms-heading">{t('home.rooms')}</h2>
      <ul class="rooms">
        {model.view.value.rooms.map(({ tag, name, dir, waiting }) => (
          <li key={tag}>
            <button type="button" class="room" data-testid={`room-${tag}`} data-waiting={waiting} onClick={() => model.pickRoom(tag)}>
              <span class="room-name" lang={tag} dir={dir}>
                {name}
              </span>
              <span class={waiting > 0 ? 'room-count some' : 'room-count'}>
                {waiting > 0 ? t('home.waiting', { n: waiting }) : t('home.nobody')}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
