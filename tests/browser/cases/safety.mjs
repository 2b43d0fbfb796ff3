// What one person says about another, from the dialog over the operator's decision to the sentence on the other's page.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { newAddress, newDevice } from '../../program/people.mjs';
import { bothAccept, meetAtCard, Person } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { run, serving } from '../lib/program.mjs';
import { assertSentence } from '../lib/seen.mjs';
import { sentence } from '../lib/sentences.mjs';
import { Stranger } from '../lib/stranger.mjs';
import { bothOpen, freshRoom } from './talk.mjs';

const kContact = 'people@talk.example';
const kDays = 7;
const kRules = 'Be kind.';
const kNewRules = 'Be kind, and brief.';
const kNote = 'he would not stop';

export function safetyCases(scenario) {
  scenario('a report, a ban by the operator, and the ban lifted', ['chromium', 'firefox'], (_, reported, reporter) =>
    serving(['--rooms-contact', kContact, '--rooms-rules', kRules, '--retention-days', String(kDays)], async (server) => {
      const home = mkdtempSync(path.join(tmpdir(), 'visavis-operator-'));
      const decide = (...words) => run(home, ...words, '--state-dir', server.stateDirectory);
      try {
        await bothOpen(server, reported, reporter);
        await readsHouseRules(reporter);
        const room = await freshRoom(reported);
        await meetAtCard(reported, reporter, room);
        await bothAccept(reported, reporter);
        await report(reporter);
        await Promise.all([reporter.attribute('reason', 'you'), reported.attribute('reason', 'left')]);
        await until('the answer', () => reporter.page.evaluate(() => document.querySelector('[data-testid="noted"] [data-report="kept"]')?.textContent));

        const [kept] = JSON.parse((await decide('reports', '--json')).stdout);
        assert.deepEqual([kept.category, kept.note, kept.room, kept.state], ['harassment', kNote, room, 'open']);

        await reported.press('ended-next');
        await reported.state('waiting');
        assert.equal((await decide('reports', 'ban', String(kept.id), '--days', String(kDays))).code, 0);
        await assertShutOut(reported); // out of the line
        await seekAgain(reported, room);
        await assertShutOut(reported);

        assert.equal((await decide('bans', 'lift', '1')).code, 0);
        await until('the server to heed it', async () => /^visavis_bans 0$/m.test(await metrics(server)));
        await seekAgain(reported, room);
        await reported.state('waiting');
      } finally {
        rmSync(home, { recursive: true });
      }
    }));

  for (const pair of [['chromium', 'firefox'], ['firefox', 'chromium']]) {
    scenario('a block and a report that come too late are said to be', pair, (_, first, second) =>
      serving([], (server) => forgotten(server, first, second)));
  }

  for (const pair of [['chromium', 'firefox'], ['firefox', 'chromium']]) {
    scenario('who is blocked is not met again, though the server starts anew and others are', pair, (_, first, second) =>
      serving([], (server) => blocked(server, first, second)));
  }

  for (const kind of ['chromium', 'firefox']) {
    scenario('reports of several people, and a pause that every tab of the device has', [kind], (_, person) =>
      serving([], (server) => cooledDown(server, person)));
  }
}

async function forgotten(server, first, second) {
  await bothOpen(server, first, second);
  const room = await freshRoom(first);
  await meetAtCard(first, second, room);
  await bothAccept(first, second);
  await first.press('leave');
  await Promise.all([first.state('ended'), second.state('ended')]);
  await server.kill();
  await Promise.all([first.server('lost'), second.server('lost')]);
  // What is said while the server is away waits for it; this one comes back and knows nothing of the call.
  const waits = (what) =>
    until(`the ${what} is said to wait for the server`, () =>
      first.page.evaluate((name) => document.querySelector(`[data-testid="noted"] [data-${name}="waiting"]`) !== null, what));
  await first.press('block');
  await waits('block');
  await report(first, { after: true });
  await waits('report');
  await server.start();
  await Promise.all([first.server('open'), second.server('open')]);
  const said = await until('both are said to be lost', () => first.page.evaluate(() => {
    const words = (what) => document.querySelector(`[data-testid="noted"] [data-${what}="failed"]`)?.innerText;
    return words('block') && words('report') && `${words('block')} ${words('report')}`;
  }));
  assert.equal(said, `${sentence('ended.noted.block.lost')} ${sentence('ended.noted.lost')}`);
  for (const person of [first, second]) {
    await until(`${person.name}: no button that the server would refuse`, async () => !(await person.has('block')) && !(await person.has('report')));
  }
  assert.equal(await second.has('noted'), false, 'who has said nothing reads nothing of it');
  assert.equal(await second.has('ended-next'), true);
}

/** Who merely met is kept apart for minutes as well, but not over a restart: what then keeps two apart is the block. */
async function blocked(server, first, second) {
  await bothOpen(server, first, second);
  const room = await freshRoom(first);
  await meetAtCard(first, second, room);
  await bothAccept(first, second);
  const tokens = async () => (await first.received('token')).length;
  const before = await tokens();
  await first.press('safety');
  await first.press('block');
  await Promise.all([first.state('ended'), second.attribute('reason', 'left')]);
  await until('the token that holds the block', async () => (await first.received('noted')).some(({ what }) => what === 'block') && (await tokens()) > before);
  await server.kill();
  await Promise.all([first.server('lost'), second.server('lost')]);
  await server.start();
  await Promise.all([first.server('open'), second.server('open')]);
  assert.equal((await first.nextReceived('welcome')).resumed, true);

  for (const person of [first, second]) {
    await seekAgain(person, room);
    await person.state('waiting');
    await person.nextReceived('waiting');
  }
  // A newcomer is introduced to who came first, and then, that one gone, to the other: so both have waited side by side.
  for (const person of [first, second]) {
    const stranger = await Stranger.meets(server, person, room, { device: newDevice(), localAddress: newAddress() });
    await person.press('decline');
    await person.state('ended');
    stranger.close();
  }
}

/** Three people report somebody, each after a meeting in which both had accepted; the page says what follows from it, wherever it looks for someone. */
async function cooledDown(server, person) {
  await person.open(`${server.origin}/`);
  await person.state('home');
  const room = await freshRoom(person);
  for (const nth of [1, 2, 3]) {
    if (nth === 1) await person.chooseRoom(room);
    if (nth === 1) await person.start();
    else await person.press('ended-next');
    await person.state('waiting');
    const stranger = await Stranger.meets(server, person, room, { device: newDevice(), localAddress: newAddress() });
    await person.press('accept');
    await stranger.accept();
    assert.equal((await stranger.report('hate')).type, 'noted', `report ${nth}`);
    await person.attribute('reason', 'left');
    stranger.close();
  }
  await person.press('ended-next');
  await assertCooledDown(person);
  await person.press('ended-home');
  await person.state('home');
  await person.chooseRoom(room);
  await person.start();
  await assertCooledDown(person);

  const tab = await Person.at(person.browser, 'a second tab', { beside: person });
  try {
    await tab.open(`${server.origin}/`);
    await tab.chooseRoom(await freshRoom(tab));
    await tab.start();
    await assertCooledDown(tab);
  } finally {
    await tab.close();
  }
}

async function assertCooledDown(person) {
  await person.attribute('reason', 'cooldown');
  await person.state('ended');
  await assertSentence(person, 'ended-why', 'ended.cooldown');
  assert.match(await person.text('ended-until'), /^You can look for someone again in (1 day|2[34] hours)/);
  assert.equal(await person.has('ended-next'), false, 'nothing is offered that would be refused');
}

/** The rules of the house and the operator's own, with whom to ask: before the first room, once, and again when the operator changes theirs. */
async function readsHouseRules(person) {
  const enter = async () => {
    await person.showAllRooms();
    await person.press('room-en');
  };
  const assertRead = async (operators) => {
    await until(`the rules say "${operators}"`, async () => (await person.text('rules-operator')) === operators);
    const { points, words } = await person.page.evaluate(() => {
      const dialog = document.querySelector('[data-testid="rules-dialog"]');
      return { points: [...dialog.querySelectorAll('.points strong')].map(({ textContent }) => textContent), words: dialog.innerText };
    });
    assert.equal(new Set(points).size, 5, `five rules: ${points}`);
    assert.match(points.join(), /18/, 'for adults');
    assert.match(await person.text('rules-agree'), /18/, 'who agrees says so');
    assert.ok(words.includes(kContact), 'and whom to ask');
  };
  const agree = async () => {
    await person.press('rules-agree');
    await person.state('ready');
    await person.press('back');
    await person.state('home');
  };
  await enter();
  await assertRead(kRules);
  await agree();
  await enter();
  await person.state('ready');
  await person.press('back');
  await person.state('home');
  // As after a restart with other rules.
  await person.page.evaluate((from, to) => {
    vvProbe.rewrite = (text) => text.replaceAll(from, to);
    visavis.drop();
  }, kRules, kNewRules);
  await person.server('open');
  await until('the new rules', async () => (await person.received('welcome')).length > 1);
  await enter();
  await assertRead(kNewRules);
  await agree();
  await person.press('footer-kept');
  await until('how long this server keeps reports', async () => (await person.text('kept-dialog'))?.includes(`kept for ${kDays} days`));
  await person.press('kept-dialog-close');
}

async function report(person, { after = false } = {}) {
  if (!after) await person.press('safety');
  await person.press('report');
  await until('the dialog', () => person.page.evaluate(() => document.querySelector('[data-testid="report-dialog"]')?.open));
  await person.press('report-harassment');
  await person.page.fill('[data-testid="report-note"]', kNote);
  await person.press('report-send');
}

async function assertShutOut(person) {
  await person.attribute('reason', 'banned');
  await person.state('ended');
  await assertSentence(person, 'ended-why', 'ended.banned');
  assert.match(await person.text('ended-until'), /\d/, 'and for how long');
  assert.ok((await person.text('screen-ended')).includes(kContact), 'and whom to ask');
  assert.equal(await person.has('ended-next'), false, 'nothing is offered that would be refused');
}

async function seekAgain(person, room) {
  await person.press('ended-home');
  await person.state('home');
  await person.chooseRoom(room);
  await person.start();
}

async function metrics(server) {
  const answer = await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`);
  return answer.text();
}
