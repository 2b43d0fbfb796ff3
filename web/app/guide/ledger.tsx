// What the server counted of this session, beside what this page did.

import { useEffect } from 'preact/hooks';
import { accountsOf, agree, kWays, type Accounts } from '../../core/accounts.ts';
import { g, spoken } from '../../locales/index.ts';
import type { Model } from '../model.ts';
import { rowsOf, type LedgerRow } from './ledger_rows.ts';

export function Ledger({ model }: { model: Model }) {
  const { server, ledger } = model.view.value;
  const isOpen = server === 'open';
  useEffect(() => {
    if (isOpen) model.client.askLedger();
  }, [isOpen]);
  return (
    <section class="panel" aria-labelledby="server-ledger">
      <h2 id="server-ledger">{g('server.ledger.title')}</h2>
      <p>{g('server.ledger.lead')}</p>
      {ledger && <Table accounts={accountsOf(ledger)} />}
      {!isOpen && <p data-testid="ledger-away">{g('server.ledger.away')}</p>}
      {isOpen && !ledger && <p>{g('server.ledger.wait')}</p>}
      <div class="row">
        <button type="button" data-testid="ledger-again" disabled={!isOpen} onClick={() => model.client.askLedger()}>
          {g('server.ledger.again')}
        </button>
      </div>
    </section>
  );
}

function Table({ accounts }: { accounts: Accounts }) {
  const isSame = agree(accounts);
  return (
    <>
      <p role="status" data-testid="ledger-verdict" data-same={isSame}>
        {g(isSame ? 'server.ledger.same' : 'server.ledger.differ')}
      </p>
      <table class="ledger" data-testid="ledger">
        <thead>
          <tr>
            <th scope="col">{g('server.ledger.kind')}</th>
            {kWays.map((way) => (
              <th key={way} scope="col">
                {g(`server.ledger.${way}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rowsOf(accounts).map((row) => (
            <Row key={row.name} row={row} />
          ))}
        </tbody>
      </table>
    </>
  );
}

/** One number where both have counted the same; else each one's own. */
function Cell({ own, server }: { own: number; server: number }) {
  if (own === server) return <td>{own.toLocaleString(spoken().tag)}</td>;
  return (
    <td class="differs">
      <p>{g('server.ledger.own', { n: own })}</p>
      <p>{g('server.ledger.server', { n: server })}</p>
    </td>
  );
}

function Row({ row }: { row: LedgerRow }) {
  return (
    <tr data-kind={row.name}>
      <th scope="row">
        {row.isSum ? (
          g(`server.ledger.${row.name}`)
        ) : (
          <code lang="en" dir="ltr">
            {row.name}
          </code>
        )}
      </th>
      {kWays.map((way) => (
        <Cell key={way} own={row.own[way]} server={row.server[way]} />
      ))}
    </tr>
  );
}
