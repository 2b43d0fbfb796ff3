// The call's own screen: panels, messages, the own picture, the hiding of controls, a shared screen.
import assert from 'node:assert/strict';
import { putForward, withoutPath, withoutServer } from '../lib/lost.mjs';
import { bothAccept, meetAtCard } from '../lib/person.mjs';
import { holds, until } from '../lib/poll.mjs';
import { assertSentence, partnerIs } from '../lib/seen.mjs';
import { shows } from './failures.mjs';
import { bothOpen, freshRoom, usually } from './talk.mjs';

const find = (name) => `document.querySelector('[data-testid="${name}"]')`;
const look = (person, script) => person.page.evaluate(`() => ${script}`);

async function inCall(server, first, second) {
  await bothOpen(server, first, second);
  await meetAtCard(first, second, await freshRoom(first));
  await bothAccept(first, second);
}

/** No screen of this machine, and no question which: what is drawn in the page is shared. */
const sharesDrawing = (person) =>
  person.page.evaluate(() => {
    MediaDevices.prototype.getDisplayMedia = async () => document.createElement('canvas').captureStream(5);
  });

/** The controls are there, or hidden, as soon as the page says so; fails after `limit` ms. */
const controlsAre = (person, wanted, limit, why) =>
  person.page.evaluate((state, ms, what) => new Promise((resolve, reject) => {
    const call = document.querySelector('[data-testid="screen-call"]');
    const late = setTimeout(() => reject(new Error(`${what}: the controls are ${call.dataset.controls}, not ${state}`)), ms);
    const observer = new MutationObserver(() => look());
    const look = () => {
      if (call.dataset.controls !== state) return;
      observer.disconnect();
      clearTimeout(late);
      resolve();
    };
    observer.observe(call, { attributeFilter: ['data-controls'] });
    look();
  }), wanted, limit, `${person.name}, ${why}`);

const hides = (person) => controlsAre(person, 'hidden', 20_000, 'after a while');
const comesBack = (person, why) => controlsAre(person, 'shown', 3_000, why);

/** A browser that knows neither offers neither. */
async function withoutStage(person) {
  await person.page.evaluate(() => {
    for (const name of ['requestFullscreen', 'webkitRequestFullscreen', 'webkitRequestFullScreen']) delete Element.prototype[name];
    for (const name of ['webkitEnterFullscreen', 'requestPictureInPicture']) delete HTMLVideoElement.prototype[name];
    delete document.pictureInPictureEnabled;
    delete Document.prototype.pictureInPictureEnabled;
  });
  await person.press('more');
  await until('the menu', () => person.has('shortcuts'));
  assert.deepEqual([await person.has('fullscreen'), await person.has('pip')], [false, false], 'nothing is offered that the browser cannot do');
}

export function callScreenCases(scenario) {
  scenario('messages wait unread until they are opened', ['chromium', 'firefox'], async (server, first, second) => {
    await inCall(server, first, second);
    await first.say('look: https://example.org/a?b=1, and <b>this</b>');
    await until('the toast', () => look(second, `${find('chat-toast')}?.textContent.includes('look:')`));
    assert.match(await look(second, `${find('chat-open')}.getAttribute('aria-label')`), /1/, 'the button counts');
    assert.match(await second.text('said'), /look:/, 'a screen reader is told');
    await second.press('chat-open');
    const link = await look(second, `(({ href, rel, target, textContent }) => ({ href, rel, target, textContent }))(${find('chat-log')}.querySelector('a'))`);
    assert.equal(link.href, 'https://example.org/a?b=1');
    assert.equal(link.target, '_blank');
    assert.ok(link.rel.includes('noopener') && link.rel.includes('noreferrer'));
    assert.equal(await look(second, `${find('chat-log')}.querySelector('b')`), null, 'markup stays text');
    assert.equal(await look(second, `${find('chat-toast')}`), null);
    await second.page.typeKeys('mute me not');
    // As Safari has it where a word was being composed: the composing is over, and this key ended it.
    const left = await second.page.evaluate(() => {
      const field = document.querySelector('[data-testid=chat-input]');
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', keyCode: 229, bubbles: true, cancelable: true }));
      return field.value;
    });
    assert.equal(left, 'mute me not', 'a key that ends composing sends nothing');
    await second.page.press('Enter');
    await first.hears('mute me not');
    assert.equal(await look(second, `${find('mute')}.getAttribute('aria-pressed')`), 'false', 'a letter of a message is no shortcut');
    // An address in words of the other direction keeps its own, from its first letter to its last.
    await first.say('قل https://a.test/ب/ج');
    await second.hears('قل');
    for (const person of [first, second]) {
      const { from, to, isOneLine, href } = await person.page.evaluate(() => {
        const link = [...document.querySelectorAll('[data-testid=chat-log] a')].at(-1);
        const text = document.createTreeWalker(link, NodeFilter.SHOW_TEXT).nextNode();
        const placeOf = (at) => {
          const range = document.createRange();
          range.setStart(text, at);
          range.setEnd(text, at + 1);
          return range.getBoundingClientRect();
        };
        return { from: placeOf(0).left, to: placeOf(text.length - 1).left, isOneLine: placeOf(0).bottom > placeOf(text.length - 1).top, href: link.href };
      });
      assert.equal(href, 'https://a.test/%D8%A8/%D8%AC');
      assert.ok(isOneLine && from < to, `${person.name}: from left to right: ${from} to ${to}`);
    }
    await second.page.press('Escape');
    assert.equal(await look(second, `${find('chat')}.hidden`), true);
  });

  for (const pair of [['chromium', 'firefox'], ['firefox', 'chromium']]) {
    scenario('who reads older messages is left there', pair, async (server, first, second) => {
      await inCall(server, first, second);
      await first.openChat();
      await second.openChat();
      const many = Array.from({ length: 60 }, (_, at) => `line ${at}`).join('\n');
      await second.page.evaluate((text) => {
        const field = document.querySelector('[data-testid=chat-input]');
        field.value = text;
        field.dispatchEvent(new Event('input', { bubbles: true }));
      }, many);
      // Read from the top as soon as the page has gone to the end: the browser tells of both moves as one.
      await first.page.evaluate(() => {
        const log = document.querySelector('[data-testid=chat-log]');
        const { get } = Object.getOwnPropertyDescriptor(Element.prototype, 'scrollTop');
        const move = (to) => {
          delete log.scrollTop;
          log.scrollTop = to;
          log.dataset.movedTo = JSON.stringify({ top: log.scrollTop, below: log.scrollHeight - log.scrollTop - log.clientHeight });
          queueMicrotask(() => { log.scrollTop = 0; });
        };
        Object.defineProperty(log, 'scrollTop', { configurable: true, get, set: move });
      });
      await second.press('chat-send');
      await first.hears('line 59');
      const isAtEnd = () => look(first, `(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 2)(${find('chat-log')})`);
      const top = () => look(first, `${find('chat-log')}.scrollTop`);
      const moved = JSON.parse(await until('the page has gone somewhere', () => look(first, `${find('chat-log')}.dataset.movedTo`)));
      assert.ok(moved.top > 100 && moved.below < 2, `to the end: ${JSON.stringify(moved)}`);
      await second.say('and another');
      await first.hears('and another');
      await shows(first, 'chat-new');
      await holds('who reads is not pulled away', async () => (await top()) === 0, 500);
      assert.equal(await first.text('chat-new'), '1 new message');
      await second.say('and one more');
      await until('the number goes up', async () => (await first.text('chat-new')) === '2 new messages');
      await look(first, `${find('chat-new')}.focus()`);
      await first.page.press('Enter');
      await until('the newest is in view by a press', isAtEnd);
      await until('there is nothing new below', async () => !(await first.has('chat-new')));
      await until('the focus is not lost', () => look(first, `document.activeElement.dataset.testid === 'chat-log'`));
      await second.say('and the last');
      await first.hears('and the last');
      await until('the newest is followed again', isAtEnd);
      assert.equal(await first.has('chat-new'), false);
      assert.ok((await top()) > 100);
      // The page hears of it with the next drawing.
      await first.page.evaluate(() => new Promise((heard) => {
        const log = document.querySelector('[data-testid=chat-log]');
        log.addEventListener('scroll', () => requestAnimationFrame(heard), { once: true });
        log.scrollTop = 0;
      }));
      await second.say('well?');
      await shows(first, 'chat-new');
      await first.say('I have read it');
      await until('one’s own line is in view', isAtEnd);
      await until('and with it what was new', async () => !(await first.has('chat-new')));
      await second.say('good');
      await first.hears('good');
      await until('the newest is in view again', isAtEnd);
    });
  }

  scenario('controls hide from a quiet call and come back at every sign', ['chromium', 'firefox'], async (server, first, second) => {
    await inCall(server, first, second);
    await Promise.all([first.seesAndHears(), second.seesAndHears()]);
    const middle = (person) => look(person, '({ x: innerWidth / 2, y: innerHeight / 2 })');
    const signs = {
      'a pointer that moves': async ({ page }, { x, y }) => {
        await page.point({ x, y });
        await page.point({ x: x + 9, y });
      },
      'a finger on the picture': ({ page }, at) => page.tap(at),
    };
    for (const [name, sign] of Object.entries(signs)) {
      await Promise.all([first, second].map(async (person) => {
        await hides(person);
        await sign(person, await middle(person));
        await comesBack(person, name);
      }));
    }
    const shown = () => look(first, `${find('screen-call')}.dataset.controls`);
    await Promise.all([hides(first), hides(second)]);
    await second.page.press('Shift');
    await comesBack(second, 'a key, with the focus on nothing');
    assert.ok(await look(first, `${find('leave')}.checkVisibility({ visibilityProperty: true })`), 'hidden from the eye only');
    await first.press('more');
    assert.equal(await shown(), 'shown');
    // Both had a sign, the second after the first: once the second's are hidden, the first's would be.
    await second.page.press('Shift');
    await comesBack(second, 'a key');
    await hides(second);
    assert.equal(await shown(), 'shown', 'an open panel keeps them');
    await first.page.press('Escape');
    await until('the focus is back where it came from', () => look(first, `document.activeElement.dataset.testid === 'more'`));
  });

  scenario('the own picture goes to another corner by keyboard, and where it is dragged', ['chromium', 'firefox'], async (server, first, second) => {
    await inCall(server, first, second);
    for (const person of [first, second]) {
      const side = () => look(person, `(({ top, left }) => [top < innerHeight / 2, left < innerWidth / 2].join())(${find('own-move')}.getBoundingClientRect())`);
      await until('it begins below at the end', async () => (await side()) === 'false,false');
      await look(person, `${find('own-move')}.focus()`);
      await person.page.press('ArrowUp');
      await person.page.press('ArrowLeft');
      await until('it lies above at the start', async () => (await side()) === 'true,true');
      const middle = `(({ left, top, width, height }) => ({ x: left + width / 2, y: top + height / 2 }))(${find('own-move')}.getBoundingClientRect())`;
      // Once it has arrived there: it can be seen on its way.
      const rests = () => look(person, `${find('own-move')}.closest('.own-tile').getAnimations().length === 0`);
      for (const [to, wanted] of [['({ x: innerWidth * 0.8, y: innerHeight * 0.3 })', 'true,false'], ['({ x: innerWidth * 0.3, y: innerHeight * 0.7 })', 'false,true']]) {
        await until('it rests', rests);
        await person.page.drag(await look(person, middle), await look(person, to));
        await until(`it was dragged to ${wanted}`, async () => (await side()) === wanted && (await rests()));
      }
    }
  });

  scenario('a shared screen is told, shown whole, and ends', ['chromium', 'chromium'], async (server, first, second) => {
    await inCall(server, first, second);
    await second.seesAndHears();
    await first.press('share');
    await partnerIs(second, 'screen');
    assert.equal(await look(second, `${find('remote-video')}.classList.contains('contain')`), true);
    assert.equal(await look(first, `${find('own-video')}.classList.contains('mirrored')`), false, 'a screen is not mirrored');
    await first.press('share-stop');
    await partnerIs(second, null);
    await second.seesAndHears();
    assert.equal(await look(first, `${find('camera')}.getAttribute('aria-pressed')`), 'false');
  });

  for (const pair of [['chromium', 'firefox'], ['firefox', 'chromium']]) {
    scenario('what the other switches off or shares is said, each in its words', pair, async (server, first, second) => {
      await inCall(server, first, second);
      await sharesDrawing(first);
      await first.showControls();
      const steps = [
        ['mute', 'sound'],
        ['camera', 'both'],
        ['mute', 'video'],
        ['camera', null],
        ['share', 'screen'],
        ['mute', 'screen.sound'],
        ['share', 'sound'],
        ['mute', null],
      ];
      for (const [button, what] of steps) {
        await first.press(button);
        await partnerIs(second, what);
      }
    });

    scenario('a shared screen that is ended in the browser’s own bar', pair, async (server, first, second) => {
      await inCall(server, first, second);
      await second.seesAndHears();
      await sharesDrawing(first);
      await first.press('share');
      await partnerIs(second, 'screen');
      await until('it is said', () => first.has('sharing'));
      await look(first, `${find('share-stop')}.focus()`);
      await first.page.evaluate(() => {
        const { track } = visavis.pc.getSenders().find((sender) => sender.track?.kind === 'video');
        track.stop();
        track.dispatchEvent(new Event('ended'));
      });
      await until('nothing is shared', async () => !(await first.has('sharing')));
      await partnerIs(second, null);
      await second.seesAndHears();
      assert.equal(await look(first, `${find('share')}.getAttribute('aria-pressed')`), 'false');
      assert.equal(await look(first, `${find('camera')}.getAttribute('aria-pressed')`), 'false', 'the camera is on as before');
      await until('the focus does not go with the button', () => look(first, `document.activeElement.tagName === 'H1'`));
    });
  }

  scenario('full screen and a floating picture end with the call', ['chromium', 'chromium'], async (server, first, second) => {
    await inCall(server, first, second);
    await first.seesAndHears();
    const floats = () => look(first, 'document.pictureInPictureElement !== null');
    const full = () => look(first, 'document.fullscreenElement !== null');
    await first.press('more');
    await first.press('fullscreen');
    await until('full screen', full);
    await first.press('more');
    await first.press('pip');
    await until('the picture floats', floats);
    await second.press('leave');
    await first.state('ended');
    await until('neither is left', async () => !(await floats()) && !(await full()));
  });

  for (const pair of [['chromium', 'chromium'], ['firefox', 'chromium']]) {
    scenario('full screen or a floating picture that the browser refuses is said to be', pair, async (server, first, second) => {
      await inCall(server, first, second);
      await first.page.evaluate(() => {
        Element.prototype.requestFullscreen = () => Promise.reject(new TypeError('test'));
        HTMLVideoElement.prototype.requestPictureInPicture = () => Promise.reject(new DOMException('test', 'NotAllowedError'));
        // Older Firefoxes offer a floating picture of their own, and none to a page.
        Object.defineProperty(document, 'pictureInPictureEnabled', { configurable: true, value: true });
      });
      for (const what of ['fullscreen', 'pip']) {
        await first.press('more');
        await first.press(what);
        await assertSentence(first, 'stage-refused', `call.${what}.refused`);
        await first.press('stage-refused-close');
        await until('no sentence', async () => !(await first.has('stage-refused')));
      }
      // What works afterwards takes the sentence away by itself.
      await first.press('more');
      await first.press('pip');
      await until('the sentence', () => first.has('stage-refused'));
      await first.page.evaluate(() => {
        HTMLVideoElement.prototype.requestPictureInPicture = () => Promise.resolve();
      });
      await first.press('more');
      await first.press('pip');
      await until('no sentence', async () => !(await first.has('stage-refused')));
      await withoutStage(first);
    });
  }

  scenario('the own camera goes on from the preview into the call', ['chromium', 'firefox'], async (server, first, second) => {
    const track = (name) => `${find(name)}?.srcObject?.getVideoTracks()[0]?.id`;
    await bothOpen(server, first, second);
    const room = await freshRoom(first);
    const before = [];
    for (const person of [first, second]) {
      await person.chooseRoom(room);
      await until('a preview, or the question before it', async () => (await person.has('ask-now')) || look(person, track('preview')));
      if (await person.has('ask-now')) await person.press('ask-now');
      before.push(await until('the preview', () => look(person, track('preview'))));
      await until(`${person.name}: the microphone is heard`, () => look(person, `${find('level')}?.dataset.hearing === 'heard'`));
      await person.start();
    }
    await Promise.all([first.state('card'), second.state('card')]);
    await bothAccept(first, second);
    for (const [at, person] of [first, second].entries()) assert.equal(await look(person, track('own-video')), before[at]);
  });

  for (const pair of usually('chromium', 'firefox')) {
    scenario('a path that breaks while the server is away is said so, with a way out', pair, async (server, first, second) => {
      await inCall(server, first, second);
      const broken = (person) => look(person, `${find('shaky')}?.dataset.broken`);
      for (const person of [first, second]) {
        await withoutPath(person, async () => assert.equal(await broken(person), 'begin', 'the server is there to mend it'));
        await withoutServer(person, async () => {
          await until('the server is said to be away', () => person.has('server-note'));
          await withoutPath(person, async () => {
            assert.equal(await broken(person), 'alone');
            await assertSentence(person, 'shaky', 'call.shaky.alone');
            assert.equal(await person.has('server-note'), false, 'nobody is told that the call goes on');
            await until('a way out', () => person.has('shaky-leave'));
          });
          assert.equal((await person.attributes()).state, 'connected');
        });
      }
      for (const person of [second, first]) {
        await withoutPath(person, async () => {
          await putForward(person, 10);
          await until('it lasts', async () => (await broken(person)) === 'long');
          await assertSentence(person, 'shaky', 'call.shaky.long');
          await putForward(person, 25);
          await until('the person is asked', async () => (await broken(person)) === 'stuck');
          await assertSentence(person, 'shaky', 'call.shaky.stuck');
          assert.equal((await person.attributes()).state, 'connected', 'nobody ends it but the person');
          if (person === second) {
            await person.press('shaky-keep');
            await until('it is tried further', async () => (await broken(person)) === 'long');
            return;
          }
          await first.press('shaky-leave');
          await first.attribute('reason', 'you');
        });
      }
    });
  }

  scenario('block and report are behind one button', ['chromium', 'chromium'], async (server, first, second) => {
    await inCall(server, first, second);
    await first.press('safety');
    await first.press('report');
    await until('the dialog', () => look(first, `${find('report-dialog')}?.open`));
    await first.press('report-cancel');
    await first.state('connected');
    await first.press('safety');
    await first.press('block');
    await Promise.all([first.state('ended'), second.attribute('reason', 'left')]);
  });

  for (const pair of [['chromium', 'firefox'], ['firefox', 'chromium']]) {
    scenario('a report that is being written is not lost when the other leaves', pair, async (server, first, second) => {
      await inCall(server, first, second);
      await first.press('safety');
      await first.press('report');
      await until('the dialog', () => look(first, `${find('report-dialog')}?.open`));
      // What happened is asked for in the page's own words, before anything is sent.
      await first.press('report-send');
      await assertSentence(first, 'report-missing', 'report.missing');
      await until('the focus is where to choose', () => look(first, `document.activeElement.dataset.testid === 'report-harassment'`));
      assert.deepEqual(await first.sent('report'), []);
      await first.press('report-harassment');
      await assertSentence(first, 'report-urgent', 'report.urgent');
      assert.ok(await look(first, `${find('report-urgent')}.closest('[role=status]') !== null`), 'who listens to the page hears it');
      assert.equal(await first.text('report-missing'), '');
      await first.press('report-spam');
      assert.equal(await first.has('report-urgent'), false);
      await first.page.evaluate(() => {
        const note = document.querySelector('[data-testid=report-note]');
        note.value = 'what they did';
        note.dispatchEvent(new Event('input', { bubbles: true }));
      });
      await second.press('leave');
      await first.state('ended');
      assert.equal(await first.value('report-note'), 'what they did');
      await first.press('report-send');
      await until('the report is kept', () => look(first, `document.querySelector('[data-report=kept]') !== null`));
      const [{ note, category }] = await first.sent('report');
      assert.deepEqual([category, note], ['spam', 'what they did']);
      await until('the focus is at the heading, since the button that opened it is gone', () => look(first, `document.activeElement.tagName === 'H1'`));
    });
  }
}
