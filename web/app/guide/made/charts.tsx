// Two pictures of time: the pairs that were tried, and the phases from the yes to the first picture. Each has its words beside it.

import { g } from '../../../locales/index.ts';
import { timeOf } from './measures.ts';
import { phasesOf, timeLineOf, type PairRow, type Phase, type TimeLine } from './shown.ts';
import type { SavedCall } from '../../../core/made_file.ts';

const kWide = 1_000;
const kRow = 16;

function Bars({ line }: { line: TimeLine }) {
  const scale = kWide / (line.to - line.from);
  const high = line.rows.length * kRow;
  return (
    <svg class="chart" viewBox={`0 0 ${kWide} ${high}`} preserveAspectRatio="none" width="100%" height={high} aria-hidden="true" focusable="false">
      {line.rows.map(({ bars }, row) =>
        bars.map(({ state, from, to }) => (
          <rect
            key={`${row} ${state} ${from}`}
            class={`bar-${state}`}
            x={(from - line.from) * scale}
            y={row * kRow + (state === 'used' ? 11 : 2)}
            width={(to - from) * scale}
            height={state === 'used' ? 4 : 9}
          />
        )),
      )}
    </svg>
  );
}

function PairWords({ row }: { row: PairRow }) {
  const { own, partner, state, at, isUsed } = row;
  const unknown = g('made.place.unknown');
  return (
    <li data-state={state}>
      {g('made.pair', { own: own ?? unknown, partner: partner ?? unknown, state: g(`made.state.${state}`), time: timeOf(at) })}
      {isUsed && <strong> {g('made.state.used')}</strong>}
    </li>
  );
}

export function Pairs({ saved }: { saved: SavedCall }) {
  const line = timeLineOf(saved);
  if (!line) return <p data-testid="made-pairs">{g('made.pairs.none')}</p>;
  return (
    <div class="pairs" data-testid="made-pairs">
      <h3>{line.tried > 0 ? g('made.pairs', { n: line.tried }) : g('made.pairs.none')}</h3>
      <Bars line={line} />
      <ul class="chart-key" aria-hidden="true">
        {(['waiting', 'trying', 'works', 'failed', 'used'] as const).map((state) => (
          <li key={state} class={`key-${state}`}>
            {g(`made.state.${state}`)}
          </li>
        ))}
      </ul>
      <ul class="pair-words">
        {line.rows.map((row, at) => (
          <PairWords key={at} row={row} />
        ))}
        {line.more > 0 && <li>{g('made.pairs.more', { n: line.more })}</li>}
      </ul>
    </div>
  );
}

/** That there was no picture is known once the call is over. */
function endOf({ frame, ended }: SavedCall['times'], first: Phase, last: Phase): string {
  if (last.name === 'frame') return g('made.times.all', { time: timeOf(last.to - first.from) });
  return frame === null && ended !== null ? g('made.times.frame') : g('made.times.unknown');
}

/** From the yes to the first picture. */
export function Times({ saved }: { saved: SavedCall }) {
  const phases = phasesOf(saved.times);
  const [first, last] = [phases[0], phases.at(-1)];
  return (
    <section class="panel" aria-labelledby="made-times" data-testid="made-times">
      <h2 id="made-times">{g('made.times.title')}</h2>
      {!first || !last ? (
        <p>{g('made.times.none')}</p>
      ) : (
        <>
          <svg class="chart" viewBox={`0 0 ${kWide} 20`} preserveAspectRatio="none" width="100%" height="20" aria-hidden="true" focusable="false">
            {phases.map(({ name, from, to }) => {
              const scale = kWide / Math.max(1, last.to - first.from);
              return <rect key={name} class={`phase-${name}`} x={(from - first.from) * scale} y="0" width={(to - from) * scale} height="20" />;
            })}
          </svg>
          <dl class="facts">
            {phases.map(({ name, from, to }) => (
              <div key={name} data-phase={name}>
                <dt class={`key-${name}`}>{g(`made.phase.${name}`)}</dt>
                <dd>{timeOf(to - from)}</dd>
              </div>
            ))}
          </dl>
          <p>{endOf(saved.times, first, last)}</p>
        </>
      )}
    </section>
  );
}
