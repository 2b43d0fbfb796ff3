// What cases of every kind ask of what a person sees.
import assert from 'node:assert/strict';
import { until } from './poll.mjs';
import { sentence } from './sentences.mjs';

/** Letters and colours have arrived where they belong: of what moves, only what moves for good still does. */
export const settled = (person) =>
  until('nothing changes any more', () =>
    person.page.evaluate(async () => {
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      return document.getAnimations().every((one) => one.effect.getTiming().iterations === Infinity || one.playState !== 'running');
    }));

/**
 * A person can read this sentence there, in view, and nothing else.
 * @param {string} name test id @param {string} key as the locales have it @param values in place of the sentence's `{names}`
 */
export async function assertSentence(person, name, key, values) {
  const wanted = sentence(key, values);
  assert.match(wanted, /^\p{Lu}[^_]*[.?!…]$/u, `${key} is a sentence`);
  assert.ok(wanted.split(/\s+/).length >= 3, `${key} says something: "${wanted}"`);
  await until(`${person.name}: ${name} says "${wanted}"`, async () => {
    const seen = await words(person, name);
    if (seen === wanted) return true;
    throw new Error(JSON.stringify(seen));
  });
}

/** The words of an element in view, without those of its buttons; null where there is none. */
const words = (person, name) =>
  person.page.evaluate((selector) => {
    const element = document.querySelector(selector);
    if (!element?.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return null;
    const paragraphs = element.matches('p') ? [element] : [...element.querySelectorAll('p')];
    return paragraphs.map((paragraph) => paragraph.innerText.trim()).join(' ');
  }, `[data-testid="${name}"]`);

/** What the page says of the other person's camera, microphone and screen: `sound`, `video`, `both`, `screen`, `screen.sound` (off, or muted), or null. */
export const partnerIs = (person, what) =>
  until(`${person.name}: the other one's ${what ?? 'camera and microphone are on'}`, async () => {
    const said = (await person.text('partner-media')).trim();
    const tag = await person.page.evaluate(() => document.documentElement.lang);
    if (said === (what === null ? '' : sentence(`call.partner.${what}`, {}, tag))) return true;
    throw new Error(JSON.stringify(said));
  });

/** From now on what this page puts on the clipboard is in `window.vvCopied`. */
export function keepCopies(person) {
  return person.page.evaluate(() => {
    const { clipboard } = navigator;
    const write = clipboard.writeText.bind(clipboard);
    clipboard.writeText = async (text) => {
      await write(text);
      window.vvCopied = text;
    };
    document.addEventListener('copy', () => {
      const { value, selectionStart, selectionEnd } = document.activeElement;
      window.vvCopied = value.slice(selectionStart, selectionEnd);
    });
  });
}

/** It says that the link is copied, and it is. */
export async function assertCopied(person) {
  await assertSentence(person, 'private-copied', 'private.copied');
  assert.equal(await person.page.evaluate(() => window.vvCopied), await person.value('private-link'), 'what is on the clipboard');
  await person.page.evaluate(() => delete window.vvCopied);
}
