// All pictures on one page: a row for each screen, a column for each language, size and theme.
import { existsSync } from 'node:fs';
import path from 'node:path';

const kStyle = `
  body { font: 14px/1.4 system-ui, sans-serif; margin: 1rem; background: #888; color: #fff; }
  table { border-collapse: collapse; }
  th { text-align: start; vertical-align: top; padding: .5rem; position: sticky; inset-inline-start: 0; background: #888; }
  thead th { inset-block-start: 0; z-index: 1; }
  td { vertical-align: top; padding: .25rem; white-space: nowrap; }
  img { width: 14rem; vertical-align: top; }
  .desk img, .low img, .lying img { width: 28rem; }
`;

/** @param {{name: string, variant: string}[]} taken */
export function contactSheet(folder, taken) {
  const names = [...new Set(taken.map(({ name }) => name))];
  const variants = [...new Set(taken.map(({ variant }) => variant))];
  const has = new Set(taken.map(({ name, variant }) => `${name}.${variant}`));
  const picture = (file) => `<a href="${file}"><img loading="lazy" src="${file}" alt="${file}"></a>`;
  const cell = (name, variant) => {
    const base = `${name}.${variant}`;
    if (!has.has(base)) return '<td></td>';
    const whole = existsSync(path.join(folder, `${base}-whole.png`)) ? picture(`${base}-whole.png`) : '';
    return `<td class="${variant.split('-')[1]}">${picture(`${base}.png`)} ${whole}</td>`;
  };
  const rows = names.map((name) => `<tr><th>${name}</th>${variants.map((variant) => cell(name, variant)).join('')}</tr>`);
  const head = `<tr><th></th>${variants.map((variant) => `<th>${variant}</th>`).join('')}</tr>`;
  return `<!doctype html><meta charset="utf-8"><title>Every screen</title><style>${kStyle}</style>
<table><thead>${head}</thead><tbody>${rows.join('\n')}</tbody></table>
`;
}
