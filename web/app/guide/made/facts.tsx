// The facts of a call, beside the step that they belong to.

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { g } from '../../../locales/index.ts';
import type { Bytes, Side } from '../../../core/made.ts';
import type { Step } from '../drawings.tsx';
import { Pairs } from './charts.tsx';
import { sizeOf } from './measures.ts';
import { bytesShown, countKinds, placeOf } from './shown.ts';
import type { Source } from './source.ts';

interface Told {
  source: Source;
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const Code = ({ children }: { children: string }) => (
  <code lang="en" dir="ltr">
    {children}
  </code>
);

function Signaling({ source: { saved } }: Told) {
  const { signaling } = saved;
  if (!signaling) return <p data-testid="made-signaling">{g('made.signaling.none')}</p>;
  const { sent, received } = signaling;
  return (
    <dl class="facts" data-testid="made-signaling">
      <Fact name={g('server.ledger.in')}>{g('made.messages', { n: sent.messages, size: sizeOf(sent.bytes) })}</Fact>
      <Fact name={g('server.ledger.out')}>{g('made.messages', { n: received.messages, size: sizeOf(received.bytes) })}</Fact>
    </dl>
  );
}

function Kinds({ source, side }: Told & { side: Side }) {
  const kinds = countKinds(source.saved, side);
  if (kinds.length === 0) return <>{g('made.kind.none')}</>;
  return (
    <ul>
      {kinds.map(([kind, n]) => (
        <li key={kind}>{g(`made.kind.${kind}`, { n })}</li>
      ))}
    </ul>
  );
}

function Found({ source }: Told) {
  const { saved } = source;
  const chosen = saved.chosen === null ? null : saved.pairs[saved.chosen]!;
  const unknown = g('made.place.unknown');
  return (
    <>
      <dl class="facts" data-testid="made-candidates">
        <Fact name={g('made.own')}>
          <Kinds source={source} side="own" />
        </Fact>
        <Fact name={g('made.partner')}>
          <Kinds source={source} side="partner" />
        </Fact>
      </dl>
      {saved.candidates.length > 0 && <Addresses source={source} />}
      <Pairs saved={saved} />
      {chosen && saved.why && (
        <p data-testid="made-why" data-why={saved.why}>
          {g('made.chosen', { own: placeOf(saved, chosen.own) ?? unknown, partner: placeOf(saved, chosen.partner) ?? unknown })}{' '}
          {g(`made.why.${saved.why}`)}
        </p>
      )}
    </>
  );
}

/** Somebody may look over the person's shoulder, or at their shared screen: addresses are shown when they are asked for. */
function Addresses({ source: { saved, places } }: Told) {
  const shown = useSignal(false);
  return (
    <details class="addresses">
      <summary>{g('made.addresses')}</summary>
      <p class="small">{g('made.addresses.text')}</p>
      {places.size > 0 && (
        <label class="check">
          <input type="checkbox" data-testid="made-show" checked={shown.value} onChange={(event) => (shown.value = event.currentTarget.checked)} />
          <span>{g('made.addresses.show')}</span>
        </label>
      )}
      <ul data-testid="made-addresses">
        {saved.candidates.map(({ side, kind, protocol, family, place }, at) => (
          <li key={at}>
            {g(side === 'own' ? 'made.address.own' : 'made.address.partner', { place: place ?? g('made.place.unknown'), kind: g(`made.kind.${kind}.name`) })}{' '}
            <Code>{[protocol?.toUpperCase(), family === 'name' ? null : family, shown.value && place ? places.get(place) : null].filter(Boolean).join(' ')}</Code>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Locked({ source }: Told) {
  const { dtls, cipher, srtp } = source.saved.lock;
  const told = (value: string | null) => (value === null ? g('made.untold') : <Code>{value}</Code>);
  const fingerprint = (side: Side) => (source.fingerprints ? told(source.fingerprints[side]) : g('made.left_out'));
  return (
    <dl class="facts" data-testid="made-lock">
      <Fact name={g('made.dtls')}>{told(dtls)}</Fact>
      <Fact name={g('made.cipher')}>{told(cipher)}</Fact>
      <Fact name={g('made.srtp')}>{told(srtp)}</Fact>
      <Fact name={g('made.fingerprint.own')}>{fingerprint('own')}</Fact>
      <Fact name={g('made.fingerprint.partner')}>{fingerprint('partner')}</Fact>
    </dl>
  );
}

function Carried({ bytes, testid }: { bytes: Bytes; testid: string }) {
  return (
    <dl class="facts" data-testid={testid}>
      <Fact name={g('made.bytes.sent')}>{sizeOf(bytes.sent)}</Fact>
      <Fact name={g('made.bytes.received')}>{sizeOf(bytes.received)}</Fact>
    </dl>
  );
}

const Direct = ({ source: { saved } }: Told) => <Carried bytes={bytesShown(saved).direct} testid="made-bytes-direct" />;
const Relayed = ({ source: { saved } }: Told) => <Carried bytes={bytesShown(saved).relayed} testid="made-bytes-relayed" />;

export const kFacts: Readonly<Record<Step, (props: Told) => ComponentChildren>> = {
  introduce: Signaling,
  find: Found,
  lock: Locked,
  direct: Direct,
  relay: Relayed,
};
