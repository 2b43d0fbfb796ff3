// How a screen looks to people who need large letters, forced colours or no motion, and whether axe-core finds fault with it. Each function
// runs inside the page, so each is whole in itself, and gives a list of what is wrong, in words. `within` selects what lies on top.

/** Text that leaves its button or is cut off, controls that something else covers, a page wider than its window. */
export async function findCutOff(within) {
  const wrong = [];
  const root = document.documentElement;
  const scope = document.querySelector(within);
  const name = (element) => element.dataset?.testid ?? `${element.tagName.toLowerCase()} "${(element.textContent ?? '').trim().slice(0, 30)}"`;
  const isSeen = (element) => element.checkVisibility({ opacityProperty: false, visibilityProperty: true }) && !element.closest('.hidden, [aria-hidden=true]');
  const widest = () => {
    const reach = (element) => Math.max(element.getBoundingClientRect().right, innerWidth - element.getBoundingClientRect().left);
    return name([...scope.querySelectorAll('*')].filter(isSeen).reduce((one, other) => (reach(other) > reach(one) ? other : one)));
  };
  if (root.scrollWidth > innerWidth) wrong.push(`the page is ${root.scrollWidth} wide in a window of ${innerWidth}: ${widest()}`);
  if (scope !== document.body && scope.scrollWidth > scope.clientWidth) wrong.push(`${name(scope)} scrolls sideways: ${widest()}`);

  const texts = document.createTreeWalker(scope, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const holder = text.parentElement;
    if (text.data.trim() === '' || !isSeen(holder) || holder.closest('option, script, style, .toast')) continue;
    // Words for the ear only are one pixel wide.
    if (holder.getBoundingClientRect().width <= 1) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const box of range.getClientRects()) {
      if (box.width === 0) continue;
      if (box.left < -1 || box.right > innerWidth + 1) wrong.push(`"${text.data.trim().slice(0, 30)}" lies beside the window (${name(holder)}: ${Math.round(box.left)} to ${Math.round(box.right)} of ${innerWidth})`);
      for (let around = holder; around && around !== root; around = around.parentElement) {
        const { overflowX, overflowY, position } = getComputedStyle(around);
        const hides = around.matches('button, a') || [overflowX, overflowY].some((overflow) => overflow === 'hidden' || overflow === 'clip');
        const edge = around.getBoundingClientRect();
        const isBeside = box.left < edge.left - 1.5 || box.right > edge.right + 1.5;
        // A line box is taller than the letters in it.
        const isAbove = box.top < edge.top - box.height / 4 || box.bottom > edge.bottom + box.height / 4;
        const isCut = hides && getComputedStyle(around).display !== 'inline' && (isBeside || isAbove);
        if (isCut) wrong.push(`"${text.data.trim().slice(0, 30)}" is cut off by ${name(around)}`);
        // What is scrolled away can be scrolled to.
        const scrolls = [overflowX, overflowY].some((overflow) => overflow === 'auto' || overflow === 'scroll');
        if (scrolls || position === 'fixed') break;
      }
    }
  }

  for (const control of scope.querySelectorAll('button, a[href], input, select, textarea, summary')) {
    if (control.disabled || !isSeen(control) || control.matches('.skip')) continue;
    control.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
    const box = [...control.getClientRects()].find(({ width, height }) => width > 0 && height > 0);
    if (!box) continue;
    const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const isIt = hit && (control.contains(hit) || hit.closest('label')?.control === control);
    if (!isIt) wrong.push(`${name(control)} cannot be hit${hit ? `: ${name(hit)} lies there` : ': it is outside the window'}`);
  }
  scope.scrollTo?.(0, 0);
  scrollTo(0, 0);
  return [...new Set(wrong)];
}

/** Controls without an edge or a ring of their own where the system forces its colours, and drawings in the colour of their ground. */
export async function findUnseen(within) {
  const wrong = [];
  const scope = document.querySelector(within);
  const name = (element) => element.closest('[data-testid]')?.dataset.testid ?? element.outerHTML.slice(0, 60);
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('[aria-hidden=true]:not(svg)');
  const numbers = (colour) => colour.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
  const isNothing = (colour) => colour === 'none' || colour === 'transparent' || (numbers(colour)[3] ?? 1) < 0.5;
  const light = (colour) => {
    const [r, g, b] = numbers(colour).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const groundOf = (element) => {
    for (let around = element; around; around = around.parentElement) {
      const { backgroundColor } = getComputedStyle(around);
      if (!isNothing(backgroundColor)) return backgroundColor;
    }
    return 'rgb(255, 255, 255)';
  };
  const hasEdge = (element, ground) => {
    const style = getComputedStyle(element);
    const isVisible = style.borderTopStyle !== 'none' && parseFloat(style.borderTopWidth) >= 1 && !isNothing(style.borderTopColor);
    if (isVisible && contrast(style.borderTopColor, ground) >= 3) return true;
    // The edge may be that of what it fills.
    const around = element.parentElement;
    const isFilled = around.clientWidth - element.offsetWidth <= 2 && around.clientHeight - element.offsetHeight <= 2;
    return isFilled && hasEdge(around, groundOf(around.parentElement));
  };
  for (const button of scope.querySelectorAll('button:not(.link, .skip), .button, select, textarea, input:is([type=text], [type=search])')) {
    if (!isSeen(button) || button.disabled) continue;
    if (!hasEdge(button, groundOf(button.parentElement))) wrong.push(`${name(button)} has no edge`);
  }
  for (const link of scope.querySelectorAll('a[href]:not(.button), button.link')) {
    if (isSeen(link) && !link.matches('.wordmark') && getComputedStyle(link).textDecorationLine === 'none') wrong.push(`${name(link)} is not underlined`);
  }
  for (const box of scope.querySelectorAll('.choice span')) {
    if (isSeen(box) && !hasEdge(box, groundOf(box.parentElement))) wrong.push(`${name(box)} has no edge`);
  }
  for (const icon of scope.querySelectorAll('svg.icon, svg.mark')) {
    if (!isSeen(icon)) continue;
    const shape = icon.querySelector('path, circle, rect, line, polyline') ?? icon;
    const { stroke, fill } = getComputedStyle(shape);
    const drawn = isNothing(stroke) ? fill : stroke;
    const { width } = icon.getBoundingClientRect();
    const ground = groundOf(icon.parentElement);
    if (width >= 8 && !isNothing(drawn) && contrast(drawn, ground) >= 3) continue;
    wrong.push(`the icon of ${name(icon)} is not to be seen (${drawn} on ${ground}, ${width} px)`);
  }
  for (const control of scope.querySelectorAll('button, a[href]')) {
    const { color } = getComputedStyle(control);
    if (isSeen(control) && !control.disabled && contrast(color, groundOf(control)) < 4.5) wrong.push(`the words of ${name(control)} are not to be read`);
  }
  const held = document.activeElement;
  for (const control of scope.querySelectorAll('button, a[href], input, select, textarea')) {
    if (!isSeen(control) || control.disabled) continue;
    control.focus({ preventScroll: true, focusVisible: true });
    if (document.activeElement !== control) continue;
    const ring = control.closest('.choice') ? control.nextElementSibling : control;
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(ring);
    if (outlineStyle === 'none' || parseFloat(outlineWidth) < 2 || isNothing(outlineColor)) wrong.push(`${name(control)} has no ring when it has the focus`);
  }
  held?.focus({ preventScroll: true });
  return [...new Set(wrong)];
}

/** Whatever would move by itself, or take time to change, whether it runs now or not. */
export async function findMotion() {
  const kNothing = 0.02; // s
  const wrong = [];
  const seconds = (list) => Math.max(...list.split(',').map((time) => parseFloat(time) * (time.trim().endsWith('ms') ? 0.001 : 1)));
  for (const element of document.querySelectorAll('*')) {
    for (const part of [null, '::before', '::after', '::backdrop']) {
      const style = getComputedStyle(element, part);
      const name = `${element.dataset?.testid ?? element.getAttribute('class') ?? element.tagName}${part ?? ''}`;
      if (style.animationName !== 'none' && seconds(style.animationDuration) > kNothing) wrong.push(`${name} is moved by ${style.animationName}`);
      if (seconds(style.transitionDuration) > kNothing) wrong.push(`${name} takes ${style.transitionDuration} to change`);
    }
  }
  for (const animation of document.getAnimations()) {
    const { duration } = animation.effect.getComputedTiming();
    if (animation.playState === 'running' && duration > kNothing * 1_000) wrong.push(`an animation of ${duration} ms runs`);
  }
  return [...new Set(wrong)];
}

/** What axe-core calls serious or critical. Its source must have been put into the page. @param {string[]} only rules; none is all */
export async function findBarriers(only = []) {
  const options = { resultTypes: ['violations'], preload: false, ...(only.length ? { runOnly: { type: 'rule', values: only } } : {}) };
  const { violations } = await window.axe.run(document, options);
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return grave.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target, any }) => `${target.join(' ')} ${any[0]?.message ?? ''}`).join(' | ')}`);
}
