// One person at the page: presses what a person presses, and tells what the page and its connection really do.
import assert from 'node:assert/strict';
import { until } from './poll.mjs';

const byTestId = (name) => `[data-testid="${name}"]`;

export class Person {
  /** @param browser LocalBrowser or RemoteBrowser @param beside a person at the same LocalBrowser, in another tab of whose profile this one is */
  static async at(browser, name, { probe = {}, debug = true, beside = null } = {}) {
    const person = new Person();
    person.name = `${name} (${browser.kind})`;
    person.browser = browser;
    const options = { debug, ...probe };
    person.page = beside ? await beside.page.openTab(options) : await browser.openPage(options);
    person.debug = debug;
    return person;
  }

  async open(url) {
    await this.page.goto(url);
    if (this.debug) await until('the page', () => this.page.evaluate(() => typeof window.visavis === 'object'));
    await this.server('open');
  }

  // --- what is pressed
  press(name) {
    return this.page.click(byTestId(name));
  }

  /** Moves the pointer over the picture, to and fro: the controls of a call hide from a quiet one. */
  async showControls() {
    const { width, height } = await this.page.evaluate(() => ({ width: innerWidth, height: innerHeight }));
    for (const part of [0.4, 0.5]) await this.page.point({ x: width * part, y: height * part });
  }

  has(name) {
    return this.page.evaluate((selector) => document.querySelector(selector) !== null, byTestId(name));
  }

  /** The home screen shows the likeliest rooms first and the rest when asked. */
  async showAllRooms() {
    await until(`${this.name}: rooms`, () => this.has('rooms'));
    if (!(await this.has('rooms-all'))) return;
    await this.press('rooms-all');
    await until(`${this.name}: all rooms`, async () => !(await this.has('rooms-all')));
  }

  async chooseRoom(tag) {
    await this.showAllRooms();
    await this.press(`room-${tag}`);
    await this.agreeToRules();
    await this.state('ready');
  }

  /** Shown once on a device, before its first room. */
  async agreeToRules() {
    const isReady = async () => (await this.attributes()).state === 'ready';
    await until(`${this.name}: rules or the ready screen`, async () => (await this.has('rules-agree')) || isReady());
    if (!(await isReady())) await this.press('rules-agree');
  }

  /** From the ready screen into the queue. `tick`: test ids of checkboxes or radios to choose first. */
  async start(...tick) {
    for (const name of tick) await this.tick(name);
    await this.press('start');
  }

  /** A checkbox or radio as it is wanted. The page may move away from under a press: a person sees that, and presses once more. */
  async tick(name, wanted = true) {
    const isAsWanted = () => this.page.evaluate((selector, value) => document.querySelector(selector).checked === value, byTestId(name), wanted);
    await until(`${this.name}: ${name} is ${wanted ? 'chosen' : 'not chosen'}`, async () => {
      if (await isAsWanted()) return true;
      await this.press(name);
      return isAsWanted();
    });
  }

  /** The browser's own "back". */
  goBack() {
    return this.page.evaluate(() => history.back());
  }

  async openChat() {
    const open = await this.page.evaluate((selector) => document.querySelector(selector)?.getAttribute('aria-expanded') === 'true', byTestId('chat-open'));
    if (!open) await this.press('chat-open');
  }

  async say(text) {
    await this.openChat();
    await this.page.fill(byTestId('chat-input'), text);
    await this.press('chat-send');
  }

  // --- what is seen
  attributes() {
    return this.page.evaluate(() => ({ ...document.documentElement.dataset }));
  }

  attribute(key, wanted, limit) {
    return until(`${this.name}: data-${key} = ${wanted}`, async () => {
      const seen = await this.attributes();
      if ([wanted].flat().includes(seen[key])) return true;
      throw new Error(JSON.stringify(seen));
    }, { limit });
  }

  state(wanted, limit) {
    return this.attribute('state', wanted, limit);
  }

  server(wanted, limit) {
    return this.attribute('server', wanted, limit);
  }

  text(name) {
    return this.page.evaluate((selector) => document.querySelector(selector)?.textContent ?? null, byTestId(name));
  }

  value(name) {
    return this.page.evaluate((selector) => document.querySelector(selector)?.value ?? null, byTestId(name));
  }

  chatLines() {
    return this.page.evaluate((selector) => [...document.querySelectorAll(selector)].map((line) => line.textContent), byTestId('chat-theirs'));
  }

  async hears(text) {
    await until(`${this.name} reads "${text}"`, async () => (await this.chatLines()).some((line) => line.includes(text)));
  }

  summary() {
    return this.page.evaluate(() => vvProbe.summary());
  }

  /** Server messages as they came through the WebSocket, parsed. */
  async received(type) {
    const texts = await this.page.evaluate(() => vvProbe.received.map((message) => message.text));
    return texts.map((text) => JSON.parse(text)).filter((message) => !type || message.type === type);
  }

  /** The newest server message of a type, once there is one. */
  nextReceived(type) {
    return until(`${this.name} receives ${type}`, async () => (await this.received(type)).at(-1));
  }

  /** What this page has told its partners, by its own word: once the two have a safety code the wire carries it sealed. */
  async told(kind) {
    const bodies = await this.page.evaluate(() => visavis.bodies.filter(({ way }) => way === 'out').map(({ body }) => body));
    return bodies.filter((body) => !kind || body.kind === kind);
  }

  /** What it has told its present partner beside that, over the control channel. */
  async controls(kind) {
    const texts = await this.page.evaluate(() => vvProbe.said.map(({ text }) => text).filter((text) => text.startsWith('{')));
    return texts.map((text) => JSON.parse(text)).filter((message) => !kind || message.kind === kind);
  }

  async sent(type) {
    const texts = await this.page.evaluate(() => vvProbe.sent.map((message) => message.text));
    return texts.map((text) => JSON.parse(text)).filter((message) => !type || message.type === type);
  }

  // --- what cannot be had from a real server within a test
  /** The page hears this from the server. */
  async deliver(message) {
    await this.page.evaluate((text) => void vvProbe.sockets.at(-1).dispatchEvent(new MessageEvent('message', { data: text })), JSON.stringify(message));
  }

  /** The page's connection is closed with this code. */
  async closeSocket(code) {
    await this.page.evaluate((wanted) => void vvProbe.sockets.at(-1).dispatchEvent(new CloseEvent('close', { code: wanted })), code);
  }

  // --- what must be true
  /** Pictures are decoded and shown, sound arrives, and all of it goes on. */
  async seesAndHears() {
    const first = await until(`${this.name} decodes sound and picture`, async () => {
      const now = await this.summary();
      if (now?.frames > 0 && now.energy > 0 && now.played > 0) return now;
      throw new Error(JSON.stringify(now));
    });
    await until(`${this.name} goes on decoding`, async () => {
      const now = await this.summary();
      return now.frames > first.frames + 5 && now.energy > first.energy && now.played > first.played;
    });
    return first;
  }

  /** DTLS is connected on every transport and SRTP has a cipher, as the browser tells it. */
  async assertEncrypted() {
    // The state of a transport is told to the page by an event of its own, which may come behind the first pictures.
    const { dtls, connection } = await until(`${this.name}: every sender is connected`, async () => {
      const now = await this.summary();
      if (now.dtls.senders.every((state) => state === 'connected')) return now;
      throw new Error(`${now.dtls.senders}`);
    });
    assert.equal(connection, 'connected', this.name);
    assert.equal(dtls.state, 'connected', `${this.name}: DTLS state of the transport`);
    assert.ok(dtls.senders.length >= 2, `${this.name}: sound and picture have a transport`);
    assert.match(dtls.version ?? '', /^FEF[CD]$/, `${this.name}: DTLS 1.2 or 1.3`);
    assert.match(dtls.srtp ?? '', /^(SRTP_)?(AEAD_AES_(128|256)_GCM|AES128_CM_SHA1_80|AES128_CM_HMAC_SHA1_80)$/, `${this.name}: SRTP cipher`);
    assert.ok(dtls.cipher, `${this.name}: DTLS cipher`);
  }

  async report() {
    const inPage = await this.page.evaluate(async () => ({
      url: location.href.replace(/#.*/, '#…'),
      data: { ...document.documentElement.dataset },
      summary: await vvProbe.summary(),
      received: vvProbe.received.slice(-25).map((message) => `${Math.round(message.at)} ${message.text.slice(0, 160)}`),
      sent: vvProbe.sent.slice(-25).map((message) => `${Math.round(message.at)} ${message.text.slice(0, 160)}`),
      errors: vvProbe.errors,
      text: document.body.innerText.slice(0, 600),
    }));
    return { ...inPage, console: (await this.page.consoleLines()).slice(-20) };
  }

  /** Since it was loaded the page has loaded nothing from elsewhere, nor tried to. */
  async assertKeptToItsServer() {
    const { strangers, policy } = await this.page.evaluate(() => ({
      strangers: location.protocol.startsWith('http') ? vvProbe.strangers() : [],
      // Whose case opens other pages alone is still where every tab begins, without a probe.
      policy: location.href === 'about:blank' ? [] : vvProbe.errors.filter((error) => error.startsWith('policy: ')),
    }));
    assert.deepEqual({ strangers, policy }, { strangers: [], policy: [] }, `${this.name}: requests to others`);
  }

  close() {
    return this.page.close();
  }
}

/** Both have chosen the room and started; returns when both hold a card. Until then one of them waits. */
export async function meetAtCard(first, second, room, { tickFirst = [], tickSecond = [] } = {}) {
  await first.chooseRoom(room);
  await first.start(...tickFirst);
  await first.state('waiting');
  await second.chooseRoom(room);
  await second.start(...tickSecond);
  await Promise.all([first.state('card'), second.state('card')]);
}

export async function bothAccept(first, second) {
  await Promise.all([first.press('accept'), second.press('accept')]);
  await Promise.all([first.state('connected'), second.state('connected')]);
}

/** The first person's private link, opened by both. */
export async function meetByLink(first, second, { tickFirst = [], tickSecond = [] } = {}) {
  await first.press('private-new');
  await first.state('private');
  const link = await until('a private link', () => first.value('private-link'));
  await first.press('private-open');
  await first.state('ready');
  await first.start(...tickFirst);
  await first.state('waiting');
  await second.open(link);
  await second.state('ready');
  await second.start(...tickSecond);
  await Promise.all([first.state('connected'), second.state('connected')]);
  return link;
}
