// Whether everything on a screen that can be pressed, chosen or written in is come to with the Tab key, and shows that it has the focus.

/** Runs in the page: remembers the controls in view or to be scrolled to; of what lies in a modal dialog or in a panel, those alone. The focus
 *  goes to the second, so that the first is come to as well; a panel closes when it goes elsewhere, and is entered from its button.
 *  @returns how many of them Tab should come to, the first, and whether they are a panel's */
function listControls(within) {
  const scope = document.querySelector(within);
  const opener = scope.id === '' ? null : document.querySelector(`[aria-controls="${scope.id}"]`);
  const top = opener ? scope : (document.querySelector('dialog[open]') ?? document.body);
  const all = [...top.querySelectorAll('button, a[href], input, select, textarea, summary, [role=button]')];
  window.vvControls = all.filter((control) => !control.disabled && control.checkVisibility({ visibilityProperty: true }) && !control.closest('[inert]'));
  (opener ?? window.vvControls[Math.min(1, window.vvControls.length - 1)])?.focus({ focusVisible: true });
  // Of a group of radios Tab comes to one.
  const stops = [...new Set(window.vvControls.map((control, at) => (control.type === 'radio' ? control.name : at)))];
  return { count: stops.length, first: stops[0], isPanel: opener !== null };
}

/** Runs in the page: where the focus is, as a number of that list or -1, which of Tab's stops that is, and what is wrong with how it shows. */
function lookAtFocus() {
  const control = document.activeElement;
  // A window that is not in front has none, whatever it had: Firefox, once Tab has led to its own buttons.
  const at = document.hasFocus() ? window.vvControls.indexOf(control) : -1;
  if (at < 0) return { at };
  const name = control.dataset.testid ?? control.outerHTML.slice(0, 60);
  const { outlineStyle, outlineWidth } = getComputedStyle(control.closest('.choice') ? control.nextElementSibling : control);
  const isShown = control.matches(':focus-visible') && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  const stop = control.type === 'radio' ? control.name : at;
  return { at, stop, wrong: isShown ? null : `${name} does not show that it has the focus` };
}

/** Runs in the page: what Tab did not come to. Of a group of radios it comes to one, and arrows to the rest. */
function nameUnreached(reached) {
  const groups = new Set(reached.map((at) => window.vvControls[at]).filter(({ type }) => type === 'radio').map(({ name }) => name));
  return window.vvControls
    .filter((control, at) => !reached.includes(at) && !(control.type === 'radio' && groups.has(control.name)))
    .map((control) => `Tab never comes to ${control.dataset.testid ?? control.outerHTML.slice(0, 60)}`);
}

/** From the second control to the first. */
const kBacksMax = 3;

/** @param {string} within selects what lies on top @returns {Promise<string[]>} what is wrong, in words */
export async function findUnreached(page, within) {
  const { count, first, isPanel } = await page.evaluate(listControls, within);
  // A panel may be words alone: the button that opens it is come to on the screen.
  if (count === 0) return isPanel ? [] : ['there is nothing that Tab could come to'];
  const reached = new Set();
  const stops = new Set();
  const wrong = new Set();
  const look = async () => {
    const { at, stop, wrong: how } = await page.evaluate(lookAtFocus);
    if (at < 0) return;
    reached.add(at);
    stops.add(stop);
    if (how) wrong.add(how);
  };
  // Lists that scroll, and words that do, take a Tab of their own.
  for (let backs = 0; backs < kBacksMax && count > 1 && !isPanel && !stops.has(first); ++backs) {
    await page.pressWith('Shift', 'Tab');
    await look();
  }
  await look();
  // Behind the last control lie the browser's own buttons, out of which Firefox does not come back
  // by itself: the last Tab is the one that comes to the last control.
  const tabsMax = count + 8;
  for (let tabs = 0; tabs < tabsMax && stops.size < count; ++tabs) {
    await page.press('Tab');
    await look();
  }
  return [...wrong, ...(await page.evaluate(nameUnreached, [...reached]))];
}
