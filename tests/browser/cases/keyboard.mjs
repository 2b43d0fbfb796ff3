// A whole call without a mouse.
import assert from 'node:assert/strict';
import { until } from '../lib/poll.mjs';
import { assertTalk, bothOpen, freshRoom } from './talk.mjs';

const kTabsMax = 200; // more than there are controls

/** Presses Tab until the control has the focus, as a person without a mouse does. */
async function tabTo(person, name) {
  const focused = () => person.page.evaluate(() => document.activeElement?.dataset?.testid ?? null);
  for (let tabs = 0; tabs < kTabsMax; ++tabs) {
    if ((await focused()) === name) return;
    await person.page.press('Tab');
  }
  throw new Error(`${person.name}: Tab never reaches ${name}`);
}

async function pressByKey(person, name, key = 'Enter') {
  await tabTo(person, name);
  await person.page.press(key);
}

export function keyboardCases(scenario) {
  scenario('a call by keyboard only', ['chromium', 'chromium'], async (server, first, second) => {
    await bothOpen(server, first, second);
    const room = await freshRoom(first);
    await second.chooseRoom(room);
    await second.start();
    await second.state('waiting');
    await pressByKey(first, `room-${room}`);
    await until('the rules', () => first.has('rules-agree'));
    await pressByKey(first, 'rules-agree');
    await first.state('ready');
    await pressByKey(first, 'start');
    await first.state('card');
    await pressByKey(first, 'accept');
    await second.press('accept');
    await Promise.all([first.state('connected'), second.state('connected')]);
    await assertTalk(first, second, 'direct');

    await pressByKey(first, 'chat-close');
    await pressByKey(first, 'chat-open');
    assert.equal(await first.page.evaluate(() => document.activeElement.dataset.testid), 'chat-input', 'the open chat waits for words');
    await first.page.typeKeys('written without a mouse');
    await first.page.press('Enter');
    await second.hears('written without a mouse');

    const muted = () => first.page.evaluate(() => document.querySelector('[data-testid="mute"]').getAttribute('aria-pressed'));
    assert.equal(await muted(), 'false');
    await pressByKey(first, 'mute', 'Space');
    await until('muted', async () => (await muted()) === 'true');

    await pressByKey(first, 'leave');
    await Promise.all([first.state('ended'), second.attribute('reason', 'left')]);
    await pressByKey(first, 'ended-home');
    await first.state('home');
  });
}
