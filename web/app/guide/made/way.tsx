// The way of the call, drawn: this device, a relay if there is one, and the other device. Of routers nothing is known: kinds of
// candidates tell of changed addresses, and some routers change none.

import { g } from '../../../locales/index.ts';
import { Device } from '../drawings.tsx';
import type { WayKind } from './shown.ts';

const kMiddle = 60;
const kOwn = 34;
const kOther = 486;

function RelayNode() {
  return (
    <g>
      <circle class="d-relay-node" cx="260" cy={kMiddle} r="26" />
      <path class="d-shackle" d={`M254 ${kMiddle - 3}v-6a6 6 0 0 1 12 0v6`} />
      <rect class="d-lock" x="250" y={kMiddle - 3} width="20" height="16" rx="4" />
    </g>
  );
}

/** Its words stand below it, so that the drawing itself is silent. */
export function Way({ way }: { way: WayKind }) {
  return (
    <figure class="way" data-testid="made-way" data-way={way}>
      <svg class="drawing way-drawing" viewBox="0 0 520 120" aria-hidden="true" focusable="false">
        <path class={way === 'unknown' ? 'd-try' : 'd-way way-line'} d={`M${kOwn + 28} ${kMiddle}H${kOther - 28}`} />
        {way === 'relayed' && <RelayNode />}
        <Device x={kOwn} y={kMiddle} />
        <Device x={kOther} y={kMiddle} isOther />
      </svg>
      <figcaption>{g(`made.way.${way}`)}</figcaption>
    </figure>
  );
}
