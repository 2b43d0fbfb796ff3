// "How this call was made", over the call, which goes on behind it. Its content is that of the pages that explain, and comes with them.

import { t } from '../../locales/index.ts';
import { loadGuide } from '../../locales/languages.ts';
import { Dialog } from '../dialog.tsx';
import { later } from '../later.tsx';
import type { Model } from '../model.ts';

const LiveStory = later(async () => (await Promise.all([import('../guide/guide.tsx'), loadGuide()]))[0].LiveStory);

export function MadeDialog({ model, onClose }: { model: Model; onClose: () => void }) {
  return (
    <Dialog testid="made-dialog" title={t('call.made')} onClose={onClose}>
      <LiveStory model={model} />
    </Dialog>
  );
}
