// "When a call fails": the commonest causes, each with what to do.

import { useEffect } from 'preact/hooks';
import { g, type GuideKey } from '../../locales/index.ts';
import { around, Contact } from '../frame.tsx';
import { Block, Camera, Globe, Lock, NoServer, Relay, Shield, Warning, type Icon } from '../icons.tsx';
import type { Model } from '../model.ts';
import { Heading } from '../parts.tsx';
import { Away } from './away.tsx';

type Cause = 'denied' | 'busy' | 'network' | 'nat' | 'vpn' | 'server' | 'insecure' | 'webrtc';

/** By how often they are met. */
const kCauses: readonly { part: Cause; sign: Icon; tips: readonly GuideKey[] }[] = [
  { part: 'denied', sign: Block, tips: ['trouble.denied.1', 'trouble.denied.2', 'trouble.denied.3'] },
  { part: 'busy', sign: Camera, tips: ['trouble.busy.1', 'trouble.busy.2', 'trouble.busy.3'] },
  { part: 'network', sign: Warning, tips: ['trouble.network.1', 'trouble.network.2', 'trouble.network.3'] },
  { part: 'nat', sign: Relay, tips: ['trouble.nat.1', 'trouble.nat.2'] },
  { part: 'vpn', sign: Shield, tips: ['trouble.vpn.1', 'trouble.vpn.2'] },
  { part: 'server', sign: NoServer, tips: ['trouble.server.1', 'trouble.server.2', 'trouble.server.3', 'trouble.server.4'] },
  { part: 'insecure', sign: Lock, tips: ['trouble.insecure.1'] },
  { part: 'webrtc', sign: Globe, tips: ['trouble.webrtc.1', 'trouble.webrtc.2', 'trouble.webrtc.3'] },
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
            <span>{g(`trouble.${part}.title`)}</span>
          </h2>
          <p>{g(`trouble.${part}`)}</p>
          <h3>{g('trouble.try')}</h3>
          <ul class="tips">
            {tips.map((tip) => (
              <li key={tip}>{g(tip)}</li>
            ))}
          </ul>
        </section>
      ))}
      {contact && <p>{around(g('trouble.contact'), 'contact', <Contact contact={contact} />)}</p>}
    </main>
  );
}
