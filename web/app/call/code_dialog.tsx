// The safety code, to be compared by two people: in the forms they can say, read or show to each other.

import type { Code } from '../../core/safety_code.ts';
import { kPictures } from '../../core/code_pictures.ts';
import { t } from '../../locales/index.ts';
import { Dialog } from '../dialog.tsx';
import { Check, Leave, Warning } from '../icons.tsx';
import type { Model } from '../model.ts';
import type { CallUi } from './call_ui.ts';
import { codeStanding, type Verdict } from './code_standing.ts';

export function CodeDialog({ model, ui, onClose }: { model: Model; ui: CallUi; onClose: () => void }) {
  const { code, why } = model.view.value.code;
  const standing = codeStanding(model.view.value.code, ui.verdict.value);
  return (
    <Dialog testid="code-dialog" title={t('code.title')} isText onClose={onClose} actions={<Actions model={model} ui={ui} onClose={onClose} />}>
      <div class="code-words" role="status" data-testid="code-standing" data-standing={standing}>
        {standing === 'making' && <p>{t('code.making')}</p>}
        {standing === 'unverified' && <p>{t(why === 'unseen' ? 'code.unseen' : 'code.silent')}</p>}
        {standing === 'same' && (
          <p class="code-good">
            <Check />
            {t('code.same.text')}
          </p>
        )}
        {(standing === 'differs' || standing === 'refused') && <Alarm standing={standing} />}
        {standing === 'open' && <p>{t('code.how')}</p>}
        {code && <p class="small">{t('code.limit')}</p>}
      </div>
      {code && <Forms code={code} />}
    </Dialog>
  );
}

/** What is said where a code differs, or the other end did not keep to the protocol: in the dialog and over the picture. */
export function Alarm({ standing }: { standing: 'differs' | 'refused' }) {
  return (
    <div class="code-alarm">
      <p>
        <Warning />
        <strong>{t('code.alarm')}</strong>
      </p>
      <p>{t(`code.${standing}.text`)}</p>
    </div>
  );
}

function Actions({ model, ui, onClose }: { model: Model; ui: CallUi; onClose: () => void }) {
  const standing = codeStanding(model.view.value.code, ui.verdict.value);
  const find = (verdict: Verdict | null, { currentTarget }: { currentTarget: HTMLElement }): void => {
    // The button goes away with the focus, which would leave the dialog.
    currentTarget.closest('dialog')!.querySelector<HTMLElement>('h2')!.focus();
    ui.verdict.value = verdict;
  };
  const leave = (
    <button type="button" class="danger" data-testid="code-leave" onClick={() => model.client.act('leave')}>
      <Leave />
      {t('leave.yes')}
    </button>
  );
  if (standing === 'open') {
    return (
      <>
        <button type="button" data-testid="code-differs" onClick={(event) => find('differs', event)}>
          {t('code.differs')}
        </button>
        <button type="button" class="main" data-testid="code-same" onClick={(event) => find('same', event)}>
          {t('code.same')}
        </button>
      </>
    );
  }
  return (
    <>
      {(standing === 'same' || standing === 'differs') && (
        <button type="button" data-testid="code-again" onClick={(event) => find(null, event)}>
          {t('code.again')}
        </button>
      )}
      {standing === 'differs' || standing === 'refused' ? (
        leave
      ) : (
        <button type="button" class="main" data-testid="code-done" onClick={onClose}>
          {t('close')}
        </button>
      )}
    </>
  );
}

function Forms({ code }: { code: Code }) {
  return (
    <dl class="code-forms">
      <dt>{t('code.pictures')}</dt>
      <dd>
        <ol class="code-pictures" data-testid="code-pictures">
          {code.pictures.map((number, at) => {
            const [name, sign] = kPictures[number]!;
            return (
              <li key={at}>
                <span class="code-sign" aria-hidden="true">
                  {sign}
                </span>
                {t(`picture.${name}`)}
              </li>
            );
          })}
        </ol>
      </dd>
      <dt>{t('code.digits')}</dt>
      <dd>
        {/* Read to somebody whose page may be in another language: the same signs, in the same order, everywhere. */}
        <bdo dir="ltr" class="code-digits" data-testid="code-digits">
          {code.digits.slice(0, 4)} {code.digits.slice(4)}
        </bdo>
      </dd>
      <dt>{t('code.fingers')}</dt>
      <dd>
        <p class="small">{t('code.fingers.text')}</p>
        <ol class="code-fingers" data-testid="code-fingers">
          {code.fingers.map((count, at) => (
            <li key={at}>
              <Hands count={count} />
              {count}
            </li>
          ))}
        </ol>
      </dd>
    </dl>
  );
}

/** As many strokes as fingers: five of one hand, and the others beside them. */
function Hands({ count }: { count: number }) {
  const strokes = Array.from({ length: count }, (_, at) => `M${2 + at * 4 + (at > 4 ? 5 : 0)} 3v14`);
  return (
    <svg class="code-hands" viewBox="0 0 39 20" aria-hidden="true" focusable="false">
      <path d={strokes.join('')} />
    </svg>
  );
}
