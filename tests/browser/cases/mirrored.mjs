// The page in Arabic is the mirror of the page in English: where things lie, screen by screen, and which way signs point.
import assert from 'node:assert/strict';
import { bothAccept } from '../lib/person.mjs';
import { until } from '../lib/poll.mjs';
import { settled } from '../lib/seen.mjs';
import { bothOpen, freshRoom } from './talk.mjs';

const kDesk = { width: 1280, height: 800 };

const shows = (person, name) => until(`${person.name}: ${name}`, () => person.has(name));

/** Where things lie: the distance of each from the edge at which lines begin, and from the other one; and how high. */
function places(person, names) {
  return person.page.evaluate((wanted) => {
    const isArabic = document.documentElement.dir === 'rtl';
    const found = wanted.map((name) => {
      const { left, right, top, bottom } = document.querySelector(`[data-testid="${name}"]`).getBoundingClientRect();
      const width = document.documentElement.clientWidth;
      return [name, { ...(isArabic ? { start: width - right, end: left } : { start: left, end: width - right }), top, bottom }];
    });
    return Object.fromEntries(found);
  }, names);
}

/** As lines are read: further along the same line, or on a later one, which long words in a wide font may need. */
const follows = (before, after) => before.bottom <= after.top || (after.bottom > before.top && before.start < after.start);

/** `starts` begin at the same distance, whatever their words' length, `ends` end so; `order` follow each other. */
async function assertMirrored(english, arabic, { starts = [], ends = [], order = [] }) {
  const names = [...new Set([...starts, ...ends, ...order])];
  const [one, other] = [await places(english, names), await places(arabic, names)];
  const wrong = [];
  const compare = (name, edge) => {
    const [here, there] = [one[name][edge], other[name][edge]];
    if (Math.abs(here - there) > 2) wrong.push(`${name}: ${edge} at ${here}, in Arabic at ${there}`);
  };
  for (const name of starts) compare(name, 'start');
  for (const name of ends) compare(name, 'end');
  for (const [at, name] of order.entries()) {
    const before = order[at - 1];
    if (before && !(follows(one[before], one[name]) && follows(other[before], other[name]))) wrong.push(`${name} follows ${before}`);
  }
  assert.deepEqual(wrong, []);
}

async function readArabic(person) {
  await person.page.evaluate(() => {
    const menu = document.querySelector('[data-testid=language]');
    menu.value = 'ar';
    menu.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await until('the page runs from right to left', () => person.page.evaluate(() => document.documentElement.dir === 'rtl'));
}

/** One call, in English on one side and in Arabic on the other. */
async function compareSides(server, english, arabic) {
  const both = (act) => Promise.all([english, arabic].map(act));
  await bothOpen(server, english, arabic);
  for (const person of [english, arabic]) {
    await person.page.resize(kDesk);
    await shows(person, 'rooms');
  }
  await readArabic(arabic);
  await both(settled);
  await assertMirrored(english, arabic, {
    starts: ['wordmark', 'rooms', 'search-rooms', 'private-new'],
    ends: ['menu-settings', 'rooms', 'search-rooms', 'rooms-all'],
    order: ['wordmark', 'menu-how', 'language', 'menu-settings'],
  });
  await assertSignsTurn(english, arabic);
  // Beside the rooms at the end of the line.
  const panel = (person) => person.page.evaluate(() => document.querySelector('.private-call').getBoundingClientRect().left);
  assert.ok((await panel(english)) > kDesk.width / 2 && (await panel(arabic)) < kDesk.width / 2, 'the panel changes its side');

  await compareAround(english, arabic);

  const room = await freshRoom(english);
  for (const person of [english, arabic]) {
    await person.chooseRoom(room);
    await until('a preview, or the question before it', async () => (await person.has('level')) || person.has('ask-now'));
    if (await person.has('ask-now')) await person.press('ask-now');
    await shows(person, 'level');
  }
  await both(settled);
  await assertMirrored(english, arabic, {
    starts: ['preview', 'back', 'device-camera', 'device-microphone', 'level'],
    ends: ['preview', 'start', 'device-camera', 'device-microphone', 'level'],
    order: ['mute', 'camera'],
  });
  await assertMirrored(english, arabic, { order: ['back', 'start'] });
  await assertSignsTurn(english, arabic);
  await assertBarsGrowAlong(english, arabic);

  await english.start();
  await english.state('waiting');
  await arabic.start();
  await both((person) => person.state('card'));
  await both(settled);
  await assertMirrored(english, arabic, { starts: ['card-language', 'card-media', 'accept'], ends: ['decline'], order: ['accept', 'decline'] });

  await bothAccept(english, arabic);
  await Promise.all([english, arabic].map(async (person) => {
    await person.seesAndHears();
    await person.openChat();
    await settled(person);
  }));
  await assertMirrored(english, arabic, {
    starts: ['path-badge', 'chat'],
    ends: ['chat', 'own-move'],
    order: ['mute', 'camera', 'share', 'chat-open', 'more', 'next', 'leave'],
  });
  await assertMirrored(english, arabic, { order: ['path-badge', 'call-time', 'safety', 'chat-close'] });
  await assertSignsTurn(english, arabic);

  await both(async (person) => {
    await person.press('safety');
    await person.press('report');
    await until(`${person.name}: the dialog`, () => person.page.evaluate(() => document.querySelector('[data-testid="report-dialog"]')?.open === true));
    await settled(person);
  });
  await assertMirrored(english, arabic, {
    starts: ['report-dialog', 'report-harassment', 'report-note'],
    ends: ['report-dialog', 'report-dialog-close', 'report-note', 'report-send'],
    order: ['report-cancel', 'report-send'],
  });
  await both((person) => person.press('report-cancel'));
  await english.press('leave');
  await both((person) => person.state('ended'));
  await both(settled);
  await assertMirrored(english, arabic, { order: ['ended-next', 'ended-home'] });
  await assertMirrored(english, arabic, { order: ['block', 'report'] });
  await assertSignsTurn(english, arabic);

  await both((person) => person.press('ended-home'));
  for (const person of [english, arabic]) {
    // Each in a room of their own: they wait.
    await person.chooseRoom(await freshRoom(person));
    await person.start();
    await person.state('waiting');
    await shows(person, 'waiting-lately');
  }
  await both(settled);
  await assertMirrored(english, arabic, {
    starts: ['waiting-lately', 'tell-me', 'meet-instant', 'preview'],
    ends: ['waiting-lately', 'preview'],
  });
}

/** The private link, the pages that explain, and a dialog. */
async function compareAround(english, arabic) {
  const both = (act) => Promise.all([english, arabic].map(act));
  await both(async (person) => {
    await person.press('private-new');
    await person.state('private');
    await settled(person);
  });
  await assertMirrored(english, arabic, {
    starts: ['private-link', 'private-copy', 'back'],
    ends: ['private-link', 'private-open'],
    order: ['private-copy', 'private-qr'],
  });
  await assertMirrored(english, arabic, { order: ['back', 'private-open'] });
  for (const [link, page, last] of [['footer-how', 'how', 'how-trouble'], ['how-made', 'made', 'made-file'], ['footer-how', 'how', 'how-trouble'], ['how-server', 'server', 'ledger'], ['footer-trouble', 'trouble', 'guide-back']]) {
    await both(async (person) => {
      await person.press(link);
      await shows(person, `screen-${page}`);
      await shows(person, last);
      await settled(person);
    });
    await assertMirrored(english, arabic, { starts: [`screen-${page}`, 'guide-back'], ends: [`screen-${page}`], order: ['footer-how', 'footer-trouble', 'footer-kept'] });
    if (page === 'how') {
      const own = (person) => person.page.evaluate(() => document.querySelector('.way-drawing .d-one').getBoundingClientRect().left);
      assert.ok((await own(english)) < kDesk.width / 2 && (await own(arabic)) > kDesk.width / 2, 'one\'s own device stands where lines begin');
    }
    if (page === 'server') await assertMirrored(english, arabic, { starts: ['ledger', 'ledger-again', 'page-hash'] });
    await assertSignsTurn(english, arabic);
  }
  await both(async (person) => {
    await person.press('menu-settings');
    await shows(person, 'settings-dialog');
    await settled(person);
  });
  await assertMirrored(english, arabic, {
    starts: ['settings-dialog', 'theme-system'],
    ends: ['settings-dialog', 'settings-dialog-close', 'settings-kept'],
    order: ['theme-system', 'theme-light', 'theme-dark'],
  });
  const switches = await both((person) => places(person, ['settings-sounds', 'settings-notices']));
  for (const name of ['settings-sounds', 'settings-notices']) assert.ok(Math.abs(switches[0][name].end - switches[1][name].end) <= 2, `${name} lies at the same end of its line`);
  await both(async (person) => {
    await person.press('settings-dialog-close');
    await person.press('wordmark');
    await person.state('home');
  });
}

/** Signs that point along the line are turned over in Arabic, and all others are as they were. */
async function assertSignsTurn(english, arabic) {
  const turned = ({ page }) =>
    page.evaluate(() => [...document.querySelectorAll('svg.icon')].map((icon) => ({
      isAlong: icon.classList.contains('along'),
      isTurned: new DOMMatrix(getComputedStyle(icon).transform).a === -1 || getComputedStyle(icon).scale.startsWith('-1'),
    })));
  const [one, other] = [await turned(english), await turned(arabic)];
  assert.ok(one.length > 0 && other.length > 0);
  assert.deepEqual(one.filter(({ isTurned }) => isTurned), [], 'English has its signs as they are drawn');
  assert.deepEqual(other.filter(({ isAlong, isTurned }) => isAlong !== isTurned), [], 'Arabic has those along the line turned over');
}

/** The bar that shows how loud it is begins where the line begins. */
async function assertBarsGrowAlong(...people) {
  for (const { page, name } of people) {
    const box = await page.evaluate(() => {
      const bar = document.querySelector('.meter-bar');
      const full = bar.getBoundingClientRect();
      const inner = bar.firstElementChild;
      // As loud as half of it, wherever the level is just now.
      inner.style.setProperty('transform', 'scaleX(0.5)');
      const half = inner.getBoundingClientRect();
      inner.style.removeProperty('transform');
      return { isRightToLeft: document.documentElement.dir === 'rtl', left: half.left - full.left, right: full.right - half.right };
    });
    const [start, end] = box.isRightToLeft ? [box.right, box.left] : [box.left, box.right];
    assert.ok(start <= 2 && end > 20, `${name}: the bar begins at the start of the line: ${JSON.stringify(box)}`);
  }
}

export function mirrorCases(scenario) {
  for (const pair of [['chromium', 'chromium'], ['firefox', 'firefox']]) {
    scenario('Arabic is the mirror of English, screen by screen', pair, compareSides);
  }
}
