// The story of a call: where its facts come from, its way, the five steps with their facts, the times, and the file to keep it in.

import { writeMade } from '../../../core/made_file.ts';
import { g, spoken } from '../../../locales/index.ts';
import type { Model } from '../../model.ts';
import { kDrawings, kSteps } from '../drawings.tsx';
import { Times } from './charts.tsx';
import { kFacts } from './facts.tsx';
import { routersOf, wayOf } from './shown.ts';
import { sourceOf, type Source } from './source.ts';
import { Way } from './way.tsx';

export const kFileName = 'visavis-call.json';

export function Steps({ source }: { source: Source }) {
  return (
    <ol class="steps">
      {kSteps.map((step, at) => {
        const [Drawing, Facts] = [kDrawings[step], kFacts[step]];
        return (
          <li key={step} class="panel">
            <Drawing label={g(`how.picture.${step}`)} />
            <div>
              <h2>
                <span class="step-number">{(at + 1).toLocaleString(spoken().tag)}</span>
                <span>{g(`how.${step}.title`)}</span>
              </h2>
              <p>{g(`how.${step}`)}</p>
              <div class="step-facts">
                <Facts source={source} />
              </div>
            </div>
          </li>
        );
      })}
    </ol>
  );
}

export function Story({ source }: { source: Source }) {
  return (
    <>
      <p data-testid="made-source" data-source={source.of}>
        {g(`made.source.${source.of}`)}
      </p>
      <Way way={wayOf(source.saved)} routers={routersOf(source.saved)} />
      <Steps source={source} />
      <Times saved={source.saved} />
      {(source.of === 'live' || source.of === 'last') && <Save source={source} />}
    </>
  );
}

/** Of this call, in a call: its dialog holds nothing else. */
export function LiveStory({ model }: { model: Model }) {
  return (
    <div class="guide in-call">
      <Story source={sourceOf(model)} />
    </div>
  );
}

function save(text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = kFileName;
  link.click();
  // The browser has begun to read it, or will in a moment.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function Save({ source }: { source: Source }) {
  return (
    <section class="panel" aria-labelledby="made-save-title">
      <h2 id="made-save-title">{g('made.save.title')}</h2>
      <p>{g('made.save.text')}</p>
      <div class="row">
        <button type="button" class="main" data-testid="made-save" onClick={() => save(writeMade(source.saved))}>
          {g('made.save')}
        </button>
      </div>
    </section>
  );
}
