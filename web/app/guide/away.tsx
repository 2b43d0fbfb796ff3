import { t } from '../../locales/index.ts';
import { Back } from '../icons.tsx';
import type { Model } from '../model.ts';

/** From a page that explains, back to where the person was; a search goes on meanwhile. */
export function Away({ model }: { model: Model | null }) {
  if (!model) {
    return (
      <div class="away">
        <a class="button quiet" href="/" data-testid="guide-back">
          <Back />
          {t('back')}
        </a>
      </div>
    );
  }
  const isWaiting = model.screen.value === 'waiting';
  return (
    <div class={isWaiting ? 'away still' : 'away'}>
      {isWaiting && <span role="status">{t('app.elsewhere.waiting')}</span>}
      <button type="button" class={isWaiting ? '' : 'quiet'} data-testid="guide-back" onClick={() => model.closeGuide()}>
        <Back />
        {t(isWaiting ? 'app.elsewhere.back' : 'back')}
      </button>
    </div>
  );
}
