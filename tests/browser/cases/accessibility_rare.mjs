// What hardly ever is shown, looked at as accessibility.mjs looks at the rest.
import { readFileSync } from 'node:fs';
import { kIsLong } from '../lib/long.mjs';
import { holdControls, kOfLanguages, Looking, readsIn } from '../lib/looking.mjs';
import { putForward, withoutPath, withoutServer } from '../lib/lost.mjs';
import { bothAccept, meetAtCard } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { accountDiffers, codeStands, forgeCode, holdCode, isBroken, showAddresses, takesCamera, withAnotherAccount } from '../lib/rare.mjs';
import { giveFiles } from '../lib/story.mjs';
import { Stranger } from '../lib/stranger.mjs';
import { coverCamera, giveTone } from './ladder.mjs';
import { bothOpen, freshRoom } from './talk.mjs';

const kSavedCall = readFileSync(new URL('../../../web/app/guide/made/example.json', import.meta.url), 'utf8');

const byTestId = (name) => `[data-testid="${name}"]`;
const shows = (person, name) => until(`${person.name}: ${name}`, () => person.has(name));
const isGone = (person, name) => until(`${person.name}: no ${name}`, async () => !(await person.has(name)));

/** Runs in the page before its own code: a code that does not come is waited for long enough to be looked at. */
function waitForCode() {
  const { setTimeout } = window;
  window.setTimeout = (then, ms, ...rest) => setTimeout(then, ms === 10_000 ? 30_000 : ms, ...rest);
}

/** A file that is none, one that is, and a server whose account is another than the page's. */
async function lookAtAccounts(server, one, looking) {
  await one.open(`${server.origin}/how`);
  await one.press('how-made');
  await shows(one, 'made-file');
  await giveFiles(one, ['{}']);
  await shows(one, 'made-flaw');
  await looking.at('a file that is no saved call');
  await giveFiles(one, [kSavedCall]);
  await shows(one, 'made-source');
  await looking.at('a saved call, opened');
  await one.goBack();
  await shows(one, 'screen-how');
  await withAnotherAccount(one, async () => {
    await one.press('how-server');
    await accountDiffers(one);
    await looking.at('a server whose account differs');
  });
  await one.press('wordmark');
  await one.state('home');
}

/** A ban, a partner who is another, a private call that is full. */
async function lookAtEnds(server, one, looking) {
  const room = await freshRoom(one);
  const seek = async () => {
    const before = (await one.received('waiting')).length;
    await one.start();
    await until('the server looks for somebody', async () => (await one.received('waiting')).length > before);
  };
  await one.chooseRoom(room);
  await seek();
  await one.deliver({ type: 'error', code: 'banned', text: 'test', about: 'seek', retry_after: 6 * 86_400 });
  await one.state('ended');
  await looking.at('a ban');
  await one.press('ended-home');

  await one.chooseRoom(room);
  await seek();
  const stranger = await Stranger.meets(server, one, room);
  try {
    await one.press('accept');
    stranger.answerUnderAnother((await stranger.accept()).sdp);
    await one.attribute('reason', 'fingerprint');
  } finally {
    stranger.close();
  }
  await looking.at('ended, since somebody else answered');
  await one.press('ended-home');

  await one.press('private-new');
  await one.press('private-open');
  await one.state('ready');
  await seek();
  await one.deliver({ type: 'full' });
  await one.state('ended');
  await looking.at('a private call that is full');
}

async function lookAtRareCall(server, first, second, looking) {
  for (const [stub, ...values] of [[giveTone, 0], [coverCamera], [waitForCode]]) await first.page.beforeLoad(stub, ...values);
  await bothOpen(server, first, second);
  await second.page.evaluate(holdCode);
  await meetAtCard(first, second, await freshRoom(first));
  await bothAccept(first, second);
  await first.seesAndHears();
  await lookAtLateCode(first, looking);
  for (const hint of ['silent', 'black']) {
    await until(`${first.name} is told: ${hint}`, () => first.page.evaluate((is) => document.querySelector('[data-testid=hint]')?.dataset.hint === is, hint), { limit: 40_000 });
    await holdControls(first);
    await looking.at(`a hint: ${hint}`);
    await first.press('hint-close');
  }
  await takesCamera(first, true);
  await shows(first, 'notice');
  await holdControls(first);
  await looking.at('a camera that is taken', byTestId('notice'));
  await takesCamera(first, false);
  await isGone(first, 'notice');
  await first.press('path-badge');
  await first.press('call-made');
  await shows(first, 'made-why');
  await showAddresses(first);
  await looking.at('each address of a call', byTestId('made-dialog'));
  await first.press('made-dialog-close');
  await lookAtBrokenPath(first, looking);
  await first.state('ended');
  await first.press('menu-how');
  await shows(first, 'made-why');
  await looking.at('how the last call was made');
  await first.goBack();
  await shows(first, 'screen-ended');
  await first.press('ended-home');
}

async function lookAtLateCode(first, looking) {
  await holdControls(first);
  await first.press('path-badge');
  await first.press('code-open');
  await codeStands(first, 'making');
  await looking.at('a safety code that is being made', byTestId('code-dialog'));
  await until('nothing came of it', () => first.page.evaluate(() => document.documentElement.dataset.safety === 'unverified'), { limit: 40_000 });
  await codeStands(first, 'unverified');
  await looking.at('a safety code that nobody answered', byTestId('code-dialog'));
  await first.press('code-dialog-close');
}

/** Alone, long, and until the person is asked, who leaves. */
async function lookAtBrokenPath(first, looking) {
  await withoutServer(first, () => withoutPath(first, async () => {
    await isBroken(first, 'alone');
    await holdControls(first);
    await looking.at('interrupted, and the server away');
  }));
  await withoutPath(first, async () => {
    for (const [seconds, how] of [[10, 'long'], [25, 'stuck']]) {
      await putForward(first, seconds);
      await isBroken(first, how);
      await holdControls(first);
      await looking.at(`interrupted: ${how}`);
    }
    await first.press('shaky-leave');
  });
}

/** By a private link: somebody who forges the code, and another link that is pasted. */
async function lookAtForgedCode(first, second, looking) {
  await first.press('private-new');
  await first.state('private');
  const link = await until('a private link', () => first.value('private-link'));
  await first.press('private-open');
  await first.state('ready');
  await first.start();
  await first.state('waiting');
  await second.open(link);
  await second.page.evaluate(forgeCode);
  await second.state('ready');
  await second.start();
  await first.state('connected');
  await first.seesAndHears();
  await first.attribute('safety', 'refused');
  await shows(first, 'code-warning');
  await holdControls(first);
  await looking.at('warned of a forged safety code');
  await first.press('path-badge');
  await first.press('code-open');
  await codeStands(first, 'refused');
  await looking.at('a forged safety code', byTestId('code-dialog'));
  await first.press('code-dialog-close');
  await first.page.evaluate((key) => void (location.href = `/p#1.${key}`), 'A'.repeat(22));
  await shows(first, 'leave-dialog');
  await looking.at('another link in a call', byTestId('leave-dialog'));
  await first.deliver({ type: 'left', call: (await first.nextReceived('joined')).call, reason: 'left' });
  await shows(first, 'ended-pasted');
  await looking.at('ended, with another link pasted');
}

async function lookAtAll(server, first, second, looking) {
  await lookAtAccounts(server, first, looking);
  await lookAtEnds(server, first, looking);
  await lookAtRareCall(server, first, second, looking);
  await lookAtForgedCode(first, second, looking);
}

export function rareLookCases(scenario) {
  for (const kind of kIsLong ? ['chromium', 'firefox'] : ['chromium']) {
    scenario('what hardly ever is shown is for everybody', [kind, 'chromium'], async (server, first, second) => {
      const looking = new Looking(first);
      await lookAtAll(server, first, second, looking);
      looking.assertGood();
    });
  }

  for (const tag of kIsLong ? ['ar', 'ta'] : []) {
    scenario(`what hardly ever is shown is for everybody who reads it in ${tag}`, ['chromium', 'chromium'], async (server, first, second) => {
      await readsIn(first, tag);
      const looking = new Looking(first, kOfLanguages);
      await lookAtAll(server, first, second, looking);
      looking.assertGood();
    });
  }
}
