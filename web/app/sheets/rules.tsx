import { g } from '../../locales/index.ts';
import { Dialog } from '../dialog.tsx';
import { around, Contact } from '../frame.tsx';
import { Block, Hand, Heart, Leave, Person, type Icon } from '../icons.tsx';
import type { Model } from '../model.ts';

const kAge = 18;

const kRules: readonly ['adult' | 'kind' | 'own' | 'record' | 'leave', Icon][] = [
  ['adult', Person],
  ['kind', Heart],
  ['own', Hand],
  ['record', Block],
  ['leave', Leave],
];

/** Shown before the first room, and again when the operator's rules have changed. */
export function RulesSheet({ model, then }: { model: Model; then: () => void }) {
  const { features } = model.view.value;
  const close = (): void => void (model.sheet.value = null);
  const agree = (): void => {
    close();
    then();
  };
  return (
    <Dialog
      testid="rules-dialog"
      title={g('rules.title')}
      onClose={close}
      isText
      actions={
        <>
          <button type="button" class="quiet" data-testid="rules-refuse" onClick={close}>
            {g('rules.refuse')}
          </button>
          <button type="button" class="main" data-testid="rules-agree" onClick={agree}>
            {g('rules.agree', { age: kAge })}
          </button>
        </>
      }
    >
      <p>{g('rules.lead')}</p>
      <ul class="points">
        {kRules.map(([name, Sign]) => (
          <li key={name}>
            <Sign />
            <span>
              <strong>{g(`rules.${name}.title`, { age: kAge })}</strong>
              <br />
              {g(`rules.${name}`)}
            </span>
          </li>
        ))}
      </ul>
      {features?.rules && (
        <section>
          <h3>{g('rules.operator')}</h3>
          <p class="operator-rules" dir="auto" data-testid="rules-operator">
            {features.rules}
          </p>
        </section>
      )}
      {features?.contact && <p class="small">{around(g('rules.contact'), 'contact', <Contact contact={features.contact} />)}</p>}
    </Dialog>
  );
}
