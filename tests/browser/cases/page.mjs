// What is around the call: the pages that explain, "back", what is kept on the device, rooms to search, company, and the link.
import assert from 'node:assert/strict';
import { holds, until } from '../lib/poll.mjs';
import { bothAccept, meetAtCard, meetByLink } from '../lib/person.mjs';
import { kIsLong } from '../lib/long.mjs';
import { serving } from '../lib/program.mjs';
import { assertCopied, keepCopies } from '../lib/seen.mjs';
import { assertLeaves, bothOpen, freshRoom, kPairs } from './talk.mjs';

const kKinds = [['chromium'], ['firefox']];
const kSecondsOfCall = 1;
/** Another private call's key, whole. */
const kOther = `${'B'.repeat(21)}A`;

const path = (person) => person.page.evaluate(() => location.pathname);
const shows = (person, name) => until(`${person.name}: ${name}`, () => person.has(name));
const isGone = (person, name) => until(`${person.name}: no ${name}`, async () => !(await person.has(name)));
const rooms = (person) =>
  person.page.evaluate(() => [...document.querySelectorAll('[data-testid=rooms] button')].map((room) => room.dataset.testid.slice(5)));
const focused = (person) => person.page.evaluate(() => document.activeElement?.textContent ?? '');
const kept = (person) =>
  person.page.evaluate(() => Object.fromEntries(Object.entries(localStorage).filter(([name]) => name !== 'visavis.debug')));

async function search(person, words) {
  await person.page.evaluate(() => {
    const field = document.querySelector('[data-testid=search-rooms]');
    field.value = '';
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await person.page.fill('[data-testid=search-rooms]', words);
}

export function pageCases(scenario) {
  for (const kinds of kKinds) {
    scenario('the pages that explain have addresses, and "back" leads out of them', kinds, async (server, one) => {
      await one.open(`${server.origin}/how`);
      await shows(one, 'screen-how');
      const steps = await one.page.evaluate(() => document.querySelectorAll('[data-testid=screen-how] .steps > li').length);
      assert.equal(steps, 5);
      await one.press('footer-trouble');
      await shows(one, 'screen-trouble');
      assert.equal(await path(one), '/trouble');
      const causes = await one.page.evaluate(() => document.querySelectorAll('[data-testid=screen-trouble] section').length);
      assert.equal(causes, 8);
      await one.goBack();
      await shows(one, 'screen-how');
      await one.press('guide-back');
      await shows(one, 'screen-home');
      assert.equal(await path(one), '/');

      await one.open(`${server.origin}/trouble#nat`);
      await until('the passage asked for has the focus', async () => /strict routers/.test(await focused(one)));
    });

    scenario('what the server can see: its rows, its own account beside the page\'s, and which page it says this is', kinds, async (server, one) => {
      await one.open(`${server.origin}/how`);
      await one.press('how-server');
      await shows(one, 'ledger');
      assert.equal(await path(one), '/server');
      const account = () => one.page.evaluate(() => ({ ...document.querySelector('[data-testid=ledger-verdict]').dataset }).same);
      await until('the page has counted what the server has', async () => (await account()) === 'true');
      const count = (kind) => one.page.evaluate((name) => [...document.querySelectorAll(`[data-kind="${name}"] td`)].map((cell) => cell.textContent), kind);
      assert.deepEqual(await count('hello'), ['1', '0']);
      const asked = async () => Number((await count('ledger'))[0]);
      const before = await asked();
      await one.press('ledger-again');
      await until('another account', async () => (await asked()) > before);
      assert.equal(await account(), 'true');
      // Over a lost connection too.
      await one.page.evaluate(() => visavis.drop());
      await until('a second greeting is counted', async () => (await count('hello'))[0] === '2');
      await until('and by both', async () => (await account()) === 'true');

      const said = await (await fetch(`${server.origin}/version`)).text();
      const [, version, hash] = /^visavis (\S+)\npage (\w+)\n$/.exec(said);
      assert.equal(await one.text('page-hash'), `visavis ${version} ${hash}`);
      const text = await one.page.evaluate(() => document.querySelector('[data-testid=screen-server]').textContent);
      assert.ok(text.includes(`visavis verify-page ${server.origin}`));
      const rows = await one.page.evaluate(() => document.querySelectorAll('[data-testid=screen-server] .claims dt').length);
      const proofs = await one.page.evaluate(() => [...document.querySelectorAll('[data-testid=screen-server] .claims dd')].filter((each) => each.querySelector('details code')).length);
      assert.deepEqual([rows > 15, proofs], [true, rows], 'each row names a test');
    });

    scenario('an account that differs from the page\'s is shown beside it, and not called the same', kinds, async (server, one) => {
      await one.open(`${server.origin}/`);
      await one.page.evaluate(() => {
        vvProbe.rewrite = (text) => (JSON.parse(text).type === 'ledger' ? text.replace(/"hello":\{"in":1/, '"hello":{"in":3') : text);
      });
      await one.press('menu-how');
      await one.press('how-server');
      await shows(one, 'ledger');
      const verdict = await one.page.evaluate(() => document.querySelector('[data-testid=ledger-verdict]').dataset.same);
      assert.equal(verdict, 'false');
      const cells = await one.page.evaluate(() => [...document.querySelectorAll('[data-kind=hello] td')].map((cell) => [...cell.querySelectorAll('p')].map((each) => each.textContent)));
      assert.deepEqual(cells, [['this page: 1', 'the server: 3'], []]);
      const others = await one.page.evaluate(() => [...document.querySelectorAll('[data-testid=ledger] tr[data-kind] td.differs')].length);
      assert.equal(others, 1, 'and nothing else differs');
    });

    scenario('rooms are found in any of their names', kinds, async (server, one) => {
      await one.open(`${server.origin}/`);
      await shows(one, 'rooms');
      for (const words of ['Tamil', 'தமிழ்', 'ta']) {
        await search(one, words);
        await until(`Tamil for "${words}"`, async () => (await rooms(one)).includes('ta'));
      }
      await search(one, 'tamil');
      await until('only Tamil', async () => (await rooms(one)).join() === 'ta');
      await search(one, 'espanol');
      await until('Spanish without its accent', async () => (await rooms(one)).join() === 'es');
      await search(one, 'no such language');
      await shows(one, 'rooms-none');
      await one.press('search-clear');
      await until('all again', async () => (await rooms(one)).length > 10);
    });

    scenario('rules once, and everything kept is seen and deleted', kinds, async (server, one) => {
      await one.open(`${server.origin}/`);
      await one.showAllRooms();
      assert.deepEqual(await kept(one), {}, 'nothing is kept before a room');
      await one.press('room-fr');
      await one.press('rules-refuse');
      await isGone(one, 'rules-dialog');
      assert.deepEqual(await kept(one), {}, 'nothing is kept of rules that were not agreed to');
      assert.equal((await one.attributes()).state, 'home');
      await one.press('room-fr');
      await one.press('rules-agree');
      await one.state('ready');
      await one.start();
      await one.state('waiting');
      const token = (await kept(one))['visavis.device'];
      assert.match(token, /^[\w-]{22}$/);
      await until('the server is told who looks for somebody', async () => (await one.sent('hello')).at(-1).device === token);
      await one.press('waiting-cancel');
      await one.press('back');
      await one.state('home');
      await shows(one, 'room-fr');
      const offered = await one.page.evaluate(() => [...document.querySelectorAll('[data-testid^=room-]')].map(({ dataset }) => dataset.testid));
      assert.equal(offered[0], 'room-fr', 'where somebody was last comes first');
      assert.equal(offered.filter((name) => name === 'room-fr').length, 1, 'and no second time');
      assert.ok(await one.page.evaluate(() => document.querySelector('[data-testid=room-fr]').closest('.last-room') !== null));

      await one.press('menu-settings');
      await one.press('theme-dark');
      await one.attribute('theme', 'dark');
      await one.press('settings-sounds');
      await one.press('saving-battery');
      await one.press('saving-data');
      await one.press('settings-kept');
      await shows(one, 'kept-dialog');
      await isGone(one, 'settings-dialog');
      assert.equal(await one.text('kept-device'), token);
      for (const name of ['room', 'agreed', 'theme', 'sounds', 'battery', 'data']) assert.ok(await one.has(`kept-${name}`), name);
      await one.press('kept-theme-delete');
      await one.attribute('theme', undefined);
      await one.press('kept-all');
      await isGone(one, 'kept-device');
      assert.deepEqual(await kept(one), {});
      await one.page.press('Escape');
      await isGone(one, 'kept-dialog');

      await one.chooseRoom('fr');
      assert.notEqual((await kept(one))['visavis.device'], token, 'a new token after the old one is deleted');
    });

    scenario('a private link is copied, shared, shown as a code, and found again', kinds, async (server, one) => {
      await one.open(`${server.origin}/`);
      await one.page.evaluate(() => {
        window.vvShared = [];
        window.vvRefusal = null;
        navigator.share = async (what) => {
          window.vvShared.push(what);
          if (window.vvRefusal) throw new DOMException('test', window.vvRefusal);
        };
      });
      await one.press('private-new');
      await one.state('private');
      const link = await until('a link', () => one.value('private-link'));
      const shares = (refusal) => one.page.evaluate((name) => void (window.vvRefusal = name), refusal).then(() => one.press('private-share'));
      const shared = () => one.page.evaluate(() => window.vvShared);
      await shares(null);
      await until('it is shared', async () => (await shared()).length === 1);
      assert.deepEqual(await shared(), [{ title: 'A private call', url: link }]);
      for (const [times, refusal] of ['AbortError', 'InvalidStateError'].entries()) {
        await shares(refusal);
        await until('the sheet was opened again', async () => (await shared()).length === 2 + times);
      }
      await one.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      assert.deepEqual([await one.text('private-copied'), await one.has('notice')], ['', false], 'who closes the sheet, or opens it twice, has not failed at anything');
      await keepCopies(one);
      await shares('NotAllowedError'); // where there is no sheet it is copied
      await assertCopied(one);
      assert.deepEqual(await one.page.evaluate(() => vvProbe.errors), []);
      await one.press('private-copy');
      await until('it is copied again', () => one.page.evaluate(() => 'vvCopied' in window));
      await assertCopied(one);
      await one.press('private-qr');
      await shows(one, 'private-code');
      await one.goBack();
      await one.state('home');
      await one.press('private-again');
      await one.state('private');
      assert.equal(await one.value('private-link'), link, 'who goes back has not lost the friend on the way');
      await one.press('private-open');
      await one.state('ready');
      await until('the preview', async () => {
        if (await one.has('ask-now')) await one.press('ask-now');
        return one.page.evaluate(() => Boolean((window.vvOwn = document.querySelector('[data-testid=preview]')?.srcObject?.getVideoTracks()[0])));
      });
      await one.goBack();
      await one.state('private');
      await until('the camera is off again', () => one.page.evaluate(() => window.vvOwn.readyState === 'ended'));
    });
  }

  scenario('a link pasted in a private call asks first; who made theirs has it again', ['chromium', 'firefox'], async (server, first, second) => {
    await bothOpen(server, first);
    const link = await meetByLink(first, second);
    const another = new URL(link);
    another.hash = `#1.${'A'.repeat(22)}`;
    const paste = () => second.page.evaluate((address) => void (location.href = address), another.href);
    const address = () => second.page.evaluate(() => location.pathname + location.hash);
    await paste();
    await shows(second, 'leave-dialog');
    assert.equal(await address(), '/p', 'the key is gone from the address bar');
    await second.press('leave-no');
    await isGone(second, 'leave-dialog');
    assert.equal((await second.attributes()).state, 'connected');
    await paste();
    await shows(second, 'leave-dialog');
    await second.press('leave-yes');
    await Promise.all([second.state('ready'), first.attribute('reason', 'left')]);
    assert.equal(await second.page.evaluate(() => sessionStorage['visavis.key']), 'A'.repeat(22));

    await first.open(`${server.origin}/p`);
    await first.state('ready');
    await first.press('back');
    await first.state('home');
    await first.press('private-again');
    await first.state('private');
    assert.equal(await first.value('private-link'), link);
  });

  for (const pair of [['chromium', 'firefox'], ['firefox', 'chromium']]) {
    scenario('a link pasted in a private call is kept for the end when the other leaves under the question', pair, async (server, first, second) => {
      await bothOpen(server, first);
      const link = await meetByLink(first, second);
      const another = new URL(link);
      another.hash = `#1.${kOther}`;
      await second.page.evaluate((address) => void (location.href = address), another.href);
      await shows(second, 'leave-dialog');
      await first.press('leave');
      await second.attribute('reason', 'left');
      await isGone(second, 'leave-dialog');
      await shows(second, 'block');
      assert.notEqual(await second.page.evaluate(() => sessionStorage['visavis.key']), kOther, 'what is to be said of the one who left comes first');
      await second.press('ended-pasted');
      await second.state('ready');
      assert.equal(await second.page.evaluate(() => sessionStorage['visavis.key']), kOther);
      assert.equal(await second.page.evaluate(() => location.pathname + location.hash), '/p');
    });
  }

  for (const pair of [['chromium', 'firefox'], ['firefox', 'chromium']]) {
    scenario('a link pasted in a private call throws nobody out of it when the other loads their page again', pair, async (server, first, second) => {
      // The browser does not ask whether to leave the call.
      await first.page.beforeLoad(() => {
        const { addEventListener } = window;
        window.addEventListener = (type, ...rest) => type !== 'beforeunload' && addEventListener.call(window, type, ...rest);
      });
      await bothOpen(server, first);
      const link = await meetByLink(first, second);
      const kept = () => second.page.evaluate(() => sessionStorage['visavis.key']);
      const before = await kept();
      const another = new URL(link);
      another.hash = `#1.${kOther}`;
      await second.page.evaluate((address) => void (location.href = address), another.href);
      await shows(second, 'leave-dialog');
      await second.page.evaluate(() => {
        const { dataset } = document.documentElement;
        window.vvStates = [dataset.state];
        // A state that is set again is told of as well: only another one counts.
        new MutationObserver(() => dataset.state !== window.vvStates.at(-1) && window.vvStates.push(dataset.state)).observe(document.documentElement, { attributeFilter: ['data-state'] });
      });
      await first.open(`${server.origin}/p`);
      await first.state('ready');
      await first.start();
      await until('the other has waited, and has them back', () => second.page.evaluate(() => window.vvStates.length > 1 && window.vvStates.at(-1) === 'connected'));
      await first.state('connected');
      assert.deepEqual(await second.page.evaluate(() => window.vvStates), ['connected', 'waiting', 'connecting', 'connected']);
      await shows(second, 'leave-dialog');
      await second.press('leave-no');
      await isGone(second, 'leave-dialog');
      assert.equal(await kept(), before);
      await second.seesAndHears();
    });
  }

  for (const pair of kIsLong ? kPairs : [['chromium', 'firefox']]) {
    scenario('what crossed for a call is counted alike by both, kind by kind', pair, async (server, first, second) => {
      await bothOpen(server, first, second);
      await meetAtCard(first, second, await freshRoom(first));
      await bothAccept(first, second);
      await assertLeaves(first, second);
      for (const person of [first, second]) {
        await person.press('menu-how');
        await person.press('how-server');
        await shows(person, 'ledger');
        assert.equal(await person.page.evaluate(() => document.querySelector('[data-testid=ledger-verdict]').dataset.same), 'true');
        for (const kind of ['accept', 'accepted', 'relay', 'ack']) {
          const shown = await person.page.evaluate((name) => [...document.querySelectorAll(`[data-kind="${name}"] td`)].map((cell) => Number(cell.textContent)), kind);
          // As the WebSocket carried them, which neither of the two accounts has been asked for.
          const crossed = [(await person.sent(kind)).length, (await person.received(kind)).length];
          assert.deepEqual(shown, crossed, `${person.name}: ${kind}`);
          assert.ok(crossed[0] + crossed[1] > 0, kind);
        }
      }
    });
  }

  scenario('"back" in a call asks first', ['chromium', 'firefox'], async (server, first, second) => {
    await bothOpen(server, first, second);
    await meetAtCard(first, second, await freshRoom(first));
    await bothAccept(first, second);
    for (const person of [first, second]) {
      await person.goBack();
      await shows(person, 'leave-dialog');
      await person.press('leave-no');
      await isGone(person, 'leave-dialog');
    }
    await holds('the call goes on', async () => (await first.attributes()).state === 'connected', kSecondsOfCall * 1_000);
    for (const person of [first, second]) {
      const time = await person.text('call-time');
      assert.match(time, /^\d?\d:\d\d$/, 'a time');
      await until('it counts on', async () => ![null, time].includes(await person.text('call-time')));
    }
    await first.goBack();
    await first.press('leave-yes');
    await Promise.all([first.attribute('reason', 'you'), second.attribute('reason', 'left')]);
    assert.ok(await second.text('ended-time'), 'how long they talked');
    await second.goBack();
    await second.state('ready');
    await second.goBack();
    await second.state('home');
  });

  // On a server of its own: who looked for somebody within the hour is counted, in other cases too.
  scenario('who waits sees where others wait, and goes there with one press', ['chromium', 'firefox'], (_, first, second) =>
    serving([], async (server) => {
      await bothOpen(server, first, second);
      const [room, other] = [await freshRoom(first), await freshRoom(first)];
      await first.chooseRoom(room);
      await first.start();
      await first.state('waiting');
      await second.chooseRoom(other);
      await second.start();
      await second.state('waiting');
      await second.press(`switch-${room}`);
      await Promise.all([first.state('card'), second.state('card')]);
      await until('the title tells', async () => (await first.page.evaluate(() => document.title)).startsWith('Someone is here'));
      assert.deepEqual((await second.sent('seek')).map(({ room: sought }) => sought), [other, room]);
      // The page that explains is left behind when somebody is found, and a search goes on under it.
      await second.press('decline');
      await second.state('ended');
      await first.state('waiting');
      // Both have looked for somebody here; the one who still does is not told of themselves.
      const lately = () => first.page.evaluate(() => document.querySelector('[data-testid=waiting-lately]').dataset.lately);
      await until('how many were here lately', async () => (await lately()) === '2');
      assert.equal(await first.text('waiting-lately'), '1 person looked for someone here in the last hour.');
      await first.press('menu-how');
      await shows(first, 'screen-how');
      await first.state('waiting');
      await first.press('guide-back');
      await shows(first, 'screen-waiting');
    }));
}
