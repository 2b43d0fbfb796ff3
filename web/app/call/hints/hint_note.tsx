// One sentence about what is wrong with a call, until it is read, closed or over.

import { useEffect, useMemo } from 'preact/hooks';
import { t } from '../../../locales/index.ts';
import { Warning } from '../../icons.tsx';
import type { Model } from '../../model.ts';
import { Passing } from '../../parts.tsx';
import type { CallUi } from '../call_ui.ts';
import { codeStanding, isAlarm } from '../code_standing.ts';
import { Sensors } from './sensors.ts';

const ownVideo = (): HTMLVideoElement | null => document.querySelector('[data-testid="own-video"]');

export function HintNote({ model, ui }: { model: Model; ui: CallUi }) {
  const sensors = useMemo(() => new Sensors(model, ownVideo, () => ui.mustPlay.value), []);
  useEffect(() => sensors.follow(), []);
  const hint = sensors.hint.value;
  // What is graver than any of these has a sentence of its own already.
  const { call, code } = model.view.value;
  const isWarned = call.shaky || isAlarm(codeStanding(code, ui.verdict.value));
  const isFree = !isWarned && model.devices.trouble.value === null && ui.refused.value === null;
  return (
    <div role="status" class="hint">
      {hint && isFree && (
        <Passing class="note" data-testid="hint" data-hint={hint}>
          <Warning />
          <p>{t(`call.hint.${hint}`)}</p>
          <div class="row">
            <button type="button" data-testid="hint-close" onClick={() => sensors.close()}>
              {t('notice.close')}
            </button>
          </div>
        </Passing>
      )}
    </div>
  );
}
