import { useSignal } from '@preact/signals';
import { kCategories, kNoteLettersMax, type Category } from '../../core/protocol.ts';
import { t, type Key } from '../../locales/index.ts';
import { Dialog } from '../dialog.tsx';
import type { Model } from '../model.ts';
import { direction } from '../words.ts';

/** About the person who is here, or the last one: it stays when they go. */
export function ReportSheet({ model }: { model: Model }) {
  const kind = model.sheet.value?.kind;
  if (kind === 'report_last') return <ReportDialog model={model} text="report.waiting" onClose={() => model.closeReport()} key={kind} />;
  if (kind !== 'report') return null;
  const close = (): void => void (model.sheet.value = null);
  return <ReportDialog model={model} {...(model.inCall.value ? { text: 'report.text' } : {})} onClose={close} key={kind} />;
}

function ReportDialog({ model, text, onClose }: { model: Model; text?: Key; onClose: () => void }) {
  const category = useSignal<Category | null>(null);
  const note = useSignal('');
  const isMissing = useSignal(false);
  const send = (event: Event): void => {
    event.preventDefault();
    if (!category.value) {
      // In the page's own words: the browser would say it in its own language, if at all.
      isMissing.value = true;
      (event.currentTarget as HTMLElement).querySelector('input')!.focus();
      return;
    }
    model.report(category.value, note.value);
    onClose();
  };
  return (
    <Dialog
      testid="report-dialog"
      title={t('report.title')}
      onClose={onClose}
      actions={
        <>
          <button type="button" class="quiet" data-testid="report-cancel" onClick={onClose}>
            {t('report.cancel')}
          </button>
          <button type="submit" form="report-form" class="danger" data-testid="report-send">
            {t('report.send')}
          </button>
        </>
      }
    >
      <form id="report-form" noValidate onSubmit={send}>
        {text && <p>{t(text)}</p>}
        <div>
          <fieldset>
            <legend>{t('report.category')}</legend>
            <p role="alert" class="missing" data-testid="report-missing">
              {isMissing.value && category.value === null && t('report.missing')}
            </p>
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
          <div role="status">
            {category.value !== null && ['minor', 'violence', 'harassment'].includes(category.value) && (
              <p class="urgent" data-testid="report-urgent">
                {t('report.urgent')}
              </p>
            )}
          </div>
        </div>
        <label class="field">
          <span>{t('report.note')}</span>
          <textarea
            data-testid="report-note"
            rows={3}
            maxLength={kNoteLettersMax}
            dir={direction(note.value)}
            value={note.value}
            onInput={(event) => (note.value = event.currentTarget.value)}
          />
        </label>
        <p class="small">{t('report.sent')}</p>
      </form>
    </Dialog>
  );
}
