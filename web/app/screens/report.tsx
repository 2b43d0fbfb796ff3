import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { kCategories, kNoteLettersMax, type Category } from '../../core/protocol.ts';
import { t } from '../../locales/index.ts';
import type { Model } from '../model.ts';

export function ReportDialog({ model, onClose }: { model: Model; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const category = useSignal<Category | null>(null);
  const note = useSignal('');
  useEffect(() => dialog.current?.showModal(), []);
  const send = (event: Event) => {
    event.preventDefault();
    if (!category.value) return;
    model.report(category.value, note.value);
    onClose();
  };
  return (
    <dialog ref={dialog} data-testid="report-dialog" aria-labelledby="report-heading" onClose={onClose}>
      <form onSubmit={send}>
        <h2 id="report-heading">{t('report.title')}</h2>
        {model.screen.value !== 'ended' && <p>{t('report.text')}</p>}
        <fieldset>
          <legend>{t('report.category')}</legend>
          {kCategories.map((name) => (
            <label class="check" key={name}>
              <input
                type="radio"
                name="category"
                required
                data-testid={`report-${name}`}
                checked={category.value === name}
                onChange={() => (category.value = name)}
              />
              <span>{t(`report.${name}`)}</span>
            </label>
          ))}
        </fieldset>
        <label class="field">
          <span>{t('report.note')}</span>
          <textarea
            data-testid="report-note"
            rows={3}
            maxLength={kNoteLettersMax}
            dir="auto"
            value={note.value}
            onInput={(event) => (note.value = event.currentTarget.value)}
          />
        </label>
        <div class="row">
          <button type="submit" class="danger" data-testid="report-send">
            {t('report.send')}
          </button>
          <button type="button" class="quiet" data-testid="report-cancel" onClick={onClose}>
            {t('report.cancel')}
          </button>
        </div>
      </form>
    </dialog>
  );
}
