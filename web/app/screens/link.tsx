// The private link and the ways to hand it on.

import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { Check, Copy, Qr, Share } from '../icons.tsx';
import { later } from '../later.tsx';

const Code = later(async () => (await import('./qr.tsx')).Code);

const kNoFailures = ['AbortError', 'InvalidStateError'];

export function HandOn({ link }: { link: string }) {
  const copied = useSignal<'no' | 'yes' | 'failed'>('no');
  const isCode = useSignal(false);
  const field = useRef<HTMLInputElement>(null);
  const copy = async (): Promise<void> => {
    const input = field.current!;
    try {
      await navigator.clipboard.writeText(input.value);
      copied.value = 'yes';
    } catch {
      // Without the permission the link stays selected for the person to copy.
      input.focus();
      input.select();
      copied.value = document.execCommand('copy') ? 'yes' : 'failed';
    }
  };
  const share = async (): Promise<void> => {
    try {
      await navigator.share({ title: t('private.share.title'), url: link });
    } catch (error) {
      // Who closes the sheet of their system, or presses again while it is open, has not failed. Where there is no sheet the link can be copied.
      if (!(error instanceof DOMException && kNoFailures.includes(error.name))) await copy();
    }
  };
  return (
    <div class="hand-on">
      <label class="field">
        <span>{t('private.link')}</span>
        <input
          ref={field}
          type="text"
          readOnly
          dir="ltr"
          data-testid="private-link"
          value={link}
          onFocus={(event) => event.currentTarget.select()}
        />
      </label>
      <div class="row">
        <button type="button" class="main" data-testid="private-copy" onClick={() => void copy()}>
          {copied.value === 'yes' ? <Check /> : <Copy />}
          {t('private.copy')}
        </button>
        {typeof navigator.share === 'function' && (
          <button type="button" data-testid="private-share" onClick={() => void share()}>
            <Share />
            {t('private.share')}
          </button>
        )}
        <button type="button" data-testid="private-qr" aria-expanded={isCode.value} onClick={() => (isCode.value = !isCode.value)}>
          <Qr />
          {t(isCode.value ? 'private.qr.hide' : 'private.qr')}
        </button>
      </div>
      <p role="status" class="said" data-testid="private-copied">
        {copied.value === 'yes' && t('private.copied')}
        {copied.value === 'failed' && t('private.copy.failed')}
      </p>
      {isCode.value && <Code text={link} />}
    </div>
  );
}
