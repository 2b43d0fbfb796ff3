// The drawings beside the steps of "how it works". Two devices, the server above them, and what runs between.

import type { ComponentChildren, JSX } from 'preact';

export type Step = 'introduce' | 'find' | 'lock' | 'direct' | 'relay';
export const kSteps: readonly Step[] = ['introduce', 'find', 'lock', 'direct', 'relay'];
type Drawing = (props: { label: string }) => JSX.Element;

function Picture({ label, top = 0, children }: { label: string; top?: number; children: ComponentChildren }) {
  return (
    <svg class="drawing" viewBox={`0 ${top} 240 ${130 - top}`} role="img" aria-label={label}>
      {children}
    </svg>
  );
}

const kLeft = 34;
const kRight = 206;
const kGround = 88;

/** A device with a person on it: one filled, one drawn, as in the sign of the page. */
export function Device({ x, y = kGround, isOther = false }: { x: number; y?: number; isOther?: boolean }) {
  return (
    <g>
      <rect class="d-device" x={x - 24} y={y - 34} width="48" height="68" rx="9" />
      <circle class={isOther ? 'd-other' : 'd-one'} cx={x} cy={y - 6} r="10" />
      <path class="d-line" d={`M${x - 7} ${y + 24}h14`} />
    </g>
  );
}

const Devices = () => (
  <>
    <Device x={kLeft} />
    <Device x={kRight} isOther />
  </>
);

const Server = ({ isFaint = false }: { isFaint?: boolean }) => (
  <g class={isFaint ? 'd-faint' : ''}>
    <rect class="d-server" x="98" y="8" width="44" height="16" rx="4" />
    <rect class="d-server" x="98" y="28" width="44" height="16" rx="4" />
    <path class="d-dot" d="M106 16h.01M106 36h.01" />
  </g>
);

const Lock = ({ x, y }: { x: number; y: number }) => (
  <g>
    <path class="d-shackle" d={`M${x - 6} ${y - 2}v-6a6 6 0 0 1 12 0v6`} />
    <rect class="d-lock" x={x - 10} y={y - 2} width="20" height="16" rx="4" />
  </g>
);

const Introduce: Drawing = ({ label }) => (
  <Picture label={label}>
    <path class="d-thin" d="M44 54C52 34 70 27 96 26" />
    <path class="d-thin" d="M196 54C188 34 170 27 144 26" />
    <Server />
    <Devices />
  </Picture>
);

const Find: Drawing = ({ label }) => (
  <Picture label={label}>
    <path class="d-try" d="M62 72C96 40 144 40 178 72" />
    <path class="d-try" d="M62 104C96 128 144 128 178 104" />
    <path class="d-try" d="M62 78C90 62 112 96 120 60" />
    <path class="d-way" d="M62 90H178" />
    <Server isFaint />
    <Devices />
  </Picture>
);

const Locked: Drawing = ({ label }) => (
  <Picture label={label} top={44}>
    <path class="d-way" d="M62 88H104M136 88H178" />
    <Lock x={120} y={86} />
    <Devices />
  </Picture>
);

const Direct: Drawing = ({ label }) => (
  <Picture label={label}>
    <path class="d-bold" d="M64 88H176" />
    <Server isFaint />
    <Devices />
  </Picture>
);

const Relayed: Drawing = ({ label }) => (
  <Picture label={label}>
    <path class="d-relay" d="M62 80C72 56 84 47 98 46M178 80C168 56 156 47 142 46" />
    <circle class="d-relay-node" cx="120" cy="44" r="21" />
    <Lock x={120} y={42} />
    <Devices />
  </Picture>
);

export const kDrawings: Readonly<Record<Step, Drawing>> = { introduce: Introduce, find: Find, lock: Locked, direct: Direct, relay: Relayed };
