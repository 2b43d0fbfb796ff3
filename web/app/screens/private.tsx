import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import type { Model } from '../model.ts';
import { Heading } from '../parts.tsx';

export function PrivateLink({ model }: { model: Model }) {
  const copied = useSignal(false);
  const field = useRef<HTMLInputElement>(null);
  const copy = async () => {
    const input = field.current!;
    input.select();
    try {
      await navigator.clipboard.writeText(input.value);
      copied.value = true;
    } catch {
      // Without the permission the link stays selected for the person to copy.
      copied.value = document.execCommand('copy');
    }
  };
  return (
    <main class="page" data-testid="screen-private">
      <Heading>{t('private.title')}</Heading>
      <p>{t('private.text')}</p>
      <label class="field">
        <span>{t('private.link')}</span>
        <input
          ref={field}
          type="text"
          readOnly
          dir="ltr"
          data-testid="private-link"
          value={model.link.value ?? ''}
          onFocus={(event) => event.currentTarget.select()}
        />
      </label>
      <div class="row">
        <button type="button" data-testid="private-copy" onClick={() => void copy()}>
          {t('private.copy')}
        </button>
        <button type="button" class="main" data-testid="private-open" onClick={() => model.openLink()}>
          {t('private.open')}
        </button>
        <button type="button" class="quiet" data-testid="back" onClick={() => model.backHome()}>
          {t('back')}
        </button>
        <span role="status" data-testid="private-copied">
          {copied.value && t('private.copied')}
        </span>
      </div>
    </main>
  );
}
