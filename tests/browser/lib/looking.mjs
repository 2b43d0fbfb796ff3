// Looks at screens one after the other, as people see them who use a screen reader, large letters, forced colours, a dark room or no motion.
import assert from 'node:assert/strict';
import axe from 'axe-core';
import { kIsLong } from './long.mjs';
import { findBarriers, findCutOff, findMotion, findUnseen } from './look.mjs';
import { until } from './poll.mjs';
import { settled } from './seen.mjs';
import { findUnreached } from './tabbing.mjs';

const kPhone = { width: 390, height: 844 };
const kDesk = { width: 1280, height: 800 };
/** Of axe-core's rules those on which colours have a say: in the other theme nothing else differs. */
const kColourRules = ['color-contrast', 'link-in-text-block'];

const letters = (person, size) => person.page.evaluate((wanted) => void document.documentElement.style.setProperty('font-size', wanted), size);

async function theme(person, wanted) {
  // Each browser takes one of the two ways to a theme: by the system's wish, by the person's own.
  if (person.browser.kind === 'chromium') await person.page.emulateMedia({ 'prefers-color-scheme': wanted, 'prefers-reduced-motion': 'reduce' });
  else await person.page.evaluate((name) => void (document.documentElement.dataset.theme = name), wanted);
  await settled(person);
}

/** What is looked at. In English everything; in other languages what their words and their direction have a say in. */
export const kEverything = { what: ['keys', 'axe', 'dark', 'motion', 'forced', 'letters'], isWhole: true, wishesAreSet: false };
export const kOfLanguages = { what: ['axe', ...(kIsLong ? ['dark'] : []), 'forced', 'letters'], isWhole: false, wishesAreSet: false };
/** A browser whose person has set it so (launch.mjs); which of the two cannot be switched meanwhile. */
export const kOfWishes = { what: ['motion', 'forced'], isWhole: false, wishesAreSet: true };

/** Looks at screens one after the other and keeps what is wrong with them, so that one run tells everything. */
export class Looking {
  wrong = [];

  /** `isWhole`: in each theme and size as well; `wishesAreSet`: nothing is emulated. */
  constructor(person, { what, isWhole, wishesAreSet } = kEverything) {
    this.person = person;
    this.looksAt = (each) => what.includes(each);
    this.isWhole = isWhole;
    this.wishesAreSet = wishesAreSet;
  }

  async at(screen, within = 'body') {
    const { page } = this.person;
    const keep = (how, found) => this.wrong.push(...found.map((each) => `${screen}, ${how}: ${each}`));
    // A dialog is drawn first and opened then; what closes by itself would be looked at in vain.
    await until(`${screen} lies there`, () => page.evaluate((selector) => {
      const top = document.querySelector(selector);
      return top.matches('dialog') ? top.open : top.checkVisibility();
    }, within));
    if (this.looksAt('keys')) await this.#keys(keep, within);
    assert.ok(await page.evaluate((selector) => document.querySelector(selector).checkVisibility(), within), `${screen} still lies there`);
    await this.#colours(keep);
    if (this.wishesAreSet) {
      await settled(this.person);
      keep('without motion', await page.evaluate(findMotion));
      keep('in forced colours', await page.evaluate(findUnseen, within));
    } else if (this.#canEmulate) await this.#emulated(keep, within);
    if (this.looksAt('letters')) await this.#letters(keep, within);
    if (this.#canEmulate) await page.emulateMedia({});
  }

  assertGood() {
    assert.deepEqual(this.wrong, []);
  }

  get #canEmulate() {
    return this.person.browser.kind === 'chromium';
  }

  async #keys(keep, within) {
    const { page } = this.person;
    const held = await page.evaluate(() => ((window.vvHeld = document.activeElement), window.vvHeld !== document.body));
    keep('by keyboard', await findUnreached(page, within));
    // Where it was: what holds the focus may be what keeps the controls of a call.
    await page.evaluate((wasHeld) => (wasHeld ? window.vvHeld.focus({ focusVisible: true, preventScroll: true }) : document.activeElement.blur()), held);
  }

  async #colours(keep) {
    const { page } = this.person;
    if (!this.looksAt('axe')) return;
    // Handed over by the browser's own protocol, which the page's content security policy does not bind.
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(`() => { ${axe.source} }`);
    await theme(this.person, 'light');
    keep('light', await page.evaluate(findBarriers));
    if (!this.looksAt('dark')) return;
    await theme(this.person, 'dark');
    keep('dark', await page.evaluate(findBarriers, kColourRules));
  }

  async #emulated(keep, within) {
    const { page } = this.person;
    if (this.looksAt('motion')) keep('without motion', await page.evaluate(findMotion));
    for (const scheme of this.isWhole ? ['light', 'dark'] : ['dark']) {
      await page.emulateMedia({ 'forced-colors': 'active', 'prefers-color-scheme': scheme, 'prefers-reduced-motion': 'reduce' });
      await settled(this.person);
      keep(`in forced ${scheme} colours`, await page.evaluate(findUnseen, within));
    }
  }

  async #letters(keep, within) {
    const { page } = this.person;
    await letters(this.person, '200%');
    for (const size of this.#canEmulate && this.isWhole ? [kPhone, kDesk] : [kPhone]) {
      await page.resize(size);
      await settled(this.person);
      keep(`in large letters, ${size.width} wide`, await page.evaluate(findCutOff, within));
    }
    await letters(this.person, null);
  }
}

/** The keyboard's focus on them keeps the controls where they are. */
export async function holdControls(person) {
  await person.page.press('Tab');
  await person.page.evaluate(() => document.querySelector('[data-testid=mute]').focus({ focusVisible: true }));
}

/** From its next load on the page is read in this language. */
export const readsIn = ({ page }, tag) => page.beforeLoad((wanted) => location.protocol.startsWith('http') && localStorage.setItem('visavis.language', wanted), tag);
