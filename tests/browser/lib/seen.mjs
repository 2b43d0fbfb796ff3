// What cases of every kind ask of what a person sees.
import assert from 'node:assert/strict';
import { until } from './poll.mjs';

/** Letters and colours have arrived where they belong. */
export const settled = (person) =>
  until('nothing changes any more', () =>
    person.page.evaluate(async () => {
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      return document.getAnimations().every((one) => !(one instanceof CSSTransition) || one.playState !== 'running');
    }));

/** Words a person can read, in view, and no code. */
export async function assertSentence(person, name) {
  const text = await until(`${person.name}: words of ${name}`, () =>
    person.page.evaluate((selector) => {
      const element = document.querySelector(selector);
      return element?.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && element.innerText.trim();
    }, `[data-testid="${name}"]`));
  assert.match(text, /^\p{Lu}[^_]*[.?!…]/u, `${person.name}: ${name} is a sentence`);
  assert.ok(text.split(/\s+/).length >= 3, `${person.name}: "${text}" says something`);
}
