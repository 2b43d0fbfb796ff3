// Every screen as people see it who use a screen reader, large letters, forced colours, a dark room or no motion.
import assert from 'node:assert/strict';
import { kFirefoxWithWishes } from '../lib/launch.mjs';
import { kIsLong } from '../lib/long.mjs';
import { holdControls, kOfLanguages, kOfWishes, Looking, readsIn } from '../lib/looking.mjs';
import { withoutPath, withoutServer } from '../lib/lost.mjs';
import { Person, bothAccept, meetAtCard } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { letPlay, refusePlaying, saysIfHeard } from '../lib/rare.mjs';
import { anotherRoomThan, listSpareCamera, offerSheet, withSomebodyIn } from '../lib/seldom.mjs';
import { partnerIs } from '../lib/seen.mjs';
import { Stranger } from '../lib/stranger.mjs';
import { findUnreached } from '../lib/tabbing.mjs';
import { bothOpen, freshRoom } from './talk.mjs';

const byTestId = (name) => `[data-testid="${name}"]`;
const shows = (person, name) => until(`${person.name}: ${name}`, () => person.has(name));

/** From now on the server says other things of itself. */
async function serverSays(person, ...changes) {
  const greetings = async () => (await person.received('welcome')).length;
  const before = await greetings();
  await person.page.evaluate((list) => {
    vvProbe.rewrite = (text) => list.reduce((said, [from, to]) => said.replaceAll(from, to), text);
    visavis.drop();
  }, changes);
  await until('the server has said it', async () => (await greetings()) > before);
}

/** The screens one person sees alone. */
async function lookAround(server, one, looking) {
  await withSomebodyIn(server, 'en', async () => {
    await one.open(`${server.origin}/`);
    await until('the rooms, with somebody waiting in one', () => one.page.evaluate(() => document.querySelector('[data-testid="room-en"] .room-count.some')?.checkVisibility()));
    await looking.at('home');
  });
  await one.page.evaluate(offerSheet);
  await one.page.evaluate(listSpareCamera);
  await one.page.fill(byTestId('search-rooms'), 'no such language');
  await shows(one, 'rooms-none');
  await looking.at('no room found');
  await serverSays(one, ['"rooms":true,"rooms_closed":null', '"rooms":false,"rooms_closed":"no_contact"'], ['"private":true', '"private":false']);
  await shows(one, 'rooms-closed');
  await shows(one, 'private-closed');
  await looking.at('nothing offered');
  await serverSays(one);
  await shows(one, 'rooms');
  await one.press('menu-settings');
  await shows(one, 'settings-dialog');
  await looking.at('settings', byTestId('settings-dialog'));
  await one.page.press('Escape');
  await lookAtMissingPart(one, looking);
  await one.press('menu-how');
  await shows(one, 'screen-how');
  await looking.at('how it works');
  await one.press('how-made');
  await shows(one, 'made-file');
  await looking.at('a saved call, to be opened');
  await one.goBack();
  await shows(one, 'screen-how');
  await one.press('how-server');
  await shows(one, 'ledger');
  await shows(one, 'page-hash');
  await looking.at('what the server can see');
  await one.press('footer-trouble');
  await shows(one, 'screen-trouble');
  await looking.at('when a call fails');
  await one.press('wordmark');
  await one.press('private-new');
  await one.state('private');
  await one.press('private-qr');
  await shows(one, 'private-code');
  await shows(one, 'private-share');
  await looking.at('private link');
  await one.press('wordmark');
  await one.showAllRooms();
  // A browser that would ask.
  await one.page.evaluate(() => {
    window.vvQuery = Permissions.prototype.query;
    Permissions.prototype.query = async () => Object.assign(new EventTarget(), { state: 'prompt' });
  });
  const room = await freshRoom(one);
  await one.press(`room-${room}`);
  await shows(one, 'rules-dialog');
  await looking.at('rules', byTestId('rules-dialog'));
  await one.press('rules-agree');
  await one.state('ready');
  await shows(one, 'ask-now');
  await looking.at('before the browser asks');
  await one.page.evaluate(() => void (Permissions.prototype.query = window.vvQuery));
  await one.press('ask-now');
  await shows(one, 'switch-camera');
  await looking.at('before the call');
  await one.page.evaluate(() => {
    MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException('test', 'NotReadableError'));
  });
  await one.press('media-none');
  await one.press('media-video');
  await until('a failure is told', async () => (await one.has('notice')) || ((await one.has('ask-now')) && (await one.press('ask-now'))));
  await looking.at('a failure told');
  await joinWithNothing(one);
  await lookAtSomebody(server, one, room, looking);
  await one.press('footer-kept');
  await shows(one, 'kept-dialog');
  await looking.at('what is kept', byTestId('kept-dialog'));
  await one.open(`${server.origin}/p#1.tooshort`);
  await shows(one, 'notice');
  await looking.at('a damaged link');
}

/** A part of the page that has not come yet, and does not come. */
async function lookAtMissingPart(one, looking) {
  await withoutServer(one, async () => {
    await one.page.evaluate(() => {
      window.vvFetch = window.fetch;
      window.fetch = () => Promise.reject(new TypeError('test'));
    });
    await one.press('menu-how');
    await shows(one, 'part-missing');
    await shows(one, 'server-note');
    await looking.at('a part is missing, and the server away');
    await one.page.evaluate(() => void (window.fetch = window.vvFetch));
    await one.goBack();
    await one.state('home');
  });
}

async function joinWithNothing(person) {
  // In a low window it may lie below the bar that stays in view.
  await person.page.evaluate(() => document.querySelector('[data-testid=media-none]').scrollIntoView({ block: 'center' }));
  await person.press('media-none');
}

/** With somebody who needs no browser: from the answer to a connection that does not come about, and a pause after it. */
async function lookAtSomebody(server, one, room, looking) {
  await one.start();
  await one.state('waiting');
  await one.nextReceived('waiting');
  const stranger = await Stranger.meets(server, one, room);
  try {
    await one.press('accept');
    await one.state('accepting');
    await looking.at('the other decides');
    await stranger.accept();
    await one.state('connecting');
    await holdControls(one);
    await looking.at('connecting');
    await one.press('leave');
    await one.state('ended');
  } finally {
    stranger.close();
  }
  await one.press('ended-next');
  await one.state('waiting');
  await one.nextReceived('waiting');
  await one.deliver({ type: 'error', code: 'cooldown', text: 'test', retry_after: 3_600, about: 'seek' });
  await one.state('ended');
  await looking.at('a pause');
  await one.press('ended-home');
  await one.press('private-again');
  await one.press('private-open');
  await joinWithNothing(one);
  await one.start();
  await one.state('waiting');
  await looking.at('waiting for a friend');
  await one.press('waiting-cancel');
}

/** The screens two people come by. `first` is the one who looks. */
async function lookTogether(server, first, second, looking) {
  await bothOpen(server, first, second);
  await first.page.evaluate(listSpareCamera);
  // No screen of this machine: what is drawn in the page is one as well, and no browser has to be asked.
  for (const { page } of [first, second]) {
    await page.evaluate(() => {
      MediaDevices.prototype.getDisplayMedia = async () => document.createElement('canvas').captureStream(5);
    });
  }
  const room = await freshRoom(first);
  await first.chooseRoom(room);
  await second.chooseRoom(room);
  await first.start();
  await first.state('waiting');
  const elsewhere = anotherRoomThan(room);
  await withSomebodyIn(server, elsewhere, async () => {
    await until('the way there', () => first.has(`switch-${elsewhere}`));
    await looking.at('waiting');
    assert.ok(await first.has(`switch-${elsewhere}`), 'the way there was to be seen all the while');
  });
  await second.start();
  await Promise.all([first.state('card'), second.state('card')]);
  // An answer is wanted within 20 s.
  await looking.at('card');
  await bothAccept(first, second);
  await first.seesAndHears();
  await holdControls(first);
  await shows(first, 'switch-camera');
  await looking.at('call');
  await second.say('look: https://example.org/a?b=1');
  await first.say('I see');
  await first.hears('look:');
  // With the sentence of a call that takes the most room.
  await saysIfHeard(second, false);
  const isToldDeaf = () => first.page.evaluate(() => document.querySelector('[data-hint=deaf]') !== null);
  await until('it is told', isToldDeaf);
  await holdControls(first);
  await looking.at('messages');
  await first.press('chat-close');
  await holdControls(first);
  await looking.at('a hint');
  await saysIfHeard(second, true);
  await until('it is told no more', async () => !(await isToldDeaf()));
  for (const [button, inside] of [['path-badge', 'path'], ['safety', 'safety'], ['more', 'more']]) {
    await first.press(button);
    await looking.at(button, `#popover-${inside}`);
    await first.page.press('Escape');
  }
  await lookAtCode(first, looking);
  await first.press('path-badge');
  await first.press('call-made');
  await shows(first, 'made-why');
  await looking.at('how this call was made', byTestId('made-dialog'));
  await first.press('made-dialog-close');
  await lookAtScreens(first, second, looking);
  await withoutPath(first, async () => {
    await holdControls(first);
    await looking.at('interrupted');
  });
  await first.press('more');
  await first.press('devices-open');
  await shows(first, 'devices-dialog');
  await looking.at('devices', byTestId('devices-dialog'));
  await first.press('devices-done');
  await first.press('safety');
  await first.press('report');
  await shows(first, 'report-dialog');
  await looking.at('report', byTestId('report-dialog'));
  await first.press('report-cancel');
  await first.goBack();
  await shows(first, 'leave-dialog');
  await looking.at('leave?', byTestId('leave-dialog'));
  await first.press('leave-yes');
  await first.state('ended');
  await looking.at('ended');
  await first.press('ended-next');
  await first.state('waiting');
  await shows(first, 'report');
  await looking.at('waiting after a call');
  await first.press('report');
  await shows(first, 'report-dialog');
  await looking.at('report on the last one', byTestId('report-dialog'));
}

/** What lies over a call, each by itself, and what is said after it. */
async function lookAtNotes(server, first, second, looking) {
  const { page } = first;
  await bothOpen(server, first, second);
  await meetAtCard(first, second, await freshRoom(first));
  await bothAccept(first, second);
  await first.seesAndHears();

  await page.evaluate(() => {
    const [track] = document.querySelector('[data-testid=own-video]').srcObject.getVideoTracks();
    track.stop();
    track.dispatchEvent(new Event('ended'));
  });
  await shows(first, 'notice');
  await holdControls(first);
  // In large letters it lies over the own picture, until it is closed.
  await looking.at('a camera that is gone', byTestId('notice'));
  await first.press('notice-close');

  await page.evaluate(() => {
    Element.prototype.requestFullscreen = () => Promise.reject(new TypeError('test'));
  });
  await first.press('more');
  await first.press('fullscreen');
  await shows(first, 'stage-refused');
  await holdControls(first);
  await looking.at('full screen that is refused');
  await first.press('stage-refused-close');

  await refusePlaying(first);
  await holdControls(first);
  await looking.at('a browser that wants to be asked by a press');
  await letPlay(first);

  // It would go away while it is looked at.
  await page.evaluate(() => {
    const { setTimeout } = window;
    window.setTimeout = (then, ms, ...rest) => setTimeout(then, ms >= 5_000 ? 2 ** 30 : ms, ...rest);
  });
  await second.say('look: https://example.org/a?b=1');
  await shows(first, 'chat-toast');
  await holdControls(first);
  await looking.at('a message that has come');
  await first.press('chat-open');
  await first.press('chat-close');

  await withoutServer(first, async () => {
    await shows(first, 'server-note');
    await holdControls(first);
    await looking.at('a call while the server is away');
  });

  await first.press('leave');
  await first.state('ended');
  await first.press('block');
  await first.press('report');
  await first.press('report-send');
  await until('it is said what is missing', () => page.evaluate(() => document.querySelector('[data-testid=report-missing]').textContent !== ''));
  await looking.at('a report without what happened', byTestId('report-dialog'));
  await first.press('report-harassment');
  await shows(first, 'report-urgent');
  await looking.at('a report on somebody dangerous', byTestId('report-dialog'));
  await first.press('report-send');
  await until('both are noted', () => page.evaluate(() => document.querySelectorAll('[data-testid=noted] p').length === 2));
  await looking.at('ended, blocked and reported');
  await lookAtNobodyMet(server, first, looking);
}

/** Back in the search, since it did not come to a call. */
async function lookAtNobodyMet(server, one, looking) {
  await one.press('ended-next');
  await one.state('waiting');
  await one.nextReceived('waiting');
  const { room } = (await one.sent('seek')).at(-1);
  const stranger = await Stranger.meets(server, one, room);
  await one.press('accept');
  stranger.close();
  await one.state('waiting');
  await shows(one, 'waiting-unmet');
  await looking.at('a meeting that came to nothing');
}

async function lookAtCode(first, looking) {
  await first.attribute('safety', 'code');
  const open = async () => {
    await holdControls(first);
    await first.press('path-badge');
    await first.press('code-open');
    await shows(first, 'code-dialog');
  };
  await open();
  await looking.at('safety code', byTestId('code-dialog'));
  await first.press('code-differs');
  await shows(first, 'code-leave');
  await looking.at('a safety code that differs', byTestId('code-dialog'));
  await first.press('code-dialog-close');
  await shows(first, 'code-warning');
  await looking.at('warned by the safety code');
  await open();
  await first.press('code-again');
  await first.press('code-same');
  await shows(first, 'code-done');
  await looking.at('a safety code that is the same', byTestId('code-dialog'));
  await first.press('code-done');
}

/** One's own screen is shared, and then the other's. */
async function lookAtScreens(first, second, looking) {
  await first.press('share');
  await shows(first, 'sharing');
  await holdControls(first);
  await looking.at('sharing');
  await first.press('share-stop');
  await until('it has ended', async () => !(await first.has('sharing')));
  await second.press('share');
  await partnerIs(first, 'screen');
  await holdControls(first);
  await looking.at('their screen');
  await second.press('share-stop');
  await partnerIs(first, null);
}

async function lookWhereNoCallIs(server, browser, looking) {
  const other = await Person.at(browser, 'without WebRTC', { probe: { lacks: ['RTCPeerConnection'] } });
  try {
    await other.page.goto(`${server.origin}/`);
    await other.state('unable');
    looking.person = other;
    await looking.at('no call possible');
  } finally {
    await other.close();
  }
}

export function accessibilityCases(scenario) {
  for (const kind of ['chromium', 'firefox']) {
    scenario('what Tab does not come to is found out', [kind], async (server, one) => {
      const { page } = one;
      const found = () => findUnreached(page, 'body');
      await one.open(`${server.origin}/`);
      await shows(one, 'rooms');
      assert.deepEqual(await found(), []);
      await page.evaluate(() => void (document.querySelector('[data-testid=private-new]').tabIndex = -1));
      assert.deepEqual(await found(), ['Tab never comes to private-new']);
      await page.evaluate(() => void (document.hasFocus = () => false));
      const { length } = await found();
      assert.equal(length, await page.evaluate(() => window.vvControls.length), 'a window that is not in front');
      await page.evaluate(() => void document.getElementById('app').remove());
      assert.deepEqual(await found(), ['there is nothing that Tab could come to']);
    });

    scenario('every screen around a call is for everybody', [kind], async (server, one) => {
      const looking = new Looking(one);
      await lookAround(server, one, looking);
      await lookWhereNoCallIs(server, one.browser, looking);
      looking.assertGood();
    });

    scenario('every screen of a call is for everybody', [kind, 'chromium'], async (server, first, second) => {
      const looking = new Looking(first);
      await lookTogether(server, first, second, looking);
      looking.assertGood();
    });

    scenario('what lies over a call is for everybody', [kind, 'chromium'], async (server, first, second) => {
      const looking = new Looking(first);
      await lookAtNotes(server, first, second, looking);
      looking.assertGood();
    });
  }

  // Chromium is told so at any time, by its own protocol.
  scenario('every screen in forced colours and without motion', [kFirefoxWithWishes, 'chromium'], async (server, first, second) => {
    const looking = new Looking(first, kOfWishes);
    await lookAround(server, first, looking);
    await lookTogether(server, first, second, looking);
    await lookWhereNoCallIs(server, first.browser, looking);
    looking.assertGood();
  });

  scenario('what lies over a call in forced colours and without motion', [kFirefoxWithWishes, 'chromium'], async (server, first, second) => {
    const looking = new Looking(first, kOfWishes);
    await lookAtNotes(server, first, second, looking);
    looking.assertGood();
  });

  const readers = ['ar', 'ta'].flatMap((tag) => (kIsLong ? ['chromium', 'firefox'] : ['chromium']).map((kind) => [tag, kind]));
  for (const [tag, kind] of readers) {
    scenario(`every screen is for everybody who reads it in ${tag}`, [kind, 'chromium'], async (server, first, second) => {
      await readsIn(first, tag);
      const looking = new Looking(first, kOfLanguages);
      await lookAround(server, first, looking);
      await lookTogether(server, first, second, looking);
      assert.equal(await first.page.evaluate(() => document.documentElement.lang), tag);
      looking.assertGood();
    });

    scenario(`what lies over a call is for everybody who reads it in ${tag}`, [kind, 'chromium'], async (server, first, second) => {
      await readsIn(first, tag);
      const looking = new Looking(first, kOfLanguages);
      await lookAtNotes(server, first, second, looking);
      looking.assertGood();
    });
  }
}
