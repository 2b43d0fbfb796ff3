// What hardly ever happens in a call, or in the account of it, made to happen: for whoever looks at how it is shown.
import { until } from './poll.mjs';

/** Runs in the page, before a call: what it says of the safety code is held back until `vvLetCodeGo()`. */
export function holdCode() {
  const held = [];
  const { send } = RTCDataChannel.prototype;
  RTCDataChannel.prototype.send = function (data) {
    if (String(data).includes('"kind":"code"')) held.push(() => send.call(this, data));
    else send.call(this, data);
  };
  window.vvLetCodeGo = () => {
    RTCDataChannel.prototype.send = send;
    for (const say of held.splice(0)) say();
  };
}

/** Runs in the page, before a call: the number that it reveals for the safety code is not the one that it has committed itself to. */
export function forgeCode() {
  const { send } = RTCDataChannel.prototype;
  RTCDataChannel.prototype.send = function (data) {
    const message = String(data).startsWith('{') ? JSON.parse(data) : {};
    send.call(this, message.kind === 'code' && message.step === 'reveal' ? JSON.stringify({ ...message, value: 'A'.repeat(43) }) : data);
  };
}

/** Tells the other whether their sound arrives. */
export const saysIfHeard = (person, sound) =>
  person.page.evaluate((told) => void vvProbe.control.send(JSON.stringify({ kind: 'hears', sound: told })), sound);

/** Something else takes this person's camera, or gives it back. */
export const takesCamera = (person, isTaken) =>
  until(`${person.name} sends a picture`, () => person.page.evaluate((muted) => {
    // One that has come back just now is sent a moment later.
    const track = visavis.pc.getSenders().find((sender) => sender.track?.kind === 'video')?.track;
    if (track?.readyState !== 'live') return false;
    Object.defineProperty(track, 'muted', { configurable: true, value: muted });
    return track.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
  }, isTaken));

/** While `body` runs the server says of this session that it has counted something else, and nothing of the page that it serves. */
export async function withAnotherAccount(person, body) {
  await person.page.evaluate(() => {
    window.vvKept = { rewrite: vvProbe.rewrite, fetch: window.fetch };
    vvProbe.rewrite = (text) => (text.includes('"type":"ledger"') ? text.replace(/"hello":\{"in":\d+/, '"hello":{"in":7') : text);
    window.fetch = async (url, ...rest) => (String(url).endsWith('/version') ? new Response('', { status: 404 }) : window.vvKept.fetch(url, ...rest));
  });
  await body();
  await person.page.evaluate(() => {
    vvProbe.rewrite = window.vvKept.rewrite;
    window.fetch = window.vvKept.fetch;
  });
}

export const accountDiffers = (person) =>
  until(`${person.name}: another account, and no page`, () =>
    person.page.evaluate(() => document.querySelector('[data-testid=ledger-verdict]')?.dataset.same === 'false' && document.querySelector('[data-testid=page-unsaid]') !== null));

/** Where this stands in the safety code's dialog. */
export const codeStands = (person, wanted) =>
  until(`${person.name}: the code is ${wanted}`, () =>
    person.page.evaluate((is) => document.querySelector('[data-testid=code-standing]')?.dataset.standing === is, wanted));

export const isBroken = (person, how) =>
  until(`${person.name}: the path is broken: ${how}`, () => person.page.evaluate((wanted) => document.querySelector('[data-testid=shaky]')?.dataset.broken === wanted, how));

/** The addresses of a call's story, once they are opened and shown. */
export async function showAddresses(person) {
  await person.page.evaluate(() => void (document.querySelector('[data-testid=made-addresses]').closest('details').open = true));
  await person.press('made-show');
}

/** From now on this person's browser wants to be asked by a press before it plays anything, until `letPlay`. */
export async function refusePlaying(person) {
  await person.page.evaluate(() => {
    const { play } = HTMLMediaElement.prototype;
    window.vvHoldsBack = true;
    HTMLMediaElement.prototype.play = function () {
      return window.vvHoldsBack ? Promise.reject(new DOMException('test', 'NotAllowedError')) : play.call(this);
    };
    document.querySelector('[data-testid=remote-video]').pause();
  });
  await until(`${person.name}: play`, () => person.has('play'));
}

export async function letPlay(person) {
  await person.page.evaluate(() => void (window.vvHoldsBack = false));
  await person.press('play');
  await until('it plays', async () => !(await person.has('play')));
}
