// "When a call fails": the commonest causes, each with what to do.

import { useEffect } from 'preact/hooks';
import { g, type GuideKey } from '../../locales/index.ts';
import { around, Contact } from '../frame.tsx';
import { Block, Camera, Globe, Lock, NoServer, Relay, Shield, Warning, type Icon } from '../icons.tsx';
import type { Model } from '../model.ts';
import { Heading } from '../parts.tsx';
import { Away } from './away.tsx';

/** By how often they are met; `tips` is how many pieces of advice there are. */
const kCauses: readonly { part: string; sign: Icon; tips: number }[] = [
  { part: 'denied', sign: Block, tips: 3 },
  { part: 'busy', sign: Camera, tips: 3 },
  { part: 'network', sign: Warning, tips: 3 },
  { part: 'nat', sign: Relay, tips: 2 },
  { part: 'vpn', sign: Shield, tips: 2 },
  { part: 'server', sign: NoServer, tips: 4 },
  { part: 'insecure', sign: Lock, tips: 1 },
  { part: 'webrtc', sign: Globe, tips: 3 },
];

export function Troubles({ model }: { model: Model | null }) {
  const asked = model?.part ?? location.hash.slice(1);
  useEffect(() => {
    const passage = asked && kCauses.some(({ part }) => part === asked) ? document.getElementById(`cause-${asked}`) : null;
    passage?.scrollIntoView();
    passage?.focus({ preventScroll: true });
  }, [asked]);
  const contact = model?.view.value.features?.contact;
  return (
    <main class="page guide" data-testid="screen-trouble">
      <Away model={model} />
      <div>
        <Heading>{g('trouble.title')}</Heading>
        <p class="lead">{g('trouble.lead')}</p>
      </div>
      {kCauses.map(({ part, sign: Sign, tips }) => (
        <section key={part} class={part === asked ? 'panel asked' : 'panel'} aria-labelledby={`cause-${part}`}>
          <h2 id={`cause-${part}`} tabIndex={-1} class="with-icon">
            <Sign />
            <span>{g(`trouble.${part}.title` as GuideKey)}</span>
          </h2>
          <p>{g(`trouble.${part}` as GuideKey)}</p>
          <h3>{g('trouble.try')}</h3>
          <ul class="tips">
            {Array.from({ length: tips }, (_, at) => (
              <li key={at}>{g(`trouble.${part}.${at + 1}` as GuideKey)}</li>
            ))}
          </ul>
        </section>
      ))}
      {contact && <p>{around(g('trouble.contact'), 'contact', <Contact contact={contact} />)}</p>}
    </main>
  );
}
