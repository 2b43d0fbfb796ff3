import { t } from '../../locales/index.ts';
import { Back, Clock, Lock, People, Person } from '../icons.tsx';
import type { Model } from '../model.ts';
import { Heading } from '../parts.tsx';
import { HandOn } from './link.tsx';

export function PrivateLink({ model }: { model: Model }) {
  return (
    <main class="page narrow" data-testid="screen-private">
      <div>
        <Heading>{t('private.title')}</Heading>
        <p class="lead">{t('private.text')}</p>
      </div>
      <section class="panel">
        <HandOn link={model.link.value ?? ''} />
      </section>
      <div class="onward">
        <button type="button" class="quiet" data-testid="back" onClick={() => model.backHome()}>
          <Back />
          {t('back')}
        </button>
        <button type="button" class="main large" data-testid="private-open" onClick={() => model.openLink()}>
          {t('private.open')}
        </button>
      </div>
      <section aria-labelledby="means-heading">
        <h2 id="means-heading">{t('private.means')}</h2>
        <ul class="points">
          <li>
            <Clock />
            <span>{t('private.means.open')}</span>
          </li>
          <li>
            <People />
            <span>{t('private.means.two')}</span>
          </li>
          <li>
            <Lock />
            <span>{t('private.means.key')}</span>
          </li>
          <li>
            <Person />
            <span>{t('private.means.whoever')}</span>
          </li>
        </ul>
      </section>
    </main>
  );
}
