import { useMemo } from 'preact/hooks';
import { encode } from 'uqr';
import { t } from '../../locales/index.ts';

/** Light around it that a reader needs to find the code, in its own squares. */
const kQuiet = 4;

/** Dark on light in both themes: many readers know a code only so. */
export function Code({ text }: { text: string }) {
  const { size, data } = useMemo(() => encode(text, { ecc: 'M', border: kQuiet }), [text]);
  return (
    <figure class="qr">
      <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t('private.qr.label')} data-testid="private-code" shape-rendering="crispEdges">
        <path class="qr-light" d={`M0 0h${size}v${size}H0Z`} />
        <path class="qr-dark" d={squares(data)} />
      </svg>
      <figcaption class="small">{t('private.qr.text')}</figcaption>
    </figure>
  );
}

/** One path for all dark squares, a run of them at a time. */
export function squares(rows: readonly (readonly boolean[])[]): string {
  const runs: string[] = [];
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue;
      const start = x;
      while (row[x + 1]) x++;
      runs.push(`M${start} ${y}h${x - start + 1}v1h${start - x - 1}Z`);
    }
  });
  return runs.join('');
}
