// A browser and its pages with the few actions the tests use. The same calls exist in remote.mjs for a browser in
// another network namespace.
import { kindOf, launch } from './launch.mjs';
import { installProbe } from './page_probe.mjs';

const kControlLimit = 15_000; // ms until a control must be there

/** A function's source and its arguments as one expression: works across CDP, BiDi and a pipe between processes. */
export function expression(fn, args) {
  return `(${typeof fn === 'string' ? fn : fn.toString()})(...${JSON.stringify(args)})`;
}

export class LocalBrowser {
  #browser;

  constructor(kind, browser) {
    this.kind = kind;
    this.#browser = browser;
  }

  /** @param {string} name and @param options as in launch.mjs */
  static async start(name, options = {}) {
    return new LocalBrowser(kindOf(name), await launch(name, options));
  }

  /** A page with a profile of its own. @param probeOptions as in page_probe.mjs */
  async openPage(probeOptions = {}) {
    const context = await this.#browser.createBrowserContext();
    return LocalPage.open(this.kind, context, probeOptions, () => context.close());
  }

  /** Of the browser's first process. */
  get pid() {
    return this.#browser.process().pid;
  }

  close() {
    return this.#browser.close();
  }
}

class LocalPage {
  #kind;
  #page;
  #context;
  #end;
  #session = null;

  /** @param {() => Promise<void>} [end] what closing it closes; without it, itself */
  static async open(kind, context, probeOptions, end) {
    const page = await context.newPage();
    await page.evaluateOnNewDocument(installProbe, probeOptions);
    return new LocalPage(kind, page, context, end ?? (() => page.close()));
  }

  constructor(kind, page, context, end) {
    this.#kind = kind;
    this.#page = page;
    this.#context = context;
    this.#end = end;
    this.console = [];
    page.on('console', (message) => this.console.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => this.console.push(`page error: ${error.message}`));
  }

  // Firefox aborts a navigation now and then just after addresses have changed; loading a page is not what is tested.
  async goto(url) {
    let failure;
    for (let attempt = 1; attempt <= 3; ++attempt) {
      try {
        await this.#page.goto(url, { waitUntil: 'load', timeout: 30_000 });
        return;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  evaluate(fn, ...args) {
    return this.#page.evaluate(expression(fn, args));
  }

  // Locators wait until the control is visible, enabled and no longer moves.
  async click(selector) {
    await this.#page.locator(selector).setTimeout(kControlLimit).click();
  }

  async fill(selector, text) {
    await this.click(selector);
    await this.#page.keyboard.type(text);
  }

  press(key) {
    return this.#page.keyboard.press(key);
  }

  /** A key while another is held: 'Shift', 'Tab'. */
  async pressWith(held, key) {
    await this.#page.keyboard.down(held);
    await this.#page.keyboard.press(key);
    await this.#page.keyboard.up(held);
  }

  typeKeys(text) {
    return this.#page.keyboard.type(text);
  }

  /** How large the window is to the page; null: as it began. */
  resize(size) {
    return this.#page.setViewport(size);
  }

  /** Chromium's own protocol, beside the one that both speak. */
  async #protocol() {
    this.#session ??= await this.#page.createCDPSession();
    return this.#session;
  }

  /** Chromium: what the system would wish, such as {'prefers-color-scheme': 'dark', 'forced-colors': 'active'}; all else as it comes. */
  async emulateMedia(features) {
    const list = Object.entries(features).map(([name, value]) => ({ name, value }));
    await (await this.#protocol()).send('Emulation.setEmulatedMedia', { features: list });
  }

  /** The pointer goes there, in steps. @param {{x: number, y: number}} to */
  async point({ x, y }) {
    await this.#page.mouse.move(x, y, { steps: 4 });
  }

  /** Takes hold of what lies at one point and lets go of it at another, after a rest: a flick would carry it on. */
  async drag(from, to) {
    await this.point(from);
    await this.#page.mouse.down();
    await this.#page.mouse.move(to.x, to.y, { steps: 12 });
    await this.evaluate(() => new Promise((rested) => setTimeout(rested, 120)));
    await this.#page.mouse.up();
  }

  async tap({ x, y }) {
    await this.#page.touchscreen.tap(x, y);
  }

  /** As a person closes a tab, and says no when the browser asks. @returns {Promise<'beforeunload' | 'closed'>} */
  tryToClose() {
    const asked = new Promise((resolve, reject) => {
      this.#page.once('dialog', (dialog) => dialog.dismiss().then(() => resolve(dialog.type()), reject));
    });
    const closed = new Promise((resolve) => this.#page.once('close', () => resolve('closed')));
    // Where the person stays, what was to close the page fails.
    const closing = this.#page.close({ runBeforeUnload: true }).then(() => closed, () => asked);
    return Promise.race([asked, closed, closing]);
  }

  get isClosed() {
    return this.#page.isClosed();
  }

  screenshot(path) {
    return this.#page.screenshot({ path });
  }

  /** As on a screen of that size, for somebody who likes it light or dark, and nothing that moves. */
  async wear({ width, height, isDark, isPhone }) {
    await this.#page.setViewport({ width, height, deviceScaleFactor: 1, hasTouch: isPhone, isMobile: isPhone });
    await this.#page.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value: isDark ? 'dark' : 'light' },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ]);
  }

  /** Another tab lies in front of this one until the function it gives is called. */
  async putBehind() {
    // Chromium tells every page that is driven that it is in view.
    if (this.#kind === 'chromium') await (await this.#protocol()).send('Emulation.setFocusEmulationEnabled', { enabled: false });
    const front = await this.#context.newPage();
    await front.bringToFront();
    return async () => {
      await this.#page.bringToFront();
      await front.close();
    };
  }

  /** Chromium: the page stops whole, as to save a battery, until it is thawed. It has to lie behind another. */
  async freeze(frozen) {
    await (await this.#protocol()).send('Page.setWebLifecycleState', { state: frozen ? 'frozen' : 'active' });
  }

  /** Runs before the page's own code, from the next load on. */
  beforeLoad(fn, ...args) {
    return this.#page.evaluateOnNewDocument(fn, ...args);
  }

  consoleLines() {
    return this.console;
  }

  /** Another tab of the same profile, which is closed by itself or with this one. */
  openTab(probeOptions) {
    return LocalPage.open(this.#kind, this.#context, probeOptions);
  }

  async close() {
    await this.#end();
  }
}
