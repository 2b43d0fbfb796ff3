import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kServersFreshMs, kServersHurryMs, kServersLateMs, kServersMs, Servers } from './servers.ts';
import { FakeClock, settle } from './testing/fake_clock.ts';

function setUp({ there = true } = {}) {
  const clock = new FakeClock();
  const server = { there, asked: 0 };
  const servers = new Servers(clock, () => {
    server.asked += 1;
    return server.there;
  });
  servers.take([]);
  return { clock, server, servers };
}

/** How long it takes, up to 10 s. */
async function timed(clock: FakeClock, run: Promise<void>): Promise<number> {
  const from = clock.now();
  let took: number | null = null;
  void run.then(() => (took = clock.now() - from));
  await clock.pass(10_000);
  return took ?? Infinity;
}

test('credentials that are fresh are not asked for, nor waited for where the server is away', async () => {
  const { clock, server, servers } = setUp({ there: false });
  assert.equal(await timed(clock, servers.freshen()), 0);
  assert.equal(server.asked, 0);
  await clock.pass(kServersFreshMs);
  assert.equal(await timed(clock, servers.freshen()), 0);
  assert.equal(server.asked, 1);
});

test('a server that does not answer is waited for, and for less long where nothing arrives', async () => {
  const { clock, servers } = setUp();
  assert.equal(await timed(clock, servers.freshen({ doubted: true })), kServersMs);
  assert.equal(await timed(clock, servers.freshen({ doubted: true, hurry: true })), kServersHurryMs);
});

test('what a restart had to do without is asked for again when the server is back, and only then', async () => {
  const { clock, server, servers } = setUp();
  servers.askAgain();
  assert.equal(server.asked, 0);
  const fresh = servers.freshen({ doubted: true });
  await settle();
  assert.equal(servers.owed, false, 'it may answer yet');
  servers.take([]);
  await fresh;
  assert.equal(servers.owed, false);
  await timed(clock, servers.freshen({ doubted: true }));
  assert.equal(servers.owed, true);
  servers.askAgain();
  assert.equal(server.asked, 3);
  servers.take([]);
  assert.equal(servers.owed, false);
});

test('what came too late for one restart serves the next without a question, once', async () => {
  const { clock, server, servers } = setUp();
  const doubted = { doubted: true };
  for (const [wait, asked] of [[kServersLateMs - 1, 1], [kServersLateMs, 2]] as const) {
    server.asked = 0;
    await timed(clock, servers.freshen(doubted));
    assert.equal(servers.owed, true);
    servers.take([]);
    await clock.pass(wait);
    const next = servers.freshen(doubted);
    await settle();
    assert.equal(server.asked, asked);
    servers.take([]);
    await next;
  }
  void servers.freshen(doubted);
  await settle();
  assert.equal(server.asked, 3, 'in time, they serve one restart only');
});
