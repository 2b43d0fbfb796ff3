import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountsOf, agree, differences, type Accounts, type Tally } from './accounts.ts';
import { Ledger } from './ledger.ts';
import { settle } from './testing/fake_clock.ts';
import { World } from './testing/people.ts';

function tally(kinds: Record<string, [number, number]>, bytes: [number, number] = [0, 0]): Tally {
  const sum = (at: 0 | 1): number => Object.values(kinds).reduce((total, counts) => total + counts[at], 0);
  const both = ([came, went]: [number, number]) => ({ in: came, out: went });
  return { messages: both([sum(0), sum(1)]), bytes: both(bytes), kinds: new Map(Object.entries(kinds).map(([kind, counts]) => [kind, both(counts)])) };
}

/** What is compared, in the form of the server's account. */
const comparedOf = ({ compared }: Ledger): Tally => accountsOf({ server: tally({}), own: compared! }).own;

/** A connection that is greeted and asks for the account. */
function talk(ledger: Ledger, goesOn: boolean): void {
  ledger.begin();
  ledger.count('out', 'challenge', '12345');
  ledger.count('in', 'hello', '123');
  ledger.count('out', 'welcome', '1234');
  ledger.settle(goesOn);
  ledger.count('in', 'ledger', '12');
}

test('the account is of the moment at which the server wrote its own', () => {
  const ledger = new Ledger();
  assert.equal(ledger.compared, null);
  talk(ledger, false);
  // Said after the question, so the server had not heard it; and what it said before its answer.
  ledger.count('in', 'ping', '1234567');
  ledger.count('out', 'rooms', '1');
  ledger.count('out', 'ledger', '123456789');
  assert.deepEqual(comparedOf(ledger), tally({ challenge: [0, 1], welcome: [0, 1], rooms: [0, 1], hello: [1, 0], ledger: [1, 0] }, [5, 10]));
});

test('bytes are those on the wire, not letters', () => {
  const ledger = new Ledger();
  ledger.count('in', 'ledger', 'தமிழ்');
  ledger.count('out', 'ledger', '');
  assert.equal(comparedOf(ledger).bytes.in, 15);
});

test('it goes on over connections of one session, and begins anew with another', () => {
  const ledger = new Ledger();
  talk(ledger, false);
  // A connection that is lost before its greeting belongs to no session.
  ledger.begin();
  ledger.count('out', 'challenge', '12345');
  talk(ledger, true);
  ledger.count('out', 'ledger', '1');
  assert.deepEqual(comparedOf(ledger), tally({ challenge: [0, 2], welcome: [0, 2], hello: [2, 0], ledger: [2, 0] }, [10, 18]));
  talk(ledger, false);
  ledger.count('out', 'ledger', '1');
  assert.deepEqual(comparedOf(ledger), tally({ challenge: [0, 1], welcome: [0, 1], hello: [1, 0], ledger: [1, 0] }, [5, 9]));
});

test('differences name kind, way and both counts; sums and bytes count as well', () => {
  const own = tally({ relay: [3, 2], ping: [1, 0] }, [10, 20]);
  const accounts = (server: Tally): Accounts => ({ own, server });
  assert.ok(agree(accounts(tally({ ping: [1, 0], relay: [3, 2] }, [10, 20]))));
  const other = accounts(tally({ relay: [2, 2], error: [0, 1], ping: [1, 0] }, [10, 20]));
  assert.deepEqual(differences(other), [
    { kind: 'error', way: 'out', own: 0, server: 1 },
    { kind: 'relay', way: 'in', own: 3, server: 2 },
  ]);
  assert.ok(!agree(other));
  assert.ok(!agree(accounts(tally({ ping: [1, 0], relay: [3, 2] }, [10, 21]))), 'bytes');
  assert.ok(!agree(accounts({ ...own, messages: { in: 5, out: 2 } })), 'a sum: messages whose kind the server could not read');
});

test('in a call both ends count what the server counts, also over a lost connection and a new life of the server', async () => {
  const world = new World();
  const [ann, bob] = [await world.person(), await world.person()];
  assert.equal(ann.client.view.ledger, null);
  await world.connect(ann, bob);
  const compare = async (name: string): Promise<void> => {
    for (const { client } of [ann, bob]) {
      assert.ok(client.askLedger());
      await settle();
      const accounts = accountsOf(client.view.ledger!);
      assert.deepEqual([differences(accounts), agree(accounts)], [[], true], name);
      assert.ok(accounts.own.messages.in > 1 && accounts.own.bytes.out > 100, name);
    }
  };
  await compare('in the call');
  assert.ok((ann.client.view.ledger!.own.in.get('relay') ?? 0) > 0, 'what was passed on is counted');
  ann.client.session.drop();
  assert.equal(ann.client.askLedger(), false);
  await world.until(() => ann.client.view.server === 'open');
  await compare('after a lost connection');
  assert.equal(ann.client.view.ledger!.own.in.get('hello'), 2);
  const { epoch } = ann.client.session;
  world.server.restart();
  await world.until(() => [ann, bob].every(({ client }) => client.view.server === 'open' && client.session.epoch !== epoch));
  await compare('after a restart');
  assert.equal(ann.client.view.ledger!.own.in.get('hello'), 1);
});

test('a message that never arrived shows as a difference', async () => {
  const world = new World();
  const ann = await world.person();
  const { session } = ann.client;
  world.server.silence(session.session);
  ann.client.check();
  session.drop();
  await world.until(() => ann.client.view.server === 'open');
  ann.client.askLedger();
  await settle();
  assert.deepEqual(differences(accountsOf(ann.client.view.ledger!)), [{ kind: 'ping', way: 'in', own: 1, server: 0 }]);
});

test('while a question is under way it is known, until its answer or another connection', () => {
  const ledger = new Ledger();
  ledger.begin();
  assert.equal(ledger.isAsked, false);
  ledger.count('in', 'ledger', '{}');
  assert.equal(ledger.isAsked, true);
  ledger.count('out', 'pong', '{}');
  assert.equal(ledger.isAsked, true);
  ledger.count('out', 'ledger', '{}');
  assert.equal(ledger.isAsked, false);
  ledger.count('in', 'ledger', '{}');
  ledger.begin();
  assert.equal(ledger.isAsked, false);
});
