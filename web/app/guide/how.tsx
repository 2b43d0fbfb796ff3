// "How it works": five short steps, and what is not promised.

import { g, spoken } from '../../locales/index.ts';
import { GuideLink } from '../frame.tsx';
import type { Model } from '../model.ts';
import { Heading } from '../parts.tsx';
import { Away } from './away.tsx';
import { kDrawings, type Step } from './drawings.tsx';

const kSteps: readonly Step[] = ['introduce', 'find', 'lock', 'direct', 'relay'];
const kHonest = ['strangers', 'page', 'address', 'server', 'record'] as const;

export function How({ model }: { model: Model | null }) {
  return (
    <main class="page guide" data-testid="screen-how">
      <Away model={model} />
      <div>
        <Heading>{g('how.title')}</Heading>
        <p class="lead">{g('how.lead')}</p>
      </div>
      <ol class="steps">
        {kSteps.map((step, at) => {
          const Drawing = kDrawings[step];
          return (
            <li key={step} class="panel">
              <Drawing label={g(`how.picture.${step}`)} />
              <div>
                <h2>
                  <span class="step-number">{(at + 1).toLocaleString(spoken().tag)}</span>
                  <span>{g(`how.${step}.title`)}</span>
                </h2>
                <p>{g(`how.${step}`)}</p>
              </div>
            </li>
          );
        })}
      </ol>
      <section aria-labelledby="honest-heading">
        <h2 id="honest-heading">{g('how.honest.title')}</h2>
        <ul class="tips">
          {kHonest.map((name) => (
            <li key={name}>{g(`how.honest.${name}`)}</li>
          ))}
        </ul>
      </section>
      {model && (
        <ul class="links">
          <li>
            <GuideLink model={model} page="server" testid="how-server">
              {g('server.title')}
            </GuideLink>
          </li>
          <li>
            <GuideLink model={model} page="trouble" testid="how-trouble">
              {g('how.more')}
            </GuideLink>
          </li>
        </ul>
      )}
    </main>
  );
}
