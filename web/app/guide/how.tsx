// "How it works": five short steps, each with the facts of a call, and what is not promised.

import { g } from '../../locales/index.ts';
import { GuideLink } from '../frame.tsx';
import type { Model } from '../model.ts';
import { Heading } from '../parts.tsx';
import { Away } from './away.tsx';
import { sourceOf } from './made/source.ts';
import { Story } from './made/story.tsx';

const kHonest = ['strangers', 'page', 'address', 'server', 'record'] as const;

export function How({ model }: { model: Model | null }) {
  return (
    <main class="page guide" data-testid="screen-how">
      <Away model={model} />
      <div>
        <Heading>{g('how.title')}</Heading>
        <p class="lead">{g('how.lead')}</p>
      </div>
      <Story source={sourceOf(model)} />
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
            <GuideLink model={model} page="made" testid="how-made">
              {g('made.viewer.link')}
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
