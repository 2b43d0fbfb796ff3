// Every sentence with which a search, a meeting or a call ends: the sentence is shown, and the ways on from it work.
import assert from 'node:assert/strict';
import { putForward } from '../lib/lost.mjs';
import { bothAccept, meetAtCard, meetByLink } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { Stranger } from '../lib/stranger.mjs';
import { assertHelp, assertSentence, isGone, noticeIs, shows } from './failures.mjs';
import { bothOpen, freshRoom } from './talk.mjs';

/** It is over, for this reason, which is said in its own sentence. `help`: the passage about it. */
async function assertEnded(person, reason, help = null) {
  await person.state('ended');
  await person.attribute('reason', reason);
  await assertSentence(person, 'ended-why', `ended.${reason}`);
  assert.equal(await person.has('ended-help'), help !== null, `${reason}: help, where something can be done`);
  if (help) await assertHelp(person, 'ended-help', help);
  await person.state('ended');
}

/** The way on leads to a new search. */
async function searchesAgain(person) {
  const heard = async () => (await person.received('waiting')).length;
  const before = await heard();
  await person.press('ended-next');
  await person.state('waiting');
  await until('the server has heard it', async () => (await heard()) > before);
}

async function startsInRoom(person, room, ...tick) {
  await person.chooseRoom(room);
  await person.press('media-none');
  await person.start(...tick);
  await person.state('waiting');
  await person.nextReceived('waiting');
}

const backHome = async (person) => {
  await person.press('ended-home');
  await person.state('home');
};

/** The call as this page's last `matched` names it. */
const lastCall = async (person) => (await person.received('matched')).at(-1).call;

/** This person's page tells the server, without knowing of it, why the call is over for it. */
function giveUp(person, call, reason) {
  return person.page.evaluate((text) => vvProbe.sockets.at(-1).send(text), JSON.stringify({ type: 'leave', call, reason }));
}

async function searchesThatEnd(server, one) {
  await bothOpen(server, one);
  const room = await freshRoom(one);
  await startsInRoom(one, room);
  // Private calls stay open to who may not look for strangers.
  await one.deliver({ type: 'error', code: 'cooldown', text: 'test', retry_after: 3_600, about: 'seek' });
  await assertEnded(one, 'cooldown');
  await assertSentence(one, 'ended-until', 'ended.until', { time: '1 hour' });
  assert.ok(!(await one.has('ended-next')), 'nobody is sent into a search that is refused');
  await backHome(one);
  await one.press('private-new');
  await one.state('private');
  await one.press('back');
  await one.state('home');

  await startsInRoom(one, room);
  await one.deliver({ type: 'error', code: 'banned', text: 'test', retry_after: 1, about: 'seek' });
  await assertEnded(one, 'banned');
  // When the time is over the way is open again.
  await assertSentence(one, 'ended-until', 'ended.until.now');
  await shows(one, 'ended-next');
  await searchesAgain(one);

  await one.deliver({ type: 'error', code: 'rooms_closed', text: 'test', about: 'seek' });
  await assertEnded(one, 'closed');
  await backHome(one);

  await startsInRoom(one, room);
  await one.closeSocket(4002);
  await assertEnded(one, 'session');
  await one.press('ended-reload');
  await until('the page is loaded anew', async () => (await one.attributes()).state === 'home' && (await one.attributes()).server === 'open');
}

async function meetingsThatEnd(server, one) {
  await bothOpen(server, one);
  const room = await freshRoom(one);
  let stranger = null;
  const meetSomebody = async () => {
    stranger?.close();
    stranger = await Stranger.meets(server, one, room);
  };
  const connect = async () => {
    await one.press('accept');
    const intro = await stranger.accept();
    await one.state(['connecting', 'ended']);
    return intro;
  };
  try {
    await startsInRoom(one, room);
    await meetSomebody();
    await one.press('decline');
    await assertEnded(one, 'declined');
    await searchesAgain(one);

    // The other end is not the one that was announced.
    await meetSomebody();
    stranger.answerUnderAnother((await connect()).sdp);
    await assertEnded(one, 'fingerprint');
    await searchesAgain(one);

    await meetSomebody();
    await connect();
    // It takes long, and then longer than it should.
    for (const [seconds, patience] of [[9, 'long'], [9, 'very_long']]) {
      await putForward(one, seconds);
      await until(`the words for ${patience}`, () => one.page.evaluate((wanted) => document.querySelector(`[data-patience=${wanted}]`) !== null, patience));
      await assertSentence(one, 'patience', `call.patience.${patience}`);
    }
    stranger.leave('failed');
    await assertEnded(one, 'failed', 'network');
    await searchesAgain(one);

    for (const reason of ['gone', 'left', 'next']) {
      await meetSomebody();
      await connect();
      await one.deliver({ type: 'left', call: stranger.call, reason });
      await assertEnded(one, reason);
      await searchesAgain(one);
    }

    await meetSomebody();
    await one.deliver({ type: 'left', call: stranger.call, reason: 'silent' });
    await assertEnded(one, 'silent');
    stranger.close();
    await searchesAgain(one);
    await one.press('waiting-cancel');
    await one.press('back');
    await one.state('home');

    await one.page.evaluate(() => {
      vvProbe.rewrite = (text) => (text.includes('"type":"accepted"') ? text.replaceAll('"turn:', '"stun:') : text);
    });
    await startsInRoom(one, room, 'hide-address');
    await meetSomebody();
    await connect();
    await assertEnded(one, 'no_relay', 'nat');

    // What could not be kept can be sent again, until the page has lost its place with the server.
    await reportsInVain(one);
    await one.closeSocket(4002);
    await one.server('closed');
    await until('it cannot be sent again', async () => !(await one.has('report')));
    await assertSentence(one, 'noted', 'ended.noted.lost');
  } finally {
    stranger?.close();
  }
}

const noted = (person, how) =>
  until(`the report is ${how}`, () => person.page.evaluate((state) => document.querySelector(`[data-report=${state}]`) !== null, how));

async function sendReport(person) {
  await person.press('report');
  await person.press('report-spam');
  await person.press('report-send');
  await isGone(person, 'report-dialog');
}

async function reportsInVain(person) {
  await person.page.evaluate(() => {
    const refusal = JSON.stringify({ type: 'error', code: 'not_kept', text: 'test', about: 'report' });
    vvProbe.rewrite = (text) => (text.includes('"type":"noted"') ? refusal : text);
  });
  await sendReport(person);
  await noted(person, 'failed');
}

async function callsThatBreak(server, one, other) {
  await bothOpen(server, one, other);
  await meetAtCard(one, other, await freshRoom(one));
  await bothAccept(one, other);
  await one.seesAndHears();
  await giveUp(other, await lastCall(other), 'failed');
  await assertEnded(one, 'lost', 'network');

  // A report that the server could not keep is sent again.
  await reportsInVain(one);
  await assertSentence(one, 'noted', 'ended.noted.failed');
  await one.page.evaluate(() => void (vvProbe.rewrite = (text) => text));
  await sendReport(one);
  await noted(one, 'kept');
  await assertSentence(one, 'noted', 'ended.noted.report');
  await searchesAgain(one);
}

async function privateCallsThatEnd(server, one, other) {
  await bothOpen(server, one);
  const link = await meetByLink(one, other);
  const { call } = (await one.received('joined')).at(-1);
  await giveUp(other, call, 'key');
  await assertEnded(one, 'key', 'server');
  await other.state('ended');

  for (const [message, reason, help] of [
    [{ type: 'full' }, 'full', 'server'],
    [{ type: 'error', code: 'replaced', text: 'test' }, 'replaced', null],
  ]) {
    await one.press('ended-again');
    await one.state('waiting');
    await one.deliver(message);
    await assertEnded(one, reason, help);
  }
  // And with the same link the two still meet.
  await one.press('ended-again');
  await other.press('ended-again');
  await Promise.all([one.state('connected'), other.state('connected')]);

  // Whose page is loaded again comes back by the same seat: not yet, as far as this page hears.
  await one.page.evaluate(() => void (vvProbe.rewrite = (text) => (text.includes('"test"') ? text : text.replace('"type":"joined"', '"type":"test"'))));
  const opened = async () => (await one.sent('open')).length;
  const before = await opened();
  await one.deliver({ type: 'left', call: (await one.received('joined')).at(-1).call, reason: 'reload' });
  await one.state('waiting');
  await assertSentence(one, 'waiting-unmet', 'waiting.reloaded');
  assert.equal(await one.has('waiting-ahead'), false, 'who comes back has opened the link already');
  await until('the page has opened anew', async () => (await opened()) > before);
  // Who tries to join meanwhile without the key is not the one who comes back.
  await one.deliver({ type: 'joined', call: 'A'.repeat(22), role: 'b', noise: 'A'.repeat(64), prefs: { media: 'video' }, text: 'test' });
  await noticeIs(one, 'someone_tried');
  await assertSentence(one, 'waiting-unmet', 'waiting.reloaded');

  // Who finds both seats taken has a link of their own in a moment.
  await one.deliver({ type: 'full' });
  await assertEnded(one, 'full', 'server');
  await one.press('ended-new');
  await one.state('private');
  assert.notEqual(await one.value('private-link'), link);
}

export function meetingFailureCases(scenario) {
  for (const kind of ['chromium', 'firefox']) {
    scenario('searches that end', [kind], searchesThatEnd);
    scenario('meetings that end', [kind], meetingsThatEnd);
    scenario('a call that breaks, and a report that is not kept', [kind, 'chromium'], callsThatBreak);
    scenario('private calls that end', [kind, 'chromium'], privateCallsThatEnd);
  }
}
