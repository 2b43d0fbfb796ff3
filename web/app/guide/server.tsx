// "What the server can and cannot see": row by row with the test of each, what both ends have counted, and which page this is.

import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { g } from '../../locales/index.ts';
import type { Model } from '../model.ts';
import { Heading } from '../parts.tsx';
import { Away } from './away.tsx';
import { Ledger } from './ledger.tsx';
import { kGroups, kRows, type Group } from './proofs.ts';
import { fetchClaim, type Claim } from './version.ts';

function Rows({ group }: { group: Group }) {
  return (
    <section class="panel" aria-labelledby={`server-${group}`}>
      <h2 id={`server-${group}`}>{g(`server.${group}.title`)}</h2>
      <dl class="claims">
        {kRows[group].map(({ name, proofs }) => (
          <div key={name}>
            <dt>{g(`server.${name}`)}</dt>
            <dd>
              <p>{g(`server.${name}.why`)}</p>
              <details>
                <summary>{g('server.test')}</summary>
                {proofs.map(({ file, test }) => (
                  <p key={test} class="proof" lang="en" dir="ltr">
                    <code>{file}</code> {test}
                  </p>
                ))}
              </details>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** `undefined` until the server has answered. */
function ThisPage() {
  const claim = useSignal<Claim | null | undefined>(undefined);
  useEffect(() => void fetchClaim().then((found) => (claim.value = found)), []);
  const { value } = claim;
  return (
    <section class="panel" aria-labelledby="server-page">
      <h2 id="server-page">{g('server.page.title')}</h2>
      {value && (
        <>
          <p>{g('server.page.says')}</p>
          <p class="proof" lang="en" dir="ltr" data-testid="page-hash">
            <code>visavis {value.version}</code> <code>{value.hash}</code>
          </p>
        </>
      )}
      {value === null && <p data-testid="page-unsaid">{g('server.page.none')}</p>}
      <p>{g('server.page.worth')}</p>
      <p class="proof" lang="en" dir="ltr">
        <code>visavis verify-page {location.origin}</code>
      </p>
      <p>{g('server.page.check')}</p>
    </section>
  );
}

export function Server({ model }: { model: Model | null }) {
  return (
    <main class="page guide" data-testid="screen-server">
      <Away model={model} />
      <div>
        <Heading>{g('server.title')}</Heading>
        <p class="lead">{g('server.lead')}</p>
      </div>
      {kGroups.map((group) => (
        <Rows key={group} group={group} />
      ))}
      {model && <Ledger model={model} />}
      <ThisPage />
    </main>
  );
}
