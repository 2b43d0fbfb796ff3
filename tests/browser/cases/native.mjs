// A page and an end without a browser (`visavis call`): the same call, whoever of the two begins it.
import assert from 'node:assert/strict';
import { kIsLong } from '../lib/long.mjs';
import { withoutPath } from '../lib/lost.mjs';
import { withNative } from '../lib/native.mjs';
import { until } from '../lib/poll.mjs';
import { giveUpHandshake } from './handshake.mjs';
import { bothRead } from './safety_code.mjs';
import { bothOpen, freshRoom } from './talk.mjs';

const kBrowsers = ['chromium', 'firefox'];
let turn = 0;
/** Each day another browser begins. */
const inTurn = () => (kIsLong ? kBrowsers : [kBrowsers[turn++ % kBrowsers.length]]);

export function nativeCases(scenario) {
  for (const kind of kBrowsers) {
    scenario('an end without a browser joins a page that waits in a room', [kind], async (server, person) => {
      await bothOpen(server, person);
      const room = await freshRoom(person);
      await person.chooseRoom(room);
      await person.start();
      await person.state('waiting');
      await withNative([server.origin, '--room', room, '--accept', 'yes'], async (native) => {
        await person.state('card');
        await person.press('accept');
        await person.state('connected');
        await assertTalk(person, native);
        await restartByPage(person, native);
        native.leave();
        await Promise.all([person.state('ended'), person.attribute('reason', 'left')]);
        await assertEndedWell(native);
      });
    });
  }

  for (const kind of inTurn()) {
    scenario('a page joins an end without a browser that waits in a room', [kind], async (server, person) => {
      await bothOpen(server, person);
      const room = await freshRoom(person);
      await withNative([server.origin, '--room', room, '--accept', 'yes'], async (native) => {
        await native.told('waiting');
        await person.chooseRoom(room);
        await person.start();
        await person.state('card');
        await person.press('accept');
        await person.state('connected');
        await assertTalk(person, native);
        await restartByPage(person, native);
        await person.press('leave');
        await assertEndedWell(native);
      });
    });
  }

  for (const kind of kBrowsers) {
    scenario('a page opens the private link of an end without a browser', [kind], async (server, person) => {
      await withNative([server.origin, '--new-link'], async (native) => {
        const { link } = await native.told('link');
        await person.open(link);
        await person.state('ready');
        await person.start();
        await person.state('connected');
        await assertTalk(person, native);
        for (const { body } of await person.sent('relay')) assert.match(body, /^[\w-]+$/, 'the server reads nothing');
        await person.press('leave');
        await assertEndedWell(native);
      });
    });
  }

  for (const kind of inTurn()) {
    scenario('an end without a browser opens the private link of a page', [kind], async (server, person) => {
      await bothOpen(server, person);
      await person.press('private-new');
      await person.state('private');
      const link = await until('a private link', () => person.value('private-link'));
      await person.press('private-open');
      await person.state('ready');
      await person.start();
      await person.state('waiting');
      await withNative([link], async (native) => {
        await person.state('connected');
        await assertTalk(person, native);
        native.leave();
        await Promise.all([person.state('ended'), person.attribute('reason', 'left')]);
        await assertEndedWell(native);
      });
    });
  }

  // Whoever was there first makes the first offer, and with a Chromium the later ones: the other end asks for another connection.
  for (const isPageFirst of [true, false]) {
    for (const kind of kIsLong ? kBrowsers : ['chromium']) {
      scenario(`a handshake with an end without a browser, which a page gives up, is made again over another connection: the page comes ${isPageFirst ? 'first' : 'second'}`, [kind], async (server, person) => {
        await bothOpen(server, person);
        const room = await freshRoom(person);
        const look = async () => {
          await person.chooseRoom(room);
          await person.start();
        };
        if (isPageFirst) {
          await look();
          await person.state('waiting');
        }
        await withNative([server.origin, '--room', room, '--accept', 'yes'], async (native) => {
          if (!isPageFirst) {
            await native.told('waiting');
            await look();
          }
          await person.state('card');
          await giveUpHandshake(person);
          await person.press('accept');
          await until('another connection', () => person.page.evaluate(() => vvProbe.reaching().length === 2));
          await person.state('connected');
          // The code's run may have begun over the former connection, and is not begun again.
          await assertChatAndMedia(person, native);
          await person.press('leave');
          assert.equal((await native.summary()).renewals, 1);
        });
      });
    }
  }

  for (const kind of inTurn()) {
    scenario('an end without a browser hides its address behind the relay', [kind], async (server, person) => {
      await bothOpen(server, person);
      const room = await freshRoom(person);
      await person.chooseRoom(room);
      await person.start();
      await person.state('waiting');
      await withNative([server.origin, '--room', room, '--accept', 'yes', '--hide-address'], async (native) => {
        await person.state('card');
        await person.press('accept');
        await person.state('connected');
        await assertTalk(person, native, 'relayed');
        assert.equal((await native.told('path')).relayed, true);
        native.leave();
        await person.state('ended');
        await assertEndedWell(native);
      });
    });
  }
}

let nextText = 0;

/** Picture and sound go both ways, and the chat. */
async function assertChatAndMedia(person, native) {
  await Promise.all([person.seesAndHears(), native.told('connected')]);
  await person.assertEncrypted();
  const text = `வணக்கம் ${++nextText} ¡hola!`;
  native.say(text);
  await person.hears(text);
  await person.say(`${text} ↩`);
  await native.hears(`${text} ↩`);
}

/** And both have the same code. */
async function assertTalk(person, native, path = 'direct') {
  await assertChatAndMedia(person, native);
  await person.attribute('path', path);
  const told = await native.told('partner_path');
  assert.equal(told.relayed, path === 'relayed', 'each says which way it goes');
  const { pictures, digits, fingers } = await native.told('code');
  const [shown] = await bothRead(person);
  assert.equal(shown.digits, `${digits}`);
  assert.deepEqual(shown.fingers, [...`${fingers}`].filter((letter) => /\d/.test(letter)).map(Number));
  assert.equal(shown.pictures.map(({ sign }) => sign).join(' '), `${Array.isArray(pictures) ? pictures.join(' ') : pictures}`);
  await person.press('code-dialog-close');
}

/** The page finds that nothing arrives any more, and ICE is restarted, by whichever end. */
async function restartByPage(person, native) {
  const before = native.count('restarted');
  await withoutPath(person, () => native.told('restarted', { times: before + 1 }));
  await person.seesAndHears();
  native.say('and again');
  await person.hears('and again');
}

async function assertEndedWell(native) {
  const summary = await native.summary();
  assert.equal(summary.exit_code, 0, JSON.stringify(summary));
  assert.ok(summary.picture.received.frames > 5, JSON.stringify(summary.picture.received));
  // On a machine that is behind with its work most of them come too late to be heard.
  assert.ok(summary.sound.received.packets > 20 && summary.sound.received.frames > 0, JSON.stringify(summary.sound.received));
  assert.equal(summary.renewals, 0);
  for (const phase of ['online', 'met', 'accepted', 'begun', 'path', 'secured', 'code', 'media']) {
    assert.equal(typeof summary.phases[`${phase}_ms`], 'number', phase);
  }
}
