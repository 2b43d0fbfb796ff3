// Declining, meeting right away, going on.
import assert from 'node:assert/strict';
import { bothAccept, meetAtCard } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { serving } from '../lib/program.mjs';
import { assertSentence, settled } from '../lib/seen.mjs';
import { sentence } from '../lib/sentences.mjs';
import { alikeInTurn, assertLeaves, assertTalk, bothOpen, freshRoom, unlikeInTurn } from './talk.mjs';

export function roomCases(scenario) {
  for (const pair of unlikeInTurn()) {
    scenario('one accepts, the other declines', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await first.press('accept');
      await first.state('accepting');
      await second.press('decline');
      const [left] = await Promise.all([first.nextReceived('left'), second.nextReceived('left')]);
      assert.equal(left.reason, 'not_met', 'a decline is not told as one');
      await first.state('waiting');
      await assertSentence(first, 'waiting-unmet', 'waiting.unmet');
      const region = await first.page.evaluate(() => document.querySelector('[data-testid=waiting-unmet]').closest('[role=status]').textContent);
      assert.equal(region, sentence('waiting.unmet'), 'it is not read out again with each place in the line');
      assert.equal((await second.received('left'))[0].reason, 'you');
      const messages = (await first.received()).filter(({ type }) => type !== 'left');
      assert.deepEqual(messages.filter(({ type }) => type === 'accepted'), []);
      const texts = JSON.stringify(await second.received());
      const [{ intro }] = await first.sent('accept');
      assert.ok(!texts.includes(JSON.parse(intro).fingerprint), 'the one who declined learned nothing');
      await first.press('waiting-cancel');
      await first.state('ready');
      await first.start();
      await first.state('waiting');
      await until('the place in the line', async () => Boolean(await first.text('waiting-ahead')));
      await settled(first);
      assert.equal(await first.has('waiting-unmet'), false, 'a new search has nothing to tell yet');
    });
  }

  for (const pair of alikeInTurn()) {
    scenario('both meet right away', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      const room = await freshRoom(first);
      for (const person of [first, second]) {
        await person.chooseRoom(room);
        await person.start('meet-instant');
      }
      await Promise.all([first.state('connected'), second.state('connected')]);
      await assertTalk(first, second, 'direct');
      await assertLeaves(first, second);
    });
  }

  scenario('where the server lets people meet right away, who wants to be asked still is', ['firefox', 'chromium'], (_, first, second) =>
    serving(['--rooms-meeting', 'instant'], async (server) => {
      await bothOpen(server, first, second);
      const room = await freshRoom(first);
      for (const person of [first, second]) {
        await person.chooseRoom(room);
        assert.ok(await person.page.evaluate(() => document.querySelector('[data-testid="meet-instant"]').checked), `${person.name}: as the server has preset it`);
      }
      await first.start();
      await second.tick('meet-instant', false);
      await second.start();
      await Promise.all([first.state('accepting'), second.state('card')]);
      await second.press('accept');
      await Promise.all([first.state('connected'), second.state('connected')]);
      await assertTalk(first, second, 'direct');
    }));

  scenario('somebody who waits without camera and microphone: the start shows it in words, and the card is true', ['chromium', 'firefox', 'chromium'], async (server, first, second, third) => {
    await bothOpen(server, first, second, third);
    const room = await freshRoom(first);
    const words = () => second.page.evaluate((tag) => document.querySelector(`[data-testid="room-${tag}"]`).innerText, room);
    await second.showAllRooms();
    assert.doesNotMatch(await words(), /waiting/);
    await first.chooseRoom(room);
    await first.start('media-none');
    await first.state('waiting');
    await until('the start tells of who waits', async () => /\b1 waiting$/.test(await words()), { limit: 40_000 }); // with the page's next ping
    await second.chooseRoom(room);
    await second.start();
    await Promise.all([first.state('card'), second.state('card')]);
    assert.equal((await second.text('card-media')).trim(), 'They join without a camera.');
    assert.equal((await first.text('card-media')).trim(), 'They join with a camera.');
    for (const person of [first, second]) await person.press('card-instant');
    assert.deepEqual([(await first.attributes()).state, (await second.attributes()).state], ['card', 'card'], 'the tick answers nothing by itself');
    await first.press('decline');
    await Promise.all([first.state('ended'), second.state('waiting')]);
    await third.chooseRoom(room);
    await third.start();
    await third.state('card');
    await second.state('accepting');
  });

  // In two cases each of the two leaves each of the two, and finds a Chromium.
  for (const kinds of [['chromium', 'firefox', 'chromium'], ['firefox', 'firefox', 'chromium']]) {
    scenario('next, and somebody else', kinds, async (server, first, second, third) => {
      await bothOpen(server, first, second, third);
      const room = await freshRoom(first);
      await meetAtCard(first, second, room);
      await bothAccept(first, second);
      await assertTalk(first, second, 'direct');
      await first.press('next');
      await Promise.all([first.state('waiting'), second.state('ended'), second.attribute('reason', 'next')]);
      await third.chooseRoom(room);
      await third.start();
      await Promise.all([first.state('card'), third.state('card')]);
      await bothAccept(first, third);
      await assertTalk(first, third, 'direct');
      assert.equal((await second.attributes()).state, 'ended', 'the second one is not disturbed');
    });
  }

  scenario('after next: the last one is reported and blocked, the next one hears the truth', ['chromium', 'firefox', 'chromium'], async (server, first, second, third) => {
    await bothOpen(server, first, second, third);
    const room = await freshRoom(first);
    await meetAtCard(first, second, room);
    await bothAccept(first, second);
    const { call } = await first.nextReceived('accepted');
    await first.press('camera');
    await first.press('next');
    await first.state('waiting');

    await first.press('block');
    assert.equal((await first.nextReceived('noted')).call, call);
    // In another room, where that one waits too, it is still about the last one.
    await second.state('ended');
    await second.press('ended-home');
    const other = await freshRoom(second);
    await second.chooseRoom(other);
    await second.start();
    await second.state('waiting');
    await first.press(`switch-${other}`);
    await until('the other room is sought', async () => (await first.sent('seek')).at(-1).room === other);
    await first.state('waiting');
    await first.press('report');
    await first.press('report-spam');
    await first.press('report-send');
    await first.state('waiting');
    await until('the report is noted', async () => (await first.received('noted')).some(({ what }) => what === 'report'));
    assert.deepEqual((await first.sent('report')).map((report) => [report.call, report.category]), [[call, 'spam']]);
    await second.press('waiting-cancel');

    await third.chooseRoom(other);
    await third.start();
    await Promise.all([first.state('card'), third.state('card')]);
    assert.equal((await third.nextReceived('matched')).prefs.media, 'sound', 'no camera is promised that is off');
    assert.equal(await first.has('report'), false, 'the last one is out of reach once the next is found');
  });
}
