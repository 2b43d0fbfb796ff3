// Whether everything on a screen that can be pressed, chosen or written in is come to with the Tab key, and shows that it has the focus.

/** Runs in the page: remembers the controls in view or to be scrolled to; of what lies in a modal dialog or in a panel, those alone. The focus
 *  goes to the second, so that the first is come to as well; a panel closes when it goes elsewhere, and is entered from its button.
 *  @returns how many there are, and whether they are a panel's */
function listControls(within) {
  const scope = document.querySelector(within);
  const opener = scope.id === '' ? null : document.querySelector(`[aria-controls="${scope.id}"]`);
  const top = opener ? scope : (document.querySelector('dialog[open]') ?? document.body);
  const all = [...top.querySelectorAll('button, a[href], input, select, textarea, summary, [role=button]')];
  window.vvControls = all.filter((control) => !control.disabled && control.checkVisibility({ visibilityProperty: true }) && !control.closest('[inert]'));
  (opener ?? window.vvControls[Math.min(1, window.vvControls.length - 1)])?.focus({ focusVisible: true });
  return { count: window.vvControls.length, isPanel: opener !== null };
}

/** Runs in the page: where the focus is, as a number of that list or -1, and what is wrong with how it shows. */
function lookAtFocus() {
  const control = document.activeElement;
  const at = window.vvControls.indexOf(control);
  if (at < 0) return { at, wrong: null };
  const name = control.dataset.testid ?? control.outerHTML.slice(0, 60);
  const { outlineStyle, outlineWidth } = getComputedStyle(control.closest('.choice') ? control.nextElementSibling : control);
  // A window that is not in front shows no focus: Firefox, once Tab has led to its own buttons.
  if (!document.hasFocus()) return { at, wrong: null };
  const isShown = control.matches(':focus-visible') && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  return { at, wrong: isShown ? null : `${name} does not show that it has the focus` };
}

/** Runs in the page: what Tab did not come to. Of a group of radios it comes to one, and arrows to the rest. */
function nameUnreached(reached) {
  const groups = new Set(reached.map((at) => window.vvControls[at]).filter(({ type }) => type === 'radio').map(({ name }) => name));
  return window.vvControls
    .filter((control, at) => !reached.includes(at) && !(control.type === 'radio' && groups.has(control.name)))
    .map((control) => `Tab never comes to ${control.dataset.testid ?? control.outerHTML.slice(0, 60)}`);
}

/** @param {string} within selects what lies on top @returns {Promise<string[]>} what is wrong, in words */
export async function findUnreached(page, within) {
  const { count, isPanel } = await page.evaluate(listControls, within);
  const reached = new Set();
  const wrong = new Set();
  const look = async () => {
    const { at, wrong: how } = await page.evaluate(lookAtFocus);
    if (at >= 0) reached.add(at);
    if (how) wrong.add(how);
  };
  if (count > 1 && !isPanel) await page.pressWith('Shift', 'Tab');
  await look();
  // Lists that scroll take a Tab of their own, and behind the last control lie the browser's own buttons.
  const tabsMax = count + 8;
  for (let tabs = 0; tabs < tabsMax && reached.size < count; ++tabs) {
    await page.press('Tab');
    await look();
  }
  return [...wrong, ...(await page.evaluate(nameUnreached, [...reached]))];
}
