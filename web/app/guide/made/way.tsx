// The way of the call, drawn: this device, the router at its end where one was seen, a relay if there is one, the router at the other end where
// one was seen, and the other device. What is drawn stands below it in words, for whoever does not see it and for whom it is too small.

import { g } from '../../../locales/index.ts';
import { Device } from '../drawings.tsx';
import type { Routers, WayKind } from './shown.ts';

const kMiddle = 60;
const kOwn = 34;
const kOther = 486;
const kRelay = 260;
const kRouters = { own: 147, partner: 373 };

/** The stops of the way, in its order. */
function stopsOf(way: WayKind, routers: Routers): ('own' | 'router.own' | 'relay' | 'router.partner' | 'partner')[] {
  const { own, partner } = kSeen[routers];
  return ['own', ...(own ? (['router.own'] as const) : []), ...(way === 'relayed' ? (['relay'] as const) : []), ...(partner ? (['router.partner'] as const) : []), 'partner'];
}

const kSeen: Readonly<Record<Routers, { own: boolean; partner: boolean }>> = {
  both: { own: true, partner: true },
  own: { own: true, partner: false },
  partner: { own: false, partner: true },
  none: { own: false, partner: false },
};

function RelayNode() {
  return (
    <g>
      <circle class="d-relay-node" cx={kRelay} cy={kMiddle} r="26" />
      <path class="d-shackle" d={`M254 ${kMiddle - 3}v-6a6 6 0 0 1 12 0v6`} />
      <rect class="d-lock" x="250" y={kMiddle - 3} width="20" height="16" rx="4" />
    </g>
  );
}

/** A low box with its lights, and what it radiates above. */
function Router({ x }: { x: number }) {
  return (
    <g>
      <path class="d-line" d={`M${x - 18} ${kMiddle - 11}v-20M${x + 18} ${kMiddle - 11}v-20M${x - 8} ${kMiddle - 25}q8 -7 16 0`} />
      <rect class="d-router" x={x - 29} y={kMiddle - 11} width="58" height="24" rx="6" />
      <path class="d-dot" d={`M${x - 15} ${kMiddle + 1}h.01M${x - 5} ${kMiddle + 1}h.01`} />
    </g>
  );
}

/** The drawing itself is silent. */
export function Way({ way, routers }: { way: WayKind; routers: Routers }) {
  const stops = stopsOf(way, routers);
  return (
    <figure class="way" data-testid="made-way" data-way={way} data-routers={routers}>
      <svg class="drawing way-drawing" viewBox="0 0 520 120" aria-hidden="true" focusable="false">
        <path class={way === 'unknown' ? 'd-try' : 'd-way way-line'} d={`M${kOwn + 28} ${kMiddle}H${kOther - 28}`} />
        {way === 'relayed' && <RelayNode />}
        {(['own', 'partner'] as const).map((side) => stops.includes(`router.${side}`) && <Router key={side} x={kRouters[side]} />)}
        <Device x={kOwn} y={kMiddle} />
        <Device x={kOther} y={kMiddle} isOther />
      </svg>
      <figcaption>
        {way !== 'unknown' && (
          <ol class="way-stops" aria-label={g('made.way.stops')}>
            {stops.map((stop) => (
              <li key={stop}>{g(`made.stop.${stop}`)}</li>
            ))}
          </ol>
        )}
        <p>{g(`made.way.${way}`)}</p>
        {way !== 'unknown' && <p>{g(`made.routers.${routers}`)}</p>}
      </figcaption>
    </figure>
  );
}
