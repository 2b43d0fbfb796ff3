// The page in other languages: chosen, kept, mirrored where they run from right to left, and together with people of another one.
import assert from 'node:assert/strict';
import { until } from '../lib/poll.mjs';
import { bothAccept, meetAtCard } from '../lib/person.mjs';
import { sentence } from '../lib/sentences.mjs';
import { bothOpen, freshRoom } from './talk.mjs';

const kKinds = [['chromium'], ['firefox']];
const kScripts = { en: /^[^\p{Script=Arabic}\p{Script=Tamil}]+$/u, ar: /\p{Script=Arabic}/u, ta: /\p{Script=Tamil}/u };

const shows = (person, name) => until(`${person.name}: ${name}`, () => person.has(name));

export function choose(person, tag) {
  return person.page.evaluate((wanted) => {
    const menu = document.querySelector('[data-testid=language]');
    menu.value = wanted;
    menu.dispatchEvent(new Event('change', { bubbles: true }));
  }, tag);
}

const seen = (person) =>
  person.page.evaluate(() => {
    const { lang, dir, scrollWidth } = document.documentElement;
    const left = (name) => document.querySelector(`[data-testid=${name}]`)?.getBoundingClientRect().left ?? null;
    return {
      lang,
      dir,
      heading: document.querySelector('h1').textContent,
      isWithin: scrollWidth <= innerWidth,
      isMirrored: left('menu-settings') < left('wordmark'),
    };
  });

export async function speaks(person, tag) {
  const dir = tag === 'ar' ? 'rtl' : 'ltr';
  const now = await until(`${person.name}: the page in ${tag}`, async () => {
    const found = await seen(person);
    if (found.lang === tag && kScripts[tag].test(found.heading)) return found;
    throw new Error(JSON.stringify(found));
  });
  assert.equal(now.dir, dir);
  assert.equal(now.isMirrored, dir === 'rtl', 'the header is mirrored with the text');
  assert.ok(now.isWithin, 'nothing lies outside');
}

/** Which way the words of an element run. */
const runs = (person, selector) => person.page.evaluate((wanted) => getComputedStyle(document.querySelector(wanted)).direction, selector);

export function languageCases(scenario) {
  for (const kinds of kKinds) {
    scenario('the page is read in Arabic and Tamil, and stays so', kinds, async (server, one) => {
      await one.open(`${server.origin}/`);
      await speaks(one, 'en');
      await one.showAllRooms();
      await shows(one, 'room-ar');
      assert.equal(await runs(one, '[data-testid=room-ar] .room-name'), 'rtl', 'a name runs as its own script does');
      for (const tag of ['ar', 'ta']) {
        await choose(one, tag);
        await speaks(one, tag);
      }
      await choose(one, 'ar');
      await speaks(one, 'ar');
      await one.showAllRooms();
      assert.equal(await runs(one, '[data-testid=room-en] .room-name'), 'ltr');
      assert.equal(await runs(one, '[data-testid=search-rooms]'), 'rtl', 'an empty field runs as the page does');
      await one.page.fill('[data-testid=search-rooms]', 'الانجليزيه');
      await until('English by its Arabic name as people type it', async () =>
        (await one.page.evaluate(() => [...document.querySelectorAll('[data-testid=rooms] button')].map(({ dataset }) => dataset.testid).join())) === 'room-en');

      await one.press('private-new');
      await one.state('private');
      assert.equal(await runs(one, '[data-testid=private-link]'), 'ltr', 'an address is read from left to right');
      await one.open(`${server.origin}/`);
      await speaks(one, 'ar');
      await one.press('menu-settings');
      await one.press('settings-kept');
      await until('the language among what is kept', async () => (await one.text('kept-language')) === 'العربية');
    });

    scenario('the pages that explain change their language with the rest', kinds, async (server, one) => {
      await one.open(`${server.origin}/trouble?lang=ta`);
      await shows(one, 'screen-trouble');
      await speaks(one, 'ta');
      await choose(one, 'ar');
      await speaks(one, 'ar');
      await one.press('menu-how');
      await shows(one, 'screen-how');
      await speaks(one, 'ar');
      assert.match(await one.page.evaluate(() => document.querySelector('.steps h2').textContent), kScripts.ar);
      await one.press('how-server');
      await shows(one, 'ledger');
      const rows = () => one.page.evaluate(() => [...document.querySelectorAll('.claims dt')].map((title) => title.textContent));
      for (const tag of ['ar', 'ta']) {
        await choose(one, tag);
        await speaks(one, tag);
        for (const title of await rows()) assert.match(title, kScripts[tag]);
      }
    });
  }

  scenario('two people read the page in two languages and write in a third', ['chromium', 'firefox'], async (server, first, second) => {
    await bothOpen(server, first, second);
    await choose(first, 'ar');
    await choose(second, 'ta');
    await Promise.all([speaks(first, 'ar'), speaks(second, 'ta')]);
    await meetAtCard(first, second, await freshRoom(first));
    await until('the title in Arabic', async () => kScripts.ar.test(await first.page.evaluate(() => document.title)));
    await bothAccept(first, second);
    await second.say('Hello (there)!');
    await first.hears('Hello (there)!');
    assert.equal(await runs(first, '[data-testid=chat-theirs] [dir=auto]'), 'ltr', 'a message runs as its own words do');
    await first.say('مرحبًا!');
    await second.hears('مرحبًا!');
    assert.equal(await runs(second, '[data-testid=chat-theirs] [dir=auto]'), 'rtl');
    await second.press('leave');
    await Promise.all([first.state('ended'), second.state('ended')]);
    assert.equal(await first.text('ended-why'), sentence('ended.left', {}, 'ar'));
    assert.equal(await second.text('ended-why'), sentence('ended.you', {}, 'ta'));
  });
}
