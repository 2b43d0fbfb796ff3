import { t } from '../../locales/index.ts';
import { Dialog } from '../dialog.tsx';
import { Leave } from '../icons.tsx';
import type { Model } from '../model.ts';

/** "Back" was pressed in a call, or a link pasted. With the page itself, since the server may be away just then. */
export function LeaveSheet({ model, then }: { model: Model; then: () => void }) {
  const close = (): void => void (model.sheet.value = null);
  const leave = (): void => {
    close();
    then();
  };
  return (
    <Dialog
      testid="leave-dialog"
      title={t('leave.title')}
      onClose={close}
      actions={
        <>
          <button type="button" data-testid="leave-no" onClick={close}>
            {t('leave.no')}
          </button>
          <button type="button" class="danger" data-testid="leave-yes" onClick={leave}>
            <Leave />
            {t('leave.yes')}
          </button>
        </>
      }
    >
      <p>{t('leave.text')}</p>
    </Dialog>
  );
}
